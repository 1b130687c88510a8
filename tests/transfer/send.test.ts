// What moves through a channel: the sender's buffer is detached, the receiver has its memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, transfer } from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";

const shared = sharing();

function filled(length: number, value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).fill(value);
}

test("send() with transfer moves a buffer into an interpreter, and is detached at once", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const [back, answer] = createChannel();
  const run = interpreter.run(
    `const got = await recv.recv();
     answer.sendNowait([got.constructor.name, got.length, got[99_999]]);`,
    { channels: { recv, answer } },
  );
  const bytes = filled(100_000, 7);
  const sent = send.send(bytes, { transfer: [bytes.buffer], timeout: 60_000 });
  assert.equal(bytes.length, 0);
  await sent;
  assert.deepEqual(await back.recv(), ["Uint8Array", 100_000, 7]);
  await run;
});

test("send(), sendSync() and sendNowait() with transfer move buffers out of an interpreter", async () => {
  const interpreter = await shared();
  const [recv, out] = createChannel();
  const run = interpreter.run(
    `const one = new Uint8Array(100_000).fill(1), two = one.slice().fill(2), three = one.slice().fill(3);
     out.sendNowait(one, { transfer: [one.buffer] });
     await out.send(two, { transfer: [two.buffer] });
     out.sendSync(three, { transfer: [three.buffer] });
     out.sendNowait([one.length, two.length, three.length]);`,
    { channels: { out } },
  );
  for (const value of [1, 2, 3]) assert.deepEqual(await recv.recv(), filled(100_000, value));
  assert.deepEqual(await recv.recv(), [0, 0, 0]);
  await run;
});

test("sendNowait() with transfer moves a buffer within the program, and from one interpreter to another", async (t) => {
  const [recv, send] = createChannel();
  const bytes = filled(10, 4);
  send.sendNowait(bytes, { transfer: [bytes.buffer] });
  assert.equal(bytes.buffer.byteLength, 0);
  assert.deepEqual(recv.recvNowait(), filled(10, 4));

  const [one, other] = [await shared(), await scoped(t)];
  await one.run(
    "const it = new Float64Array([1.5]); send.sendNowait(it, { transfer: [it.buffer] })",
    { channels: { send } },
  );
  assert.equal(await other.evaluate("recv.recvNowait()[0]", { channels: { recv } }), 1.5);
});

test("transfer keeps what views on one buffer share, at whatever place of the value they are", () => {
  const [recv, send] = createChannel();
  const { buffer } = filled(16, 1);
  const value = {
    bytes: new Uint8Array(buffer, 4, 4),
    deep: [new Map([["view", new DataView(buffer, 8)]]), buffer],
  };
  send.sendNowait(value, { transfer: [buffer, buffer] });
  const got = recv.recvNowait() as typeof value;
  got.bytes[0] = 9;
  const [map, whole] = got.deep as [Map<string, DataView>, ArrayBuffer];
  assert.equal(new Uint8Array(whole)[4], 9);
  assert.equal(map.get("view")?.buffer, whole);
  assert.equal(map.get("view")?.byteOffset, 8);
  assert.equal(whole.byteLength, 16);
});

test("what is not in transfer is copied, beside what is", () => {
  const [recv, send] = createChannel();
  const [moved, copied] = [filled(3, 1), filled(3, 2)];
  const memory = new SharedArrayBuffer(4);
  send.sendNowait({ copied, moved, memory }, { transfer: [moved.buffer] });
  assert.deepEqual([moved.length, copied.length], [0, 3]);
  const got = recv.recvNowait() as { copied: Uint8Array; moved: Uint8Array };
  assert.deepEqual([got.moved, got.copied], [filled(3, 1), filled(3, 2)]);
});

test("sendNowait() with transfer takes buffers of no length, and an empty list", () => {
  const [recv, send] = createChannel();
  const empty = new ArrayBuffer(0);
  send.sendNowait([empty], { transfer: [empty] });
  assert.deepEqual(recv.recvNowait(), [new ArrayBuffer(0)]);
  send.sendNowait([filled(1, 1)], { transfer: [] });
  assert.deepEqual(recv.recvNowait(), [filled(1, 1)]);
});

test("limits.messageBytes does not count what moves, because nothing is copied", async (t) => {
  const interpreter = await scoped(t, { limits: { messageBytes: 1_000 } });
  const [recv, send] = createChannel();
  await interpreter.run("const big = new Uint8Array(100_000)");
  await assert.rejects(
    interpreter.run("send.sendNowait(big)", { channels: { send } }),
    /the limit is 1000/,
  );
  await interpreter.run("send.sendNowait(big, { transfer: [big.buffer] })", { channels: { send } });
  assert.deepEqual(recv.recvNowait(), filled(100_000, 0));
});

test("transfer() marks a value that goes without options: as a chunk of a stream", async () => {
  const [recv, send] = createChannel();
  const writer = send.writable.getWriter();
  const chunk = filled(5, 8);
  const written = writer.write(transfer(chunk, [chunk.buffer]));
  assert.deepEqual(await recv.recv(), filled(5, 8));
  await written;
  assert.equal(chunk.length, 0);
});

test("transfer() counts once, and beside the option transfer", () => {
  const [recv, send] = createChannel();
  const [one, other] = [filled(1, 1), filled(1, 2)];
  const value: Uint8Array[] = [one, other];
  send.sendNowait(transfer(value, [one.buffer]), { transfer: [other.buffer] });
  assert.deepEqual([one.length, other.length], [0, 0]);
  value.splice(0, 2, filled(1, 3));
  send.sendNowait(value);
  assert.equal(value[0]?.length, 1, "copied this time");
  assert.deepEqual([recv.recvNowait(), recv.recvNowait()], [
    [filled(1, 1), filled(1, 2)],
    [filled(1, 3)],
  ]);
});
