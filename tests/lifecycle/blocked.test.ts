// What goes on while the program blocks in a Sync call: its timers and promises do not
// run, and interpreters end all the same.

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { test, type TestContext } from "node:test";
import {
  create,
  createChannel,
  createSync,
  type Interpreter,
  InterpreterNotFoundError,
  InterpreterTerminatedError,
} from "subinterpreters";
import { pause as block } from "subinterpreters/src/channel/wake/doorbell.ts";
import { openWire } from "subinterpreters/src/runtime/deno/wire.ts";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { spawnScript } from "../helpers/spawn_script.ts";
import { until } from "../helpers/until.ts";

const shared = sharing();

/** Evaluates, blocked, source that has `other`, another interpreter made inside. */
function blocked(t: TestContext, source: string): unknown {
  const interpreter = createSync();
  t.after(() => interpreter[Symbol.asyncDispose]());
  return interpreter.evaluateSync(
    `import { createSync } from "subinterpreters"; const other = createSync();\n${source}`,
  );
}

test("runSync() of source that exits throws an InterpreterTerminatedError", () => {
  const interpreter = createSync();
  assert.throws(
    () => interpreter.runSync("process.exit(3)"),
    (error) => error instanceof InterpreterTerminatedError && error.exitCode === 3,
  );
  assert.throws(() => interpreter.isRunning(), InterpreterNotFoundError);
});

test("runSync() inside of source that exits throws while the program blocks", (t) => {
  const source =
    `let name; try { other.runSync("process.exit(3)") } catch (error) { name = error.name }
    name`;
  assert.equal(blocked(t, source), "InterpreterTerminatedError");
});

test("runSync() inside times out while the program blocks", (t) => {
  const source = `let reason;
    try { other.runSync("for (;;);", { timeout: 50 }) } catch (error) { reason = error.reason }
    reason`;
  assert.equal(blocked(t, source), "timeout");
});

test("run() inside times out while the program blocks", (t) => {
  const source = `await other.run("for (;;);", { timeout: 50 }).catch((error) => error.reason)`;
  assert.equal(blocked(t, source), "timeout");
});

test("run() inside settles after terminate() while the program blocks", (t) => {
  const source = `const running = other.run("for (;;);").catch((error) => error.name);
    await other.terminate();
    await running`;
  assert.equal(blocked(t, source), "InterpreterTerminatedError");
});

test("B435 a lock of a killed interpreter is given back while the program blocks", {
  timeout: 60_000,
}, (t) => {
  const [recv, send] = createChannel();
  const interpreter = createSync();
  t.after(() => interpreter[Symbol.asyncDispose]());
  interpreter.runSync(
    `import { create } from "subinterpreters";
    for (let n = 0; n < 5; n++) {
      const other = await create();
      const running = other.run(
        "for (;;) { end.sendNowait('x'.repeat(200_000)); from.recvNowait(); }",
        { channels: { end: send, from: recv } },
      ).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 5 + n));
      await other.terminate();
      await running;
      send.sendNowait(n);
      while (recv.recvNowait() !== null);
    }`,
    { channels: { recv, send } },
  );
  assert.equal(recv.recvNowait(), null);
});

test("run() right after createSync() does not fail because of what the runtime does", async (t) => {
  const interpreters = [createSync(), createSync()];
  t.after(() => Promise.all(interpreters.map((one) => one[Symbol.asyncDispose]())));
  // Node asks threads for their output as soon as the program blocks no longer.
  const source = "await new Promise((resolve) => setTimeout(resolve, 300))";
  await Promise.all(interpreters.map((one) => one.run(source)));
});

test("runSync() and createSync() refuse a signal", () => {
  const interpreter = createSync();
  const { signal } = new AbortController();
  assert.throws(() => interpreter.runSync("1", { signal } as never), /signal/);
  assert.throws(() => createSync({ signal } as never), /signal/);
  interpreter.closeSync();
});

test("a handle of a closed interpreter crosses, and throws when it is used", async () => {
  const [recv, send] = createChannel();
  const interpreter = await create();
  send.sendNowait({ interpreter, rest: 1 });
  await interpreter.close();
  const item = await recv.recv() as { interpreter: Interpreter; rest: number };
  assert.equal(item.rest, 1);
  assert.equal(item.interpreter, interpreter);
  assert.throws(() => item.interpreter.isRunning(), InterpreterNotFoundError);
});

test("recv() inside with a timeout beyond the longest timer waits", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const received = interpreter.evaluate("await end.recv({ timeout: 2 ** 31 })", {
    channels: { end: recv },
  });
  await send.send("item");
  assert.equal(await received, "item");
});

test("run() inside that is refused and then aborted leaves the run in progress alone", async (t) => {
  const [target, other] = [await shared(), await scoped(t)];
  const [recv, send] = createChannel();
  const running = target.evaluate("await gate.recv()", { channels: { gate: recv } });
  const refused = await other.evaluate(`
    import { Interpreter } from "subinterpreters";
    const controller = new AbortController();
    const attempt = new Interpreter(${target.id}).run("1", { signal: controller.signal })
      .catch((error) => String(error));
    controller.abort("bye");
    await attempt`);
  assert.equal(refused, "bye");
  await send.send("done");
  assert.equal(await running, "done");
});

test("run() inside that is aborted ends its interpreter and rejects with the reason", async () => {
  const other = await shared();
  const outcome = await other.evaluate(`
    import { create, listAll } from "subinterpreters";
    const inner = await create();
    const controller = new AbortController();
    const running = inner.run("for (;;);", { signal: controller.signal }).catch((error) => error);
    setTimeout(() => controller.abort("enough"), 20);
    [await running, listAll().some(({ id }) => id === inner.id)]`);
  assert.deepEqual(outcome, ["enough", false]);
});

// Linux tells of a thread's end while the program blocks; the tests run there. In a
// process of its own: `bun test` (1.4) counts a worker's stray error against the test.
test("runSync() of source whose thread ends by itself throws while the program blocks", async () => {
  const { code, stdout } = await spawnScript(`
    import { createSync, InterpreterTerminatedError } from "subinterpreters";
    const runtime = "Deno" in globalThis ? "Deno" : "Bun" in globalThis ? "Bun" : "Node";
    const options = runtime === "Node" ? { limits: { memoryMiB: 16 } } : {};
    const interpreter = createSync(options);
    const outer = createSync();
    const ends = {
      Deno: "close()",
      Bun: \`const name = "unhandledRejection";
        for (const each of process.listeners(name)) process.off(name, each);
        void Promise.reject(new Error("end"))\`,
      Node: "let list; for (;;) list = { list, kept: true };",
    };
    const end = ends[runtime] + "; await new Promise(() => {})";
    try {
      interpreter.runSync(end);
    } catch (error) {
      console.log(error instanceof InterpreterTerminatedError, error.reason);
    }
    try {
      interpreter.isRunning();
    } catch (error) {
      console.log(error.name);
    }
    console.log(outer.evaluateSync(\`
      import { createSync } from "subinterpreters";
      let name;
      try { createSync(\${JSON.stringify(options)}).runSync(\${JSON.stringify(end)}) } catch (error) { name = error.name }
      name\`));
  `);
  const lines = ["true crash", "InterpreterNotFoundError", "InterpreterTerminatedError"];
  assert.deepEqual([code, stdout.trim().split("\n")], [0, lines]);
});

test("frames that the program has taken while it blocked leave no knocks behind", async (t) => {
  const { port, ends } = openWire();
  t.after(() => port.close());
  for (let n = 0; n < 10; n++) {
    ends.port.postMessage(n);
    ends.knock.postMessage(0);
  }
  for (let n = 0; n < 10; n++) assert.deepEqual(port.take(), { frame: n });
  const heard: unknown[] = [];
  port.listen((frame) => heard.push(frame));
  ends.port.postMessage("without a knock");
  // A knock that was left would be heard in one of these turns.
  for (let turn = 0; turn < 3; turn++) await pause(1);
  assert.deepEqual(heard, []);
  ends.knock.postMessage(0);
  await until(() => heard.length > 0, { withinMs: 10_000, what: "a knock is heard" });
});

test("frames of a wire that is handed over go to whoever listens now", async (t) => {
  const { port, ends } = openWire();
  t.after(() => port.close());
  const heard: unknown[] = [];
  port.listen((frame) => {
    heard.push(["first", frame]);
    port.listen((next) => heard.push(["second", next]));
    ends.port.postMessage("is read on after a pause");
    // Longer than frames are read at a stretch.
    block(20);
  });
  ends.port.postMessage("ready");
  ends.knock.postMessage(0);
  await until(() => heard.length > 1, { withinMs: 10_000, what: "the next frame is heard" });
  assert.deepEqual(heard, [["first", "ready"], ["second", "is read on after a pause"]]);
});
