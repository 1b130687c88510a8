// `signal`: source is told before its thread ends, and cleans up in what time it has.

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import {
  createChannel,
  type Interpreter,
  InterpreterTerminatedError,
  type RecvChannel,
  type RunOptions,
  signal,
} from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";
import { until } from "../helpers/until.ts";

const IMPORT = `import { signal } from "subinterpreters";`;
const LISTEN = `${IMPORT}
  signal.addEventListener("abort", async () => {
    log.sendNowait(["fired", signal.reason.reason, signal.reason.name]);
    await null;
    log.sendNowait("cleaned up");
  });
  log.sendNowait("listens");`;

interface Stopped {
  readonly error: unknown;
  readonly told: readonly unknown[];
}

/** Runs a source that listens, stops it, and gives what it said after that. */
async function stopped(
  interpreter: Interpreter,
  { source, stop, ...options }: RunOptions & {
    readonly source: string;
    readonly stop: () => unknown;
  },
): Promise<Stopped> {
  const [recv, log] = createChannel();
  const run = interpreter.run(LISTEN + source, { ...options, channels: { log } });
  const failed = run.then(() => undefined, (error: unknown) => error);
  assert.equal(await recv.recv(), "listens");
  await stop();
  return { error: await failed, told: rest(recv) };
}

function rest(recv: RecvChannel): unknown[] {
  const items: unknown[] = [];
  for (let item = recv.recvNowait(); item !== null; item = recv.recvNowait()) items.push(item);
  return items;
}

const FOR_EVER = "await new Promise(() => {})";
const told = (reason: string) => [["fired", reason, "InterpreterTerminatedError"], "cleaned up"];

async function ready(t: TestContext): Promise<Interpreter> {
  const interpreter = await scoped(t);
  await interpreter.run(IMPORT);
  return interpreter;
}

test("signal of the program never fires, and is an AbortSignal on both sides", async (t) => {
  assert.ok(signal instanceof AbortSignal && !signal.aborted);
  const interpreter = await ready(t);
  const source = "[signal instanceof AbortSignal, signal.aborted]";
  assert.deepEqual(await interpreter.evaluate(source), [true, false]);
  await interpreter.terminate();
  assert.equal(signal.aborted, false);
});

test("signal fires at terminate(), with its reason, and source cleans up", async (t) => {
  const interpreter = await ready(t);
  const stop = () => interpreter.terminate("enough");
  const { error, told: items } = await stopped(interpreter, { source: FOR_EVER, stop });
  assert.ok(error instanceof InterpreterTerminatedError && error.reason === "enough");
  assert.deepEqual(items, told("enough"));
});

test("signal fires at a run's timeout", async (t) => {
  const options = { source: FOR_EVER, stop: () => {}, timeout: 100 };
  const { error, told: items } = await stopped(await ready(t), options);
  assert.ok(error instanceof InterpreterTerminatedError && error.reason === "timeout");
  assert.deepEqual(items, told("timeout"));
});

test("signal fires when a run's own signal aborts", async (t) => {
  const controller = new AbortController();
  const reason = new Error("the user's own");
  const stop = () => controller.abort(reason);
  const options = { source: FOR_EVER, stop, signal: controller.signal };
  const { error, told: items } = await stopped(await ready(t), options);
  assert.equal(error, reason);
  assert.deepEqual(items, told("aborted"));
});

test("signal fires at close() and await using, for what runs have left behind", async (t) => {
  for (const [end, reason] of [["close", "closed"], ["dispose", "disposed"]] as const) {
    const interpreter = await ready(t);
    const [recv, log] = createChannel();
    await interpreter.run(LISTEN, { channels: { log } });
    await (end === "close" ? interpreter.close() : interpreter[Symbol.asyncDispose]());
    assert.deepEqual(rest(recv), ["listens", ...told(reason)]);
  }
});

test("a run that is done when its signal has fired ends the wait", async (t) => {
  const interpreter = await ready(t);
  const source = `
    await new Promise((go) => signal.addEventListener("abort", go));
    log.sendNowait("done");`;
  const { error, told: items } = await stopped(interpreter, {
    source,
    stop: () => interpreter.terminate("enough"),
  });
  assert.ok(error instanceof InterpreterTerminatedError && error.reason === "enough");
  assert.ok(items.includes("done"));
});

test("signal with onTimeout interrupt is a fresh one afterwards, by every name", async (t) => {
  const interpreter = await ready(t);
  await interpreter.run(`import { signal as other } from "subinterpreters";
    import * as all from "subinterpreters"; let first = signal, own = "mine";`);
  const options = {
    timeout: 60,
    onTimeout: "interrupt",
    source: FOR_EVER,
    stop: () => {},
  } as const;
  const { error, told: [fired] } = await stopped(interpreter, options);
  assert.ok(error instanceof InterpreterTerminatedError && error.isInterpreterAlive);
  assert.deepEqual(fired, told("timeout")[0]);
  const source = `const { reason } = first;
    [first.aborted, reason.isInterpreterAlive, signal.aborted, signal === other,
      signal === all.signal, signal === (await import("subinterpreters")).signal]`;
  assert.deepEqual(await interpreter.evaluate(source), [true, true, false, true, true, true]);
  const again = await stopped(interpreter, { ...options, source: "for (;;);" });
  assert.ok(again.error instanceof InterpreterTerminatedError && again.error.isInterpreterAlive);
  assert.deepEqual(again.told[0], told("timeout")[0]);
});

test("a name of the source's own is not taken for signal", async (t) => {
  const interpreter = await ready(t);
  await interpreter.run("var signal = 'mine'");
  await assert.rejects(interpreter.run("for (;;);", { timeout: 30, onTimeout: "interrupt" }));
  assert.equal(await interpreter.evaluate("signal"), "mine");
});

for (
  const [what, source] of [
    ["is busy", "for (;;);"],
    ["is busy after an await", "await 1; for (;;);"],
    ["blocks", "import { createChannel } from 'subinterpreters'; createChannel()[0].recvSync();"],
    ["listens with a loop", "signal.addEventListener('abort', () => { for (;;); });" + FOR_EVER],
    ["listens and throws", "signal.onabort = () => { throw new Error('x') };" + FOR_EVER],
    ["asks the host meanwhile", "signal.onabort = () => { create().then(() => {}) };" + FOR_EVER],
    ["exits meanwhile", "signal.onabort = () => { process.exit(7) };" + FOR_EVER],
  ] as const
) {
  test(`terminate() ends source that ${what} and has asked for its signal`, async (t) => {
    const interpreter = await ready(t);
    const [recv, log] = createChannel();
    const text = `${IMPORT} import { create } from "subinterpreters";
      process.on("uncaughtException", () => {}); log.sendNowait("runs"); ${source}`;
    const run = interpreter.run(text, { channels: { log } });
    const rejected = assert.rejects(
      run,
      (error) => error instanceof InterpreterTerminatedError && error.reason === "enough",
    );
    await recv.recv();
    await interpreter.terminate("enough");
    await rejected;
  });
}

for (const end of ["close", "closeSync"] as const) {
  test(`${end}() calls the exit handlers of source`, async (t) => {
    let out = "";
    const interpreter = await scoped(t, { stdout: (text) => void (out += text) });
    await interpreter.run(`
      process.exitCode = 3;
      process.on("exit", (code) => console.log("bye", code));`);
    await interpreter[end]();
    // Its last output may still be on the way.
    await until(() => out !== "");
    assert.equal(out, "bye 3\n");
  });
}

test("close() ends an interpreter whose exit handler loops", async (t) => {
  const interpreter = await scoped(t);
  await interpreter.run(`process.on("exit", () => { for (;;); })`);
  await interpreter.close();
  assert.throws(() => interpreter.isRunning(), /no interpreter has that id/);
});

test("terminate() calls no exit handlers", async (t) => {
  let out = "";
  const interpreter = await scoped(t, { stdout: (text) => void (out += text) });
  await interpreter.run(`process.on("exit", () => console.log("bye"))`);
  await interpreter.terminate();
  assert.equal(out, "");
});
