// Runs of an interpreter that has run often: they go through shared memory, and mean the same.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import {
  createChannel,
  type CreateOptions,
  type Interpreter,
  InterpreterError,
  InterpreterTerminatedError,
  listAllChannels,
  NotShareableError,
  RunFailedError,
  SendChannel,
} from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const timeout = 30_000;

/** More runs than it takes. */
const OFTEN = 40;

async function warm(interpreter: Interpreter): Promise<Interpreter> {
  for (let n = 0; n < OFTEN; n++) {
    assert.equal(await interpreter.call((a: number) => a + 1, n), n + 1);
    assert.equal(await interpreter.evaluate("1 + 1"), 2);
  }
  return interpreter;
}

const shared = sharing();
const warmed = new WeakSet<Interpreter>();

/** One that has run often, and that the tests share. */
async function often(): Promise<Interpreter> {
  const interpreter = await shared();
  if (!warmed.has(interpreter)) await warm(interpreter);
  warmed.add(interpreter);
  return interpreter;
}

/** One that has run often, and that the test may end. */
async function own(t: TestContext, options?: CreateOptions): Promise<Interpreter> {
  return await warm(await scoped(t, options));
}

test("call() often gives copies of whatever can cross, and handles", async () => {
  const interpreter = await often();
  const [recv, send] = createChannel();
  const echo = (same: unknown) => same;
  const memory = new Int32Array(new SharedArrayBuffer(4));
  for (let n = 0; n < 3; n++) {
    assert.deepEqual(await interpreter.call(echo, [n, new Map([[1, new Date(5)]])]), [
      n,
      new Map([[1, new Date(5)]]),
    ]);
    assert.equal(await interpreter.call(echo, undefined), undefined);
    const end = await interpreter.call(echo, send);
    assert.ok(end instanceof SendChannel && end.equals(send));
    await interpreter.call((words: Int32Array) => {
      words[0] = (words[0] ?? 0) + 1;
    }, memory);
    assert.equal(memory[0], n + 1);
    assert.equal((await interpreter.call((text: string) => text.repeat(3000), "abc")).length, 9000);
  }
  recv.close();
});

test("call() often is a run: another is refused meanwhile, and isRunning() says so", async () => {
  const interpreter = await often();
  for (let n = 0; n < 3; n++) {
    const slow = interpreter.call((ms: number) => new Promise((go) => setTimeout(go, ms)), 1);
    assert.equal(interpreter.isRunning(), true);
    await assert.rejects(interpreter.call(() => 1), InterpreterError);
    await slow;
    assert.equal(interpreter.isRunning(), false);
  }
});

test("call() often rejects with what was thrown, or cannot cross", async () => {
  const interpreter = await often();
  for (let n = 0; n < 3; n++) {
    await assert.rejects(
      interpreter.call(() => {
        throw new RangeError("no");
      }),
      (error) => error instanceof RunFailedError && error.excinfo.name === "RangeError",
    );
    await assert.rejects(interpreter.call(() => () => 1), NotShareableError);
    assert.equal(await interpreter.call((a: number) => a, n), n);
  }
});

// In a process of its own: `bun test` (1.4) ends a worker at its first stray error.
test("a rejection nobody handles fails a run of an interpreter that has run often", async () => {
  const { code, stdout } = await spawnScript(`
    import { create } from "subinterpreters";
    const interpreter = await create();
    for (let n = 0; n < ${OFTEN}; n++) await interpreter.evaluate("1 + 1");
    const stray = "Promise.reject(new Error('stray')); await new Promise(() => {})";
    for (let n = 0; n < 3; n++) {
      await interpreter.run(stray).catch(({ excinfo }) => console.log(excinfo.message));
      console.log(await interpreter.evaluate("1 + 1"));
    }
  `);
  assert.deepEqual([code, stdout], [0, "stray\n2\n".repeat(3)]);
});

test("call() often resolves after what the call wrote has arrived", async (t) => {
  let written = "";
  const interpreter = await own(t, { stdout: (text) => void (written += text) });
  for (let n = 0; n < 20; n++) {
    await interpreter.call((line: string) => void process.stdout.write(`${line}\n`), `line ${n}`);
    assert.ok(written.endsWith(`line ${n}\n`), written.slice(-50));
  }
});

test("call() often calls host functions and awaits them", async (t) => {
  const interpreter = await own(t, { functions: { twice: (n) => Number(n) * 2 } });
  const twice = async (n: number) => {
    const { host } = await import("subinterpreters");
    return await host["twice"]?.(n);
  };
  for (let n = 0; n < 5; n++) assert.equal(await interpreter.call(twice, n), 2 * n);
});

test("callSync() and call() take turns on an interpreter that has run often", async () => {
  const interpreter = await often();
  const add = (a: number, b: number) => a + b;
  for (let n = 0; n < 20; n++) {
    assert.equal(interpreter.callSync(add, n, 1), n + 1);
    assert.equal(await interpreter.call(add, n, 2), n + 2);
    assert.equal(interpreter.evaluateSync("2 * 3"), 6);
  }
});

test("a host that blocks hears of the end of a call that began before", { timeout }, async (t) => {
  const first = await often();
  const second = await scoped(t);
  const call = first.call((ms: number) => new Promise((go) => setTimeout(go, ms)), 1);
  second.runSync(`
    import { Interpreter } from "subinterpreters";
    const first = new Interpreter(${first.id});
    while (first.isRunning());`);
  assert.equal(first.isRunning(), false);
  await call;
  assert.equal(await first.call((a: number) => a, 5), 5);
});

test(
  "timeout, signal and terminate end a call of an interpreter that has run often",
  { timeout },
  async (t) => {
    const loop = () => {
      for (;;);
    };
    const timedOut = await own(t);
    await assert.rejects(
      timedOut.call({ fn: loop, timeout: 20 }),
      (error) => error instanceof InterpreterTerminatedError && error.reason === "timeout",
    );
    const aborted = await own(t);
    const controller = new AbortController();
    const call = aborted.call({ fn: loop, signal: controller.signal });
    const reason = new Error("enough");
    controller.abort(reason);
    await assert.rejects(call, (error) => error === reason);
    const terminated = await own(t);
    const ended = assert.rejects(terminated.call(loop), InterpreterTerminatedError);
    await terminated.terminate();
    await ended;
  },
);

test(
  "a call with onTimeout interrupt leaves an interpreter that has run often usable",
  { timeout },
  async () => {
    const interpreter = await often();
    await assert.rejects(
      interpreter.call({
        fn: () => {
          for (;;);
        },
        timeout: 20,
        onTimeout: "interrupt",
      }),
      (error) => error instanceof InterpreterTerminatedError && error.isInterpreterAlive,
    );
    assert.equal(await interpreter.call((a: number) => a, 1), 1);
  },
);

test("an interpreter that has run often has no channel that others see, and ends as others do", async (t) => {
  const before = listAllChannels().length;
  const interpreter = await own(t);
  assert.equal(listAllChannels().length, before);
  assert.equal(
    await interpreter.evaluate(`
    import { listAllChannels } from "subinterpreters";
    listAllChannels().length`),
    before,
  );
  await interpreter.close();
  const exiting = await own(t);
  await assert.rejects(
    exiting.call(() => process.exit(3)),
    (error) => error instanceof InterpreterTerminatedError && error.exitCode === 3,
  );
});

test("source that has spoiled its realm still answers often", { timeout }, async (t) => {
  const interpreter = await own(t);
  await interpreter.run(`
    Promise.prototype.then = Map.prototype.get = () => { throw new TypeError("spoiled") };
    globalThis.queueMicrotask = globalThis.performance = globalThis.Promise = null;`);
  for (let n = 0; n < 5; n++) assert.equal(await interpreter.evaluate("40 + 2"), 42);
});
