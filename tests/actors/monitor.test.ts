// How an interpreter ended, as a promise and as an item.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, createChannel, getMain, type Interpreter } from "subinterpreters";
import { monitor } from "subinterpreters/actors";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { wrong } from "../helpers/wrong_calls.ts";

const shared = sharing();

const ENDS: readonly [how: string, reason: string, end: (one: Interpreter) => Promise<unknown>][] =
  [
    ["close()", "closed", (one) => one.close()],
    ["terminate()", "enough", (one) => one.terminate("enough")],
    ["process.exit()", "exit", (one) => one.run("process.exit(3)")],
    ["a timeout", "timeout", (one) => one.run("while (true);", { timeout: 20 })],
    ["await using", "disposed", (one) => one[Symbol.asyncDispose]()],
  ];

for (const [how, reason, end] of ENDS) {
  test(`monitor() tells of an interpreter that ends by ${how}, in a promise and in an item`, async () => {
    const [recv, to] = createChannel();
    const interpreter = await create();
    const ended = monitor(interpreter, { to });
    const run = end(interpreter).catch(() => {});
    const found = await ended;
    await run;
    assert.deepEqual([found.id, found.reason], [interpreter.id, reason]);
    assert.equal(found.error?.name, reason === "closed" ? undefined : "InterpreterTerminatedError");
    const item = recv.recvNowait() as typeof found;
    assert.deepEqual([item.id, item.reason], [interpreter.id, reason]);
    assert.equal(item.error?.message, found.error?.message);
    if (reason === "exit") assert.ok(found.error && "exitCode" in found.error);
  });
}

test("monitor() of an interpreter that has ended resolves at once", async () => {
  const interpreter = await create();
  await interpreter.close();
  const [recv, to] = createChannel();
  const { id, reason, error } = await monitor(interpreter, { to });
  assert.deepEqual([id, reason], [interpreter.id, "not found"]);
  assert.equal(error?.name, "InterpreterNotFoundError");
  assert.equal((recv.recvNowait() as { reason: string }).reason, "not found");
});

test("monitor() tells each of several monitors once", async () => {
  const [recv, to] = createChannel();
  const interpreter = await create();
  const monitors = [monitor(interpreter), monitor(interpreter, { to }), monitor(interpreter)];
  await interpreter.terminate("enough");
  assert.deepEqual((await Promise.all(monitors)).map(({ reason }) => reason), [
    "enough",
    "enough",
    "enough",
  ]);
  assert.equal(recv.length, 1);
});

test("monitor() that is aborted rejects, and sends nothing when the interpreter ends", async () => {
  const [recv, to] = createChannel();
  const interpreter = await create();
  const abort = new AbortController();
  const ended = monitor(interpreter, { to, signal: abort.signal });
  const other = monitor(interpreter);
  abort.abort(new Error("no more"));
  await assert.rejects(ended, /no more/);
  await interpreter.terminate();
  await other;
  assert.equal(recv.length, 0);
  await assert.rejects(monitor(interpreter, { signal: abort.signal }), /no more/);
});

test("monitor() that nobody awaits may be aborted", async () => {
  const interpreter = await create();
  const abort = new AbortController();
  void monitor(interpreter, { signal: abort.signal });
  abort.abort(new Error("no more"));
  await interpreter.terminate();
});

test("monitor() resolves if the channel of its item is closed", async () => {
  const [recv, to] = createChannel();
  const interpreter = await create();
  const ended = monitor(interpreter, { to });
  recv.close();
  await interpreter.terminate("enough");
  assert.equal((await ended).reason, "enough");
});

test("monitor() lets another interpreter hear of the end by its item", async (t) => {
  const watcher = await scoped(t);
  const worker = await create();
  const [ends, to] = createChannel();
  void monitor(worker, { to });
  const seen = watcher.evaluate(
    "const { id, reason, error } = await ends.recv(); [id, reason, error.name]",
    { channels: { ends } },
  );
  await assert.rejects(worker.run("process.exit(7)"));
  assert.deepEqual(await seen, [worker.id, "exit", "InterpreterTerminatedError"]);
});

test("monitor() says what is wrong with its arguments", async () => {
  const interpreter = await shared();
  await assert.rejects(monitor(wrong(5)), {
    name: "TypeError",
    message: "Cannot monitor an interpreter: interpreter must be an Interpreter, received 5",
  });
  await assert.rejects(monitor(interpreter, wrong({ to: createChannel()[0] })), {
    name: "TypeError",
    message: /^Cannot monitor an interpreter: to must be a SendChannel, received /,
  });
  await assert.rejects(monitor(interpreter, wrong({ channel: 1 })), {
    name: "TypeError",
    message: 'Cannot monitor an interpreter: there is no option "channel"; known are to, signal',
  });
  await assert.rejects(monitor(getMain()), {
    name: "InterpreterError",
    message: /interpreter is the main interpreter, which ends with the program/,
  });
});
