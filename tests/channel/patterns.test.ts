// Channels at work, as the PEPs show them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, type Interpreter, listAll } from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";

const shared = sharing();
const another = sharing();

test("B252 send() and recv() meet within and between all kinds of interpreters", async () => {
  const [a, b] = [await shared(), await another()];
  const [recv, send] = createChannel();
  const channels = { recv, send };
  await Promise.all([send.send("main to main"), recv.recv()]);
  const sendFrom = (from: Interpreter) => from.run("await send.send(send.id)", { channels });
  const receiveIn = (to: Interpreter) => to.evaluate("await recv.recv()", { channels });
  assert.equal((await Promise.all([receiveIn(a), send.send("to a")]))[0], "to a");
  assert.equal((await Promise.all([recv.recv(), sendFrom(a)]))[0], send.id);
  assert.equal((await Promise.all([receiveIn(b), sendFrom(a)]))[0], send.id);
  const alone = await a.evaluate("(await Promise.all([recv.recv(), send.send('own')]))[0]");
  assert.equal(alone, "own");
});

test("B253 B255 ping-pong over one channel works when each waits for its send()", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const running = interpreter.run(
    "for (let n = 0; n < 10; n++) await send.send(`pong ${await recv.recv()}`)",
    { channels: { recv, send } },
  );
  for (let n = 0; n < 10; n++) {
    await send.send(n);
    assert.equal(await recv.recv(), `pong ${n}`);
  }
  await running;
});

test("B277 recv() that waits leaves the host's event loop alone", async () => {
  const [recv, send] = createChannel();
  const waiting = recv.recv();
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  send.sendNowait("now");
  assert.equal(await waiting, "now");
});

test("B431 an interpreter serves a channel until null comes", async () => {
  const interpreter = await shared();
  const [tasks, give] = createChannel();
  const [results, report] = createChannel();
  const running = interpreter.run(
    "for (let task; (task = await tasks.recv()) !== null;) report.sendNowait(task ** 2)",
    { channels: { tasks, report } },
  );
  for (const task of [1, 2, 3]) await give.send(task);
  await give.send(null);
  await running;
  assert.equal(interpreter.isRunning(), false);
  assert.deepEqual([1, 2, 3].map(() => results.recvNowait()), [1, 4, 9]);
});

test("B432 five interpreters run one source at once", async (t) => {
  const before = listAll().length;
  const all = await Promise.all(Array.from({ length: 5 }, () => scoped(t)));
  const [gates, open] = createChannel();
  const runs = all.map((interpreter) =>
    interpreter.evaluate("await gate.recv()", {
      channels: { gate: gates },
    })
  );
  assert.equal(all.every((interpreter) => interpreter.isRunning()), true);
  for (const n of [1, 2, 3, 4, 5]) await open.send(n);
  const received = await Promise.all(runs) as number[];
  assert.deepEqual(received.toSorted((a, b) => a - b), [1, 2, 3, 4, 5]);
  assert.equal(listAll().length, before + 5);
});

test("B433 recv() inside holds a run until the program says go", async () => {
  const interpreter = await shared();
  const [gate, open] = createChannel();
  const [log, write] = createChannel();
  const running = interpreter.run(
    "write.sendNowait('before'); await gate.recv(); write.sendNowait('after')",
    { channels: { gate, write } },
  );
  assert.equal(await log.recv(), "before");
  write.sendNowait("between");
  await open.send("go");
  await running;
  assert.deepEqual([log.recvNowait(), log.recvNowait()], ["between", "after"]);
});
