// Places in stacks are those of the given sources, in every frame.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { type Excinfo, type Interpreter, RunFailedError } from "subinterpreters";
import { markScript } from "subinterpreters/src/source/positions.ts";
import { toTrace } from "subinterpreters/src/source/trace.ts";
import { stripTypes } from "subinterpreters/src/source/types.ts";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const shared = sharing();

async function excinfoOf(
  interpreter: Interpreter,
  source: string,
  filename = "now.ts",
): Promise<Excinfo> {
  try {
    await interpreter.evaluate(source, { filename });
  } catch (error) {
    if (error instanceof RunFailedError) return error.excinfo;
    throw error;
  }
  throw new Error(`No error: ${source}`);
}

/** Every `file:line:column` of a stack, of files with these names. */
function places(stack: string | undefined, names = "earlier|now"): string[] {
  return stack?.match(new RegExp(`(?:${names})\\.ts[^:]*:\\d+:\\d+`, "g")) ?? [];
}

/** Where in a text a piece begins, as a stack says it. */
function at(filename: string, text: string, piece: string): string {
  const before = text.slice(0, text.indexOf(piece)).split("\n");
  return `${filename}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

// `new` is where V8 puts the place; JavaScriptCore puts it at the class or at the bracket.
function starts(stack: string | undefined, text: string, filename: string): boolean {
  const [first = ""] = places(stack);
  const [, line, column] = /:(\d+):(\d+)$/.exec(first) ?? [];
  const [, wantedLine, wantedColumn] = /:(\d+):(\d+)$/.exec(at(filename, text, "new Error")) ?? [];
  const distance = Number(column) - Number(wantedColumn);
  return first.startsWith(`${filename}:`) && line === wantedLine &&
    [0, "new ".length, "new Error".length].includes(distance);
}

const EARLIER = [
  "function fail() { throw new Error('x') }",
  "const a = 1; function fail() { throw new Error('x') }",
  "const pad: number = 0, fail = () => { throw new Error('x') };",
  "enum Colour { Red, Green }\nfunction fail() {\n  throw new Error('x');\n}",
  "class C { static f() { throw new Error('x') } }\n\nfunction fail() { C.f() }",
  "let b; class D { f() { throw new Error('x') } }; function fail() { new D().f() }",
  "async function inner() { await 0; throw new Error('x') }; function fail() { return inner() }",
  "function /* on two\nlines */ fail() {\n throw new Error('x') }",
];

for (const earlier of EARLIER) {
  test(`B144 excinfo.stack has the places of the run that declared: ${JSON.stringify(earlier)}`, async () => {
    const interpreter = await shared();
    await interpreter.run(earlier, { filename: "earlier.ts" });
    const now = `let n: number;\nenum Now { A, B }\nawait 0; await fail(); 1`;
    const { stack } = await excinfoOf(interpreter, now);
    assert.ok(starts(stack, earlier, "earlier.ts"), stack);
    for (const place of places(stack, "now")) assert.match(place, /^now\.ts:3:/);
  });
}

test("B144 excinfo.stack has the true place at the very start of a source", async () => {
  const interpreter = await shared();
  for (const source of ["throw new Error('x')", "(() => { throw new Error('x') })()"]) {
    const { stack } = await excinfoOf(interpreter, source);
    assert.ok(starts(stack, source, "now.ts"), stack);
  }
});

test("B143 B144 excinfo has true places in causes and members", async () => {
  const interpreter = await shared();
  const earlier = "let zero = 0; function make() { return new Error('made') }";
  await interpreter.run(earlier, { filename: "earlier.ts" });
  const excinfo = await excinfoOf(
    interpreter,
    "throw new AggregateError([make()], 'all', { cause: new TypeError('why', { cause: make() }) })",
  );
  assert.ok(starts(excinfo.cause?.cause?.stack, earlier, "earlier.ts"), excinfo.cause?.stack);
  assert.ok(starts(excinfo.errors?.[0]?.stack, earlier, "earlier.ts"), excinfo.errors?.[0]?.stack);
});

test("B144 excinfo.stack has the true place of an eval() in source", async () => {
  const interpreter = await shared();
  const { stack } = await excinfoOf(
    interpreter,
    "let a = 1;\nfunction f() { eval('null.x') }\nf()",
  );
  assert.deepEqual(places(stack).map((place) => place.replace(/:\d+$/, "")).slice(-2), [
    "now.ts:2",
    "now.ts:3",
  ]);
});

test("excinfo.stack shows no name but the public one, whatever it is", async () => {
  const interpreter = await shared();
  for (const filename of ["a b(1).ts", "<x>", "file:///dir/x.ts", "x.ts<2>", "x:1:1", "$&"]) {
    const { stack = "" } = await excinfoOf(interpreter, "\n\nnull.x", filename);
    assert.ok(stack.includes(`${filename}:3:`), stack);
    assert.ok(!stack.includes(`${filename}<`), stack);
  }
});

test("excinfo keeps a message that looks like a place", async () => {
  const interpreter = await shared();
  const { stack, message } = await excinfoOf(interpreter, "\nthrow new Error('in now.ts<1>:2:3')");
  assert.equal(message, "in now.ts<1>:2:3");
  assert.deepEqual(places(stack).map((place) => place.replace(/:\d+$/, "")).at(-1), "now.ts:2");
});

test("B144 excinfo.stack leaves frames of modules alone, between those of source", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "subinterpreters-"));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "calls.mjs"), "\n\nexport function through(f) { f() }\n");
  const interpreter = await scoped(t, { baseUrl: pathToFileURL(`${directory}/`) });
  const source = `import { through } from "./calls.mjs";\nlet a;\nthrough(() => { null.x });`;
  const { stack } = await excinfoOf(interpreter, source);
  assert.match(stack ?? "", /now\.ts:3:[\s\S]*calls\.mjs:3:\d+[\s\S]*now\.ts:3:/);
});

test(
  "excinfo.stack keeps the public name when the places are forgotten",
  { timeout: 60_000 },
  async (t) => {
    const interpreter = await scoped(t);
    await interpreter.run("function old() { null.x }", { filename: "earlier.ts" });
    const before = (await excinfoOf(interpreter, "old()")).stack;
    // As the runs of so many other sources do.
    for (let n = 0; n < 10_050; n++) markScript(toTrace([]), 1);
    const { stack } = await excinfoOf(interpreter, "old()");
    assert.match(stack ?? "", /earlier\.ts:1:\d+[\s\S]*now\.ts:1:/);
    assert.doesNotMatch(stack ?? "", /<\d+>/);
    // A place in what was made of the source, if they are forgotten.
    assert.notEqual(stack?.split("\n")[1], before?.split("\n")[1]);
  },
);

test("places of a source with enums are found from one reading of its map", () => {
  const source = "enum E { A }\n" + "let a = 1 as number;\n".repeat(3000);
  const trace = toTrace(stripTypes(source, "now.ts").steps);
  const start = performance.now();
  // To read it takes some milliseconds: each time, it would be a minute.
  for (let n = 0; n < 20_000; n++) {
    assert.ok(trace.back({ line: 3 + (n % 3000), column: 2 }).line > 0);
  }
  assert.ok(performance.now() - start < 10_000);
});

test("excinfo keeps a million characters in all, and every name", async () => {
  const interpreter = await shared();
  const { name, errors } = await excinfoOf(
    interpreter,
    `throw new AggregateError(Array.from({ length: 40 }, (_, n) =>
      Object.assign(new RangeError("m" + n), { stack: "at x\\n".repeat(20_000) })))`,
  );
  assert.equal(name, "AggregateError");
  const lengths = errors?.map(({ stack = "" }) => stack.length) ?? [];
  assert.deepEqual([lengths.length, lengths[0]], [40, 100_000]);
  assert.ok(lengths.reduce((sum, length) => sum + length) < 1_010_000);
  assert.deepEqual([errors?.[39]?.name, errors?.[39]?.message], ["RangeError", "m39"]);
});

// In a process of its own: `bun test` (1.4) ends a worker at its first stray error.
test("an error while idle is reported with the places of its source", async () => {
  const { code, stdout, stderr } = await spawnScript(`
    import { create } from "subinterpreters";
    const interpreter = await create();
    const holding = setInterval(() => {}, 1000);
    const run = async (source, filename) => {
      const uncaught = new Promise((resolve) => interpreter.actor.on("uncaught", resolve));
      await interpreter.run(source, { filename });
      console.log((await uncaught).excinfo.stack);
    };
    await run("let pad: number; setTimeout(() => {\\n  null.x }, 1)", "timer.ts");
    await run("let pad: number;\\n\\nvoid (async () => { await 0; null.x })()", "promise.ts");
    clearInterval(holding);
  `);
  assert.equal(code, 0);
  for (const text of [stdout, stderr]) {
    assert.match(text, /timer\.ts:2:\d+/);
    assert.match(text, /promise\.ts:3:\d+/);
    assert.doesNotMatch(text, /\.ts<\d+>/);
  }
});
