// `limits.messageBytes`: the longest message that an interpreter may send.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, createChannel } from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";

const limits = { messageBytes: 100 };
const shared = sharing({ limits });

test("send() inside refuses an item beyond limits.messageBytes and queues nothing", async (t) => {
  const [recv, send] = createChannel();
  const interpreter = await scoped(t, { limits: { messageBytes: 1000 } });
  const messages = await interpreter.evaluate<string[]>(
    `const long = "x".repeat(2000);
    const tried = [() => out.sendNowait(long), () => out.sendSync(long, { timeout: 0 }),
      () => out.send(long), () => out.send(long, { timeout: 0 }), () => out.sendSync([long])];
    const said = [];
    for (const attempt of tried) {
      try { await attempt(); said.push("sent") }
      catch (error) { said.push([error instanceof RangeError, error.message]) }
    }
    out.sendNowait("short");
    said.map(String)`,
    { channels: { out: send } },
  );
  const pattern = new RegExp(
    `^true,Cannot send on channel ${send.id}: the message has 20\\d+ bytes, the limit is 1000$`,
  );
  assert.equal(messages.length, 5);
  for (const message of messages) assert.match(message, pattern);
  assert.equal(recv.recvNowait(), "short");
  assert.equal(recv.recvNowait(), null);
});

test("limits.messageBytes is exact and does not count shared memory", async () => {
  const [recv, send] = createChannel();
  const interpreter = await shared();
  // A string has five more bytes.
  await interpreter.run(
    `out.sendNowait("x".repeat(95)); out.sendNowait(new SharedArrayBuffer(1000))`,
    { channels: { out: send } },
  );
  assert.equal(recv.recvNowait(), "x".repeat(95));
  assert.equal((recv.recvNowait() as SharedArrayBuffer).byteLength, 1000);
  await assert.rejects(
    interpreter.evaluate(`"x".repeat(96)`),
    (error) =>
      error instanceof RangeError &&
      error.message ===
        "Cannot return the value of the source: the message has 101 bytes, the limit is 100",
  );
});

test("evaluate() of a value beyond limits.messageBytes leaves the interpreter usable", async () => {
  const interpreter = await shared();
  await assert.rejects(interpreter.evaluate("await Promise.resolve('x'.repeat(200))"), RangeError);
  assert.throws(() => interpreter.evaluateSync("'x'.repeat(200)"), RangeError);
  assert.equal(interpreter.isRunning(), false);
  await interpreter.run("'x'.repeat(200)");
  assert.equal(await interpreter.evaluate("1"), 1);
});

test("host.f() refuses arguments beyond limits.messageBytes; results may be longer", async (t) => {
  let calls = 0;
  const functions = {
    long() {
      calls++;
      return "y".repeat(500);
    },
  };
  const interpreter = await scoped(t, { functions, limits });
  assert.deepEqual(
    await interpreter.evaluate(`import { host } from "subinterpreters";
      [await host.long("x".repeat(200)).catch(({ name, message }) => [name, message.slice(0, 40)]),
        (await host.long("x")).length]`),
    [["RangeError", "Cannot call host.long: the message has 2"], 500],
  );
  assert.equal(calls, 1);
});

test("an interpreter that has limits.messageBytes gives no more than that", async () => {
  const interpreter = await shared();
  assert.deepEqual(
    await interpreter.evaluate(`import { create, Interpreter } from "subinterpreters";
      const long = "'x'.repeat(200)";
      const functions = { long: () => "y".repeat(200) };
      const names = [];
      const inner = await create({ functions });
      await inner.evaluate(long).catch(({ name }) => names.push(name));
      names.push(await inner.evaluate(
        'import { host } from "subinterpreters"; await host.long().catch(({ name }) => name)'));
      const less = await create({ limits: { messageBytes: 10 } });
      await less.evaluate("'x'.repeat(50)").catch(({ name }) => names.push(name));
      await create({ limits: { messageBytes: 101 } }).catch(({ name }) => names.push(name));
      names`),
    ["RangeError", "RangeError", "RangeError", "RangeError"],
  );
});

for (const messageBytes of [0, -1, 1.5, NaN, Infinity, 2 ** 60]) {
  test(`create() refuses limits.messageBytes ${messageBytes} with a RangeError`, async () => {
    await assert.rejects(create({ limits: { messageBytes } }), RangeError);
  });
}

test("create() refuses limits.messageBytes that is no number with a TypeError", async () => {
  await assert.rejects(create({ limits: { messageBytes: "1" as never } }), TypeError);
});
