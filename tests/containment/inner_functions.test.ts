// Functions that an interpreter gives to interpreters that it creates itself.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { create, createChannel, type Interpreter } from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";

/** An interpreter that has created `inner` with functions, and `log` of what they saw. */
async function creator(t: TestContext): Promise<Interpreter> {
  const interpreter = await scoped(t);
  await interpreter.run(`
    import { create, createSync } from "subinterpreters";
    const log = [], host = 'import { host } from "subinterpreters";';
    const functions = {
      add: (a, b) => a + b,
      later: (value) => Promise.resolve(value),
      fail() { throw new RangeError("too far", { cause: new Error("inner") }); },
      bad: () => ({ f() {} }),
      hang() { log.push(this.signal); return new Promise(() => {}); },
      sync: (source) => createSync().evaluateSync(source),
    };
    const inner = await create({ functions });`);
  return interpreter;
}

test("functions of an interpreter answer the interpreters that it creates", async (t) => {
  const interpreter = await creator(t);
  assert.deepEqual(
    await interpreter.evaluate(`
      const source = host + "[await host.add(1, 2), await host.later(new Map([[1, 2n]]))]";
      const second = createSync({ functions: { add: () => "second" } });
      [await inner.evaluate(source), await second.evaluate(host + "await host.add()")]`),
    [[3, new Map([[1, 2n]])], "second"],
  );
});

test("errors of an interpreter's functions cross as those of the program do", async (t) => {
  const interpreter = await creator(t);
  assert.deepEqual(
    await interpreter.evaluate(`
      const told = (call) => host + "await " + call +
        ".catch((error) => [error instanceof RangeError, String(error), String(error.cause)])";
      [await inner.evaluate(told("host.fail()")), await inner.evaluate(told("host.bad()"))]`),
    [
      [true, "RangeError: too far", "Error: inner"],
      [
        false,
        "NotShareableError: The result of host.bad cannot cross: $.f is a function",
        "undefined",
      ],
    ],
  );
});

test("runSync() inside serves functions, and fails what returns a promise", async (t) => {
  const interpreter = await creator(t);
  assert.deepEqual(
    await interpreter.evaluate(`
      [inner.evaluateSync(host + "await host.add(1, 2)"),
        inner.evaluateSync(host + "await host.sync('6 * 7')"),
        inner.evaluateSync(host + "await host.later(1).catch(String)")]`),
    [
      3,
      42,
      "InterpreterError: Cannot await host.later: it returned a promise, and its owner blocks until this run is done; use run() there, not runSync()",
    ],
  );
});

test("functions of an interpreter answer while the program blocks", async (t) => {
  const interpreter = await creator(t);
  assert.deepEqual(
    interpreter.evaluateSync(
      `await inner.evaluate(host + "[await host.add(1, 2), await host.later(4)]")`,
    ),
    [3, 4],
  );
});

test("this.signal inside fires when the run that called ends", async (t) => {
  const interpreter = await creator(t);
  assert.deepEqual(
    await interpreter.evaluate(`
      const running = inner.run(host + "await host.hang()").catch(() => {});
      while (log.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      const before = log[0].aborted;
      const fired = new Promise((resolve) => log[0].addEventListener("abort", resolve));
      await inner.terminate();
      await Promise.all([running, fired]);
      [before, log[0].aborted]`),
    [false, true],
  );
});

test("host.f() rejects when the interpreter that created this one is gone", async (t) => {
  const [recv, send] = createChannel();
  const outer = await create();
  t.after(() => outer[Symbol.asyncDispose]());
  const inner = await outer.evaluate<Interpreter>(
    `import { create } from "subinterpreters";
    await create({
      functions: { hang() { called.sendNowait(1); return new Promise(() => {}); } },
    })`,
    { channels: { called: send } },
  );
  t.after(() => inner[Symbol.asyncDispose]());
  const messages = inner.evaluate(`
    import { host } from "subinterpreters";
    [await host.hang().catch(String), await host.hang().catch(String)]`);
  // Now the first call waits for an answer; the second one finds nobody.
  await recv.recv();
  await outer.close();
  const message =
    `InterpreterError: Cannot call host.hang: interpreter ${outer.id}, which created this one, is gone`;
  assert.deepEqual(await messages, [message, message]);
});

test("create() inside checks functions as create() does", async (t) => {
  const interpreter = await scoped(t);
  assert.deepEqual(
    await interpreter.evaluate(`
      import { create } from "subinterpreters";
      const tried = [{ then() {} }, { f: 1 }, []].map((functions) =>
        create({ functions }).catch(({ name }) => name));
      await Promise.all(tried)`),
    ["TypeError", "TypeError", "TypeError"],
  );
});
