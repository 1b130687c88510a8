// What a caller learns of an error inside.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { type Interpreter, RunFailedError } from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";

const shared = sharing();

async function failureOf(interpreter: Interpreter, source: string): Promise<RunFailedError> {
  try {
    await interpreter.run(source, { filename: "plugin.ts" });
  } catch (error) {
    assert.ok(error instanceof RunFailedError, inspect(error));
    return error;
  }
  throw new Error(`No error: ${source}`);
}

test("B141 excinfo is plain data", async () => {
  const source = "throw Object.assign(new Error('x', { cause: 1 }), { extra: () => {} })";
  const { excinfo } = await failureOf(await shared(), source);
  assert.deepEqual(structuredClone(excinfo), excinfo);
  assert.deepEqual(Object.keys(excinfo).toSorted(), ["cause", "message", "name", "stack"]);
});

test("B142 inspect() of a RunFailedError shows the summary and the trace inside", async () => {
  const interpreter = await shared();
  const failure = await failureOf(interpreter, "\nfunction deep() { null.x }\ndeep()");
  const text = inspect(failure);
  assert.match(text, /RunFailedError: TypeError: /);
  assert.match(text, /deep.*plugin\.ts:2:/);
  assert.match(text, /plugin\.ts:3:/);
});

test("B143 inspect() of a RunFailedError shows causes and members", async () => {
  const source = `
    throw new AggregateError([new RangeError("first member"), new EvalError("second member")],
      "group", { cause: new URIError("the reason") });`;
  const text = inspect(await failureOf(await shared(), source), { depth: 5 });
  for (const part of ["group", "first member", "second member", "the reason"]) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
});

test("B144 frames of imported modules keep their file and line", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "subinterpreters-"));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "broken.mjs"), "\n\nexport function fail() { null.x }\n");
  const interpreter = await scoped(t, { baseUrl: pathToFileURL(`${directory}/`) });
  const source = `import { fail } from "./broken.mjs";\n\n\nfail();`;
  const { excinfo } = await failureOf(interpreter, source);
  assert.match(excinfo.stack ?? "", /broken\.mjs:3:[\s\S]*plugin\.ts:4:/);
});

test("B145 excinfo names the errors of the language by their own names", async () => {
  const interpreter = await shared();
  for (
    const [source, name] of [
      ["undeclared", "ReferenceError"],
      ["null.x", "TypeError"],
      ["new Array(-1)", "RangeError"],
      ["decodeURI('%')", "URIError"],
      ["await Promise.any([Promise.reject(1)])", "AggregateError"],
      ["JSON.parse('{')", "SyntaxError"],
      ["AbortSignal.abort().throwIfAborted()", "AbortError"],
    ] as const
  ) assert.equal((await failureOf(interpreter, source)).excinfo.name, name, source);
});

for (
  const [what, source] of [
    ["at once", "throw new Error('x')"],
    ["after an await", "await 1; throw new Error('x')"],
    ["in a timer", "await new Promise((_, no) => setTimeout(() => no(new Error('x')), 1))"],
    ["in a function of the language", "[1].map(() => { throw new Error('x') })"],
    ["in evaluated text", "eval('missing()')"],
    ["in a function made of text", "new Function('return missing')()"],
    ["in one of several promises", "await Promise.all([(async () => { await 1; null.x })()])"],
    ["in the runtime", `(await import("node:fs")).readFileSync("/not/there")`],
    ["named as what runs it", "function runInThisContext() { null.x }; runInThisContext()"],
  ] as const
) {
  test(`excinfo.stack of an error ${what} has frames of the source alone`, async () => {
    const interpreter = await shared();
    for (const filename of ["plugin.ts", "my plugin (1).ts", undefined]) {
      const failed: unknown = await interpreter.run(
        source,
        filename === undefined ? {} : { filename },
      )
        .then(() => undefined, (error) => error);
      assert.ok(failed instanceof RunFailedError);
      const { stack = "" } = failed.excinfo;
      assert.ok(stack.includes(`${filename ?? `<interpreter ${interpreter.id}>`}:1:`), stack);
      assert.doesNotMatch(stack, /%|<\d+>|[/\\](?:src|dist)[/\\]|node:internal|node:vm|ext:/);
      assert.doesNotMatch(stack, /runInThisContext \(unknown|Script\.runIn/);
    }
  });
}

for (
  const source of ["@d class A {}", "class A { @d f(): void {} }", "class A { @d accessor x = 1 }"]
) {
  test(`B136 a decorator is a SyntaxError that names the remedy: ${source}`, async () => {
    const { excinfo } = await failureOf(await shared(), `let n: number;\n${source}`);
    assert.equal(excinfo.name, "SyntaxError");
    assert.match(excinfo.message, /decorators.*call the decorator yourself/);
    assert.match(excinfo.stack ?? "", /plugin\.ts:2:/);
  });
}

for (const source of ["using x = it", "{ using x = it }", "(() => { using x = it })()"]) {
  test(`B136 using works, or is a SyntaxError that names the remedy: ${source}`, async () => {
    const interpreter = await shared();
    const text =
      `let log: string[] = [], it = { [Symbol.dispose]() { log.push("end") } };\n${source}`;
    if (runtime === "node" && Number(process.versions.node.split(".")[0]) < 24) {
      const { excinfo } = await failureOf(interpreter, text);
      assert.match(excinfo.message, /using.*Node 24, Deno or Bun/);
      assert.match(excinfo.stack ?? "", /plugin\.ts:2:/);
      return;
    }
    await interpreter.run(text);
    assert.deepEqual(await interpreter.evaluate("log"), ["end"]);
  });
}

const here = new URL(".", import.meta.url);
const based = sharing({ baseUrl: here });

for (
  const [source, specifier, name] of [
    ['import x from "not-there-at-all"; x', "not-there-at-all", " from plugin.ts"],
    ['import "./not-there.mjs"', "./not-there.mjs", " from plugin.ts"],
    ['await import("not-there-at-all")', "not-there-at-all", ""],
    ['await import("./not-there.mjs")', "./not-there.mjs", ""],
  ] as const
) {
  test(`a module that is not there is named, and where it was looked for: ${source}`, async () => {
    const { excinfo } = await failureOf(await based(), source);
    const start = `Cannot import "${specifier}"${name}: there is no such module for ${here.href}; `;
    assert.ok(excinfo.message.startsWith(start), excinfo.message);
    assert.doesNotMatch(excinfo.message, /importer/);
  });
}

test("a module that lacks one of its own imports is the one that is named", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "subinterpreters-"));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "broken.mjs"), 'import "./gone.mjs";');
  const interpreter = await scoped(t, { baseUrl: pathToFileURL(`${directory}/`) });
  const { excinfo } = await failureOf(interpreter, 'import "./broken.mjs"');
  assert.match(excinfo.message, /gone\.mjs/);
  assert.doesNotMatch(excinfo.message, /Cannot import/);
});

test("baseUrl is a directory whatever its name ends with", async (t) => {
  const parent = mkdtempSync(join(tmpdir(), "subinterpreters-"));
  t.after(() => rmSync(parent, { recursive: true }));
  const directory = join(parent, "app.js");
  mkdirSync(directory);
  writeFileSync(join(directory, "dep.mjs"), "export const n = 7;");
  for (
    const baseUrl of [directory, pathToFileURL(directory), pathToFileURL(`${directory}/dep.mjs`)]
  ) {
    const interpreter = await scoped(t, { baseUrl });
    assert.equal(await interpreter.evaluate('import { n } from "./dep.mjs"; n'), 7);
  }
});

test("process.env inside holds strings, whatever is assigned", async (t) => {
  const interpreter = await scoped(t, { env: { GIVEN: "1" } });
  const source = "process.env.N = 5; [process.env.N, process.env.GIVEN, 'N' in process.env]";
  assert.deepEqual(await interpreter.evaluate(`import process from "node:process"; ${source}`), [
    "5",
    "1",
    true,
  ]);
});
