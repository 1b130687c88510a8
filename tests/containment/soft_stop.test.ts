// `onTimeout: "interrupt"`: the run ends, the interpreter stays, if it can be had that way.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as Effect from "effect/Effect";
import {
  create,
  createChannel,
  createSync,
  type Interpreter,
  InterpreterTerminatedError,
  listAll,
} from "subinterpreters";
import { runLogic } from "subinterpreters/actors";
import * as effects from "subinterpreters/effect";
import { createActor, toPromise } from "xstate";
import { scoped, sharing } from "../helpers/interpreter.ts";

const shared = sharing();

const SOFT = { timeout: 60, onTimeout: "interrupt" } as const;

function isTimeout(error: unknown): error is InterpreterTerminatedError {
  return error instanceof InterpreterTerminatedError && error.reason === "timeout";
}

async function survives(interpreter: Interpreter, source: string): Promise<void> {
  await interpreter.run("globalThis.kept = 'namespace'; let count = 0;");
  await assert.rejects(
    interpreter.evaluate(source, SOFT),
    (error) =>
      isTimeout(error) && error.isInterpreterAlive &&
      /is idle and keeps its namespace$/.test(error.message),
  );
  assert.equal(interpreter.isRunning(), false);
  assert.equal(await interpreter.evaluate("kept"), "namespace");
}

const INTERRUPTED = {
  "a busy loop": "for (;;);",
  "a loop in try and finally":
    "(function f() { try { for (;;) count++; } catch { kept = ''; } finally { kept = ''; } })();",
  "a loop before an await": "for (;;); await 1;",
  "a loop in a function declared by an earlier run":
    "globalThis.spin ??= () => { for (;;); }; spin()",
  "code that awaits for ever": "await new Promise(() => {})",
  "code that awaits timers": "for (;;) await new Promise((go) => setTimeout(go, 1))",
  "a wait in recv()":
    "import { createChannel } from 'subinterpreters'; await createChannel()[0].recv()",
  "a loop after an import": "import { basename } from 'node:path'; for (;;);",
};

const interrupted = sharing();

for (const [what, source] of Object.entries(INTERRUPTED)) {
  test(`run() with onTimeout interrupt stops ${what} and keeps the interpreter`, async () => {
    await survives(await interrupted(), source);
  });
}

const TERMINATED = {
  "endless microtasks":
    "const spin = () => Promise.resolve().then(spin); spin(); await new Promise(() => {})",
  "a loop after an await": "await 1; for (;;);",
  "Atomics.wait after an await":
    "await 1; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
  "a blocked recvSync()":
    "import { createChannel } from 'subinterpreters'; createChannel()[0].recvSync()",
  "a getter that loops while the value is encoded": "({ get value() { for (;;); } })",
  "a getter that loops while an item is encoded":
    "import { createChannel } from 'subinterpreters'; createChannel()[1].sendNowait({ get value() { for (;;); } })",
};

for (const [what, source] of Object.entries(TERMINATED)) {
  test(`run() with onTimeout interrupt terminates ${what}`, async () => {
    const interpreter = await create();
    // Loading it is not what shall take too long.
    await interpreter.run("import 'subinterpreters'");
    await assert.rejects(
      interpreter.evaluate(source, SOFT),
      (error) =>
        isTimeout(error) && !error.isInterpreterAlive &&
        /^Interpreter \d+ ended/.test(error.message),
    );
    assert.ok(!listAll().includes(interpreter));
  });
}

test("run() with onTimeout interrupt leaves a channel usable whenever it interrupts", {
  timeout: 60_000,
}, async () => {
  const [recv, send] = createChannel();
  for (let n = 0; n < 6; n++) {
    const interpreter = await shared();
    await assert.rejects(
      interpreter.run("for (;;) { send.sendNowait('x'.repeat(2000)); recv.recvNowait(); }", {
        timeout: 20 + 2 * n,
        onTimeout: "interrupt",
        channels: { recv, send },
      }),
      isTimeout,
    );
    while (recv.recvNowait() !== null);
    send.sendNowait(n);
    assert.equal(recv.recvNowait(), n);
  }
});

test("B154 what an interrupted run left goes on", async (t) => {
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  const [recvDone, sendDone] = createChannel();
  const stop = new AbortController();
  const run = interpreter.run(
    `
      await out.send("waits");
      await gate.recv();
      out.sendNowait("later");
      throw new Error("nobody hears");
    `,
    { signal: stop.signal, onAbort: "interrupt", channels: { gate: recv, out: sendDone } },
  );
  assert.equal(await recvDone.recv(), "waits");
  stop.abort();
  await assert.rejects(run, { name: "AbortError" });
  await send.send("go");
  assert.equal(await recvDone.recv(), "later");
  assert.equal(await interpreter.evaluate("6 * 7"), 42);
});

test("isInterpreterAlive of an interrupted run is true inside, too", async () => {
  const interpreter = await shared();
  const source = `
    import { create } from "subinterpreters";
    const inner = await create();
    const seen = [];
    for (const onTimeout of ["interrupt", "terminate"]) {
      await inner.run("for (;;);", { timeout: 30, onTimeout })
        .catch((error) => seen.push(error.isInterpreterAlive));
    }
    seen;
  `;
  assert.deepEqual(await interpreter.evaluate(source), [true, false]);
});

test("a run that ends in time is not interrupted, and the next one neither", async () => {
  const interpreter = await shared();
  assert.equal(await interpreter.evaluate("1 + 1", SOFT), 2);
  const pause = "await new Promise((go) => setTimeout(go, 120)); 'whole'";
  assert.equal(await interpreter.evaluate(pause), "whole");
});

test("source that throws what an interruption looks like fails its run", async () => {
  const interpreter = await shared();
  await assert.rejects(
    interpreter.run(
      "throw Object.assign(new Error('mine'), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' })",
      { timeout: 60_000, onTimeout: "interrupt" },
    ),
    /mine/,
  );
});

test("runSync() and evaluateSync() interrupt, and terminate what they cannot interrupt", () => {
  const interpreter = createSync();
  assert.throws(() => interpreter.runSync("let a = 1; for (;;);", SOFT), isTimeout);
  assert.throws(() => interpreter.evaluateSync("await new Promise(() => {})", SOFT), isTimeout);
  assert.equal(interpreter.evaluateSync("a"), 1);
  assert.throws(() => interpreter.runSync("await 1; for (;;);", SOFT), isTimeout);
  assert.ok(!listAll().includes(interpreter));
});

test("run() and runSync() inside an interpreter interrupt", async () => {
  const interpreter = await shared();
  const outcome = await interpreter.evaluate(`
    import { create } from "subinterpreters";
    const inner = await create();
    const soft = { timeout: 60, onTimeout: "interrupt" };
    const first = await inner.run("let a = 1; for (;;);", soft).catch((error) => error);
    let second;
    try { inner.runSync("a = 2; for (;;);", soft); } catch (error) { second = error; }
    const kept = await inner.evaluate("a");
    await inner.close();
    [first.name, first.reason, first.message === second.message, second.reason, kept]`);
  assert.deepEqual(outcome, ["InterpreterTerminatedError", "timeout", true, "timeout", 2]);
});

test("runLogic and Effect's run interrupt", async () => {
  const interpreter = await shared();
  const input = { interpreter, source: "for (;;);", ...SOFT };
  const actor = createActor(runLogic, { input });
  actor.subscribe({ error: () => {} });
  await assert.rejects(toPromise(actor.start()), isTimeout);
  const error = await Effect.runPromise(Effect.flip(effects.run(interpreter, "for (;;);", SOFT)));
  assert.ok(isTimeout(error));
  assert.equal(await interpreter.evaluate("1"), 1);
});

test("run() refuses an onTimeout that is unknown or has no timeout, and an endless timeout", async () => {
  const interpreter = await shared();
  const refused: [object, typeof TypeError | typeof RangeError][] = [
    [{ onTimeout: "interrupt" }, TypeError],
    [{ onTimeout: "stop", timeout: 5 }, TypeError],
    [{ onTimeout: null, timeout: 5 }, TypeError],
    [{ timeout: Infinity }, RangeError],
    [{ timeout: NaN }, RangeError],
    [{ timeout: -1 }, RangeError],
    [{ timeout: "5" }, TypeError],
  ];
  for (const [options, type] of refused) {
    await assert.rejects(interpreter.run("1", options), type);
    assert.throws(() => interpreter.evaluateSync("1", options), type);
  }
  assert.equal(await interpreter.evaluate("1"), 1);
});

test("run() with onTimeout interrupt takes a timeout that is longer than the runtime's own", async () => {
  const interpreter = await shared();
  for (const timeout of [2 ** 31, 2 ** 32, 2 ** 40, Number.MAX_VALUE]) {
    const options = { timeout, onTimeout: "interrupt" } as const;
    assert.equal(await interpreter.evaluate("1", options), 1);
    assert.equal(interpreter.evaluateSync("2", options), 2);
  }
});
