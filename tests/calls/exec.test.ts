// exec(), by PEP 734's name: source, bytes, or a function without parameters.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, getMain, InterpreterError, RunFailedError } from "subinterpreters";
import { sharing } from "../helpers/interpreter.ts";

const shared = sharing();

test("exec() runs source as run() does, and gives no value", async () => {
  const interpreter = await shared();
  assert.equal(await interpreter.exec("const fromExec: number = 5; fromExec"), undefined);
  interpreter.execSync("const fromExecSync = fromExec + 1");
  assert.equal(await interpreter.evaluate("fromExecSync"), 6);
});

test("B093 exec() decodes bytes as UTF-8 and refuses other bytes", async () => {
  const interpreter = await shared();
  await interpreter.exec(new TextEncoder().encode("const bytes = 'é'"));
  assert.equal(await interpreter.evaluate("bytes"), "é");
  interpreter.execSync(new TextEncoder().encode("\ufefffunction ofBytes() { return 1; }"));
  assert.equal(await interpreter.call(new Function("return () => ofBytes()")() as () => number), 1);
  await assert.rejects(interpreter.exec(new Uint8Array([0xff])), /must be UTF-8/);
});

test("B107 exec() runs a function without parameters in the namespace", async () => {
  const interpreter = await shared();
  await interpreter.run("let touched = 0");
  const touch = new Function("return () => { touched += 1; }")() as () => void;
  assert.equal(await interpreter.exec(touch), undefined);
  interpreter.execSync(touch);
  assert.equal(await interpreter.evaluate("touched"), 2);
  const unshareable = () => Symbol("dropped");
  assert.equal(await interpreter.exec(unshareable), undefined);
});

test("B107 exec() refuses functions with parameters, closures and generators", async () => {
  const interpreter = await shared();
  const exec = interpreter.exec.bind(interpreter) as (code: unknown) => Promise<void>;
  const secret = [Math.random()];
  await assert.rejects(exec((a: unknown) => a), /takes parameters.*call\(\)/);
  await assert.rejects(exec(() => secret), /"secret"/);
  await assert.rejects(exec(async function* () {}), /is a generator/);
  await assert.rejects(exec(1), /must be a string, a function or bytes/);
});

test("exec() takes values and channels for a function as for source", async () => {
  const interpreter = await shared();
  const put = new Function("return () => { globalThis.sum = left + right; }")() as () => void;
  await interpreter.exec(put, { values: { left: 1, right: 2 } });
  assert.equal(await interpreter.evaluate("sum"), 3);
});

test("exec() fails as run() does, with the error of the function", async () => {
  const interpreter = await shared();
  await assert.rejects(
    interpreter.exec(() => {
      throw new TypeError("inside");
    }),
    (error: unknown) => error instanceof RunFailedError && error.excinfo.message === "inside",
  );
  await assert.rejects(getMain().exec("1"), InterpreterError);
});

test("whence tells the main interpreter, and who created the others", async () => {
  const interpreter = await shared();
  assert.equal(getMain().whence, "main");
  assert.equal(interpreter.whence, "host");
  const [inner, outer, main] = await interpreter.evaluate<string[]>(`
    import { create, getCurrent, getMain } from "subinterpreters";
    const made = await create();
    const found = [made.whence, getCurrent().whence, getMain().whence];
    await made.close();
    found;
  `);
  assert.deepEqual([inner, outer, main], ["interpreter", "host", "main"]);
  await using other = await create();
  assert.equal(other.whence, "host");
});
