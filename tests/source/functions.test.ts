// What a function's text must be so that it can be called in another interpreter, and which
// names it takes from around itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { remedyFor } from "subinterpreters/src/source/build_tools.ts";
import { NotCallable, readFunction } from "subinterpreters/src/source/functions.ts";

const freeNames = (text: string) => readFunction(text).free.map(({ name }) => name);

for (
  const text of [
    "(a, b = 2, ...c) => a + b + c.length",
    "function rec(n) { return n < 2 ? n : rec(n - 1) + rec(n - 2); }",
    "async ({ a, b: { c } }, [d]) => { for await (const e of a) d(e, c); }",
    "() => { for (const q of [1]) { var z = q; } return [z, Uint8Array, structuredClone]; }",
    "() => { class K { #a = 1; static { this.b = K; } x = this.#a; } return new K(); }",
    "() => { try { throw 1; } catch (error) { return error; } finally { console.log(1); } }",
    "() => { loop: for (;;) break loop; return { outer: 1, a: 2 }.outer; }",
    "() => typeof maybe === 'undefined' ? 0 : maybe",
    "function () { return arguments.length + (() => arguments[0])(); }",
    "function () { return this; }",
    "x => undefined ?? NaN ?? globalThis.anything ?? eval('1')",
  ]
) {
  test(`readFunction() finds no free name in ${text}`, () => {
    assert.deepEqual(freeNames(text), []);
  });
}

test("readFunction() finds the names that a function takes from around itself, and their places", () => {
  const { free } = readFunction(
    "(x) => {\n  const y = scale(x);\n  return y + offset + scale(1);\n}",
  );
  assert.deepEqual(free, [
    { name: "scale", line: 2, column: 12 },
    { name: "offset", line: 3, column: 13 },
  ]);
  assert.deepEqual(readFunction("() => db.x").free, [{ name: "db", line: 1, column: 6 }]);
});

test("readFunction() tells a name from a property, a label and a name of an inner function", () => {
  const text =
    "(a) => { a.one; ({ two: a }); three: for (;;) break three; ((four) => four)(five); six = 1; }";
  assert.deepEqual(freeNames(text), ["five", "six"]);
});

for (
  const [what, text, reason] of [
    ["a native function", String(Math.max), /is native or bound/],
    ["a bound function", String(String.bind(null)), /is native or bound/],
    ["a class", "class A { m() {} }", /is a class/],
    ["a method", "m(a) { return a; }", /is a method; pass a function that calls it/],
    ["an asynchronous method", "async m() {}", /is a method/],
    ["a method of a class with private names", "m() { return this.#a; }", /is a method/],
    ["a getter", "get a() { return 1; }", /is a method/],
    ["a method of a computed name", "[Symbol.iterator]() {}", /is a method/],
    ["a generator", "function* () { yield 1; }", /is a generator/],
    ["an asynchronous generator", "async function* () {}", /is a generator/],
    ["an arrow function that uses this", "() => [() => this]", /uses this/],
    ["import.meta", "() => import.meta.url", /uses import\.meta/],
    ["a private name of a class around it", "(x) => x.#secret", /private name #secret/],
    ["super", "() => super.m()", /uses super/],
    ["new.target", "() => new.target", /uses new\.target/],
    ["text that is no function", "1 + 1", /no function/],
    ["text that would be more than one expression", "() => 1) + (() => 2", /no function/],
    ["text that cannot be read", "() => {", /cannot be read/],
  ] as const
) {
  test(`readFunction() refuses ${what} and says why`, () => {
    assert.throws(() => readFunction(text), (error: unknown) => {
      assert.ok(error instanceof NotCallable);
      assert.match(error.message, reason);
      return true;
    });
  });
}

test("readFunction() lets this stand in functions and classes inside of an arrow function", () => {
  assert.deepEqual(
    freeNames("() => { class A { x = this; } return function () { return this; }; }"),
    [],
  );
});

test("readFunction() brings what build tools rely on, and names other helpers of theirs", () => {
  const named = readFunction("() => { const f = __name(() => 1, 'f'); return f(); }");
  assert.match(named.helpers, /^const __name=/);
  assert.deepEqual(named.free, []);
  const { helpers } = readFunction("() => __async(this_, null, function* () { return yield 1; })");
  assert.match(helpers, /__async=/);
  assert.deepEqual(freeNames("() => __spreadValues({}, {})"), ["__spreadValues"]);
});

test("readFunction() lets a coverage tool count, and takes no other name for its counter", () => {
  const counted = "() => { cov_1a2b3c4d5().f[0]++; cov_1a2b3c4d5().s[1]++; return 1; }";
  assert.match(readFunction(counted).helpers, /cov_1a2b3c4d5=/);
  assert.deepEqual(freeNames(counted), []);
  for (
    const text of [
      "() => cov_1a2b3c4d5[0]",
      "() => cov_1a2b3c4d5()",
      "() => cov_1a2b3c4d5(1)",
      "() => cov_1a2b3c4d5().matrix",
      "() => { cov_1a2b3c4d5().s[0]++; return cov_1a2b3c4d5; }",
    ]
  ) assert.deepEqual(freeNames(text), ["cov_1a2b3c4d5"], text);
  assert.deepEqual(freeNames("() => cov_of_all().s[0]++"), ["cov_of_all"]);
});

for (
  const [name, remedy] of [
    ["__spreadValues", /helper of a build tool; let the tool target ES2022/],
    ["_toConsumableArray", /if a build tool wrote this name/],
    ["__vite_ssr_import_0__", /imports stays behind/],
    ["$Bun_import_meta", /pass import\.meta\.url/],
    ["init_path", /keep that module out of the bundle/],
    ["require", /await import/],
    ["module", /belongs to the file/],
    ["__dirname", /pass it as an argument/],
    ["cov_matrix", /coverage/],
    ["database", /prepareMain\(\{ database \}\).*await import/],
  ] as const
) {
  test(`remedyFor() tells what to do about ${name}`, () => {
    assert.match(remedyFor(name, "<function>"), remedy);
  });
}

test("remedyFor() tells an arrow function that calls itself how it can", () => {
  assert.match(remedyFor("fibonacci", "<function fibonacci>"), /function fibonacci\(…\)/);
  assert.match(remedyFor("fibonacci", "<function other>"), /argument/);
});

test("readFunction() finds dynamic imports, also those that Vite has rewritten", () => {
  const text = "async () => [await import('a'), await __vite_ssr_dynamic_import__('b')]";
  const { edits, expression, free } = readFunction(text);
  assert.deepEqual(free, []);
  assert.deepEqual(
    edits.map(({ start, end }) => expression.slice(start, end)),
    ["import", "__vite_ssr_dynamic_import__"],
  );
  for (const { start, end, text: replacement } of edits) {
    assert.equal(replacement.length, end - start);
  }
});
