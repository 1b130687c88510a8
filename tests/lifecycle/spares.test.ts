// Spares: threads that are started before anybody asks. That one was taken shows in its
// clock: a thread's `performance.timeOrigin` is when it started.

import assert from "node:assert/strict";
import process from "node:process";
import { test, type TestContext } from "node:test";
import {
  configure,
  create,
  type CreateOptions,
  createSync,
  type Interpreter,
  InterpreterTerminatedError,
  listAll,
} from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";
import { until } from "../helpers/until.ts";

/** How a script ends that prints `2` and leaves nothing that keeps it. */
const ENDED = { code: 0, stdout: "2\n", timedOut: false };

function withSpares(t: TestContext, spares: number): void {
  configure({ spares });
  t.after(() => configure({ spares: 0 }));
}

/** When the interpreter's thread started, on this thread's clock. */
async function startOf(interpreter: Interpreter): Promise<number> {
  return await interpreter.evaluate<number>("performance.timeOrigin") - performance.timeOrigin;
}

/** Creates interpreters until one is a spare that was there before. */
async function createFromSpare(options?: CreateOptions): Promise<Interpreter> {
  let found: Interpreter | undefined;
  await until(async () => {
    const asked = performance.now();
    const interpreter = await create(options);
    if (await startOf(interpreter) < asked) found = interpreter;
    else await interpreter.terminate();
    return found !== undefined;
  }, { withinMs: 20_000, what: "a spare is taken" });
  return found!;
}

test("configure() keeps a spare that create() takes", { timeout: 60_000 }, async (t) => {
  withSpares(t, 1);
  const interpreter = await createFromSpare();
  assert.equal(interpreter.isRunning(), false);
  assert.equal(await interpreter.evaluate("6 * 7"), 42);
  await interpreter.close();
});

test("a spare becomes an interpreter with its own options", { timeout: 60_000 }, async (t) => {
  withSpares(t, 1);
  const first = await createFromSpare();
  const again = await until(async () => {
    const asked = performance.now();
    const next = await create({ env: { ONLY: "this" } });
    const isSpare = await startOf(next) < asked;
    const env = await next.evaluate<Record<string, string>>("({ ...process.env })");
    await next.terminate();
    if (isSpare) assert.equal(env["ONLY"], "this");
    if (isSpare) assert.equal(env["PATH"], undefined);
    return isSpare;
  }, { withinMs: 20_000, what: "a spare with an environment of its own" });
  assert.equal(again, undefined);
  assert.equal(await first.evaluate("process.env.PATH"), process.env["PATH"]);
  await first.terminate();
});

test(
  "a spare has the isolation and the output that were asked for",
  { timeout: 60_000 },
  async (t) => {
    withSpares(t, 1);
    const isolated = await createFromSpare();
    await assert.rejects(
      isolated.run("process.chdir('/')"),
      new RegExp(`interpreter ${isolated.id} `),
    );
    await assert.rejects(
      isolated.run("setTimeout(() => process.exit(3)); await new Promise(() => {})"),
      (error) => error instanceof InterpreterTerminatedError && error.exitCode === 3,
    );
    const open = await createFromSpare({ isolated: false, stdout: "capture" });
    await open.run("console.log(process.getBuiltinModule('child_process').spawnSync.name)");
    await open.terminate();
    let text = "";
    for await (const piece of open.stdout) text += piece;
    assert.equal(text, "spawnSync\n");
  },
);

test("a spare shows nothing of what it has rehearsed", { timeout: 60_000 }, async (t) => {
  const fresh = await scoped(t);
  withSpares(t, 1);
  const spare = await createFromSpare();
  t.after(() => spare[Symbol.asyncDispose]());
  const names = "Reflect.ownKeys(globalThis).map(String).toSorted()";
  assert.deepEqual(await spare.evaluate(names), await fresh.evaluate(names));
});

test("a spare is used once", { timeout: 60_000 }, async (t) => {
  withSpares(t, 1);
  const first = await createFromSpare();
  await first.run("globalThis.mark = 1");
  const second = await createFromSpare();
  assert.notEqual(second.id, first.id);
  assert.equal(await second.evaluate("typeof mark"), "undefined");
  await Promise.all([first.terminate(), second.terminate()]);
});

test("listAll() does not have spares", { timeout: 60_000 }, async (t) => {
  const before = listAll().length;
  withSpares(t, 2);
  const interpreter = await createFromSpare();
  assert.equal(listAll().length, before + 1);
  await interpreter.terminate();
});

test("createSync() works with spares", { timeout: 60_000 }, (t) => {
  withSpares(t, 1);
  for (let n = 0; n < 3; n++) {
    const interpreter = createSync();
    assert.equal(interpreter.evaluateSync("1 + 1"), 2);
    interpreter.closeSync();
  }
});

test("a process with spares exits by itself", { timeout: 60_000 }, async () => {
  const { code, stdout, timedOut } = await spawnScript(`
    import { configure, create } from "subinterpreters";
    configure({ spares: 2 });
    const interpreter = await create();
    console.log(await interpreter.evaluate("1 + 1"));
  `);
  assert.deepEqual({ code, stdout, timedOut }, ENDED);
});

test("a signal that fires after create() has taken a spare does nothing", {
  timeout: 60_000,
}, async () => {
  const { code, stdout, timedOut } = await spawnScript(`
    import { configure, create } from "subinterpreters";
    configure({ spares: 1 });
    const controller = new AbortController();
    for (let isSpare = false; !isSpare;) {
      const asked = performance.timeOrigin + performance.now();
      const interpreter = await create({ signal: controller.signal });
      isSpare = await interpreter.evaluate("performance.timeOrigin") < asked;
    }
    controller.abort();
    const interpreter = await create();
    console.log(await interpreter.evaluate("1 + 1"));
  `);
  assert.deepEqual({ code, stdout, timedOut }, ENDED);
});

test("spares that nobody wants any more can be at any point of their start", {
  timeout: 60_000,
}, async () => {
  const { code, stdout } = await spawnScript(
    `
    import { configure, create } from "subinterpreters";
    for (let delay = 0; delay < 60; delay += 6) {
      configure({ spares: 2 });
      await new Promise((resolve) => setTimeout(resolve, delay));
      configure({ spares: 0 });
    }
    const interpreter = await create();
    console.log(await interpreter.evaluate("1 + 1"));
  `,
    { timeoutMs: 50_000 },
  );
  assert.deepEqual({ code, stdout }, { code: 0, stdout: "2\n" });
});

test("a test file of its own that ends while spares load leaves the next one alone", {
  timeout: 180_000,
}, async () => {
  const { code, signal, stdout, stderr } = await spawnScript(
    `
    import { test } from "node:test";
    import { configure, create } from "subinterpreters";
    test("keeps spares", async () => {
      configure({ spares: 4 });
      const interpreter = await create();
      await interpreter.run("");
    });
    `,
    { testFiles: runtime === "deno" ? 4 : 2, timeoutMs: 170_000 },
  );
  assert.deepEqual([code, signal], [0, null], stdout + stderr);
});

test("configure() inside an interpreter is an InterpreterError", async (t) => {
  const interpreter = await scoped(t);
  await interpreter.run(`
    import { configure, InterpreterError } from "subinterpreters";
    try {
      configure({ spares: 1 });
      throw new Error("it did not throw");
    } catch (error) {
      if (!(error instanceof InterpreterError)) throw error;
    }
  `);
});

for (
  const [options, constructor] of [
    [{ spares: "1" }, TypeError],
    [{ spares: -1 }, RangeError],
    [{ spares: 1.5 }, RangeError],
    [{ spares: 65 }, RangeError],
    [{ others: 1 }, TypeError],
    [null, TypeError],
  ] as const
) {
  test(`configure(${JSON.stringify(options)}) is a ${constructor.name}`, () => {
    assert.throws(() => configure(options as never), constructor);
  });
}
