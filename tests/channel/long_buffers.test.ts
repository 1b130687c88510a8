// Buffers of 16 KiB and more travel outside of the encoded bytes (src/channel/memory/long_contents.ts).

import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, NotShareableError } from "subinterpreters";
import { readParts } from "../../src/channel/memory/long_contents.ts";
import { LONG_BYTES } from "../../src/codec/long_contents.ts";
import { decode } from "../../src/codec/decode.ts";
import { generator, nasty } from "../helpers/fuzz.ts";
import { scoped } from "../helpers/interpreter.ts";
import { seeded } from "../helpers/seed.ts";

function numbered(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));
}

function passed<T>(value: T): T {
  const [recv, send] = createChannel();
  send.sendNowait(value);
  return recv.recvNowait() as T;
}

test("buffers about as long as the shortest chunk arrive whole", () => {
  for (let length = LONG_BYTES - 9; length < LONG_BYTES + 9; length++) {
    assert.deepEqual(passed(numbered(length)), numbered(length));
  }
});

test("long and short buffers arrive in one item, between other values", () => {
  const make = () => [
    "a",
    numbered(3 * LONG_BYTES + 5),
    { short: numbered(10), long: numbered(LONG_BYTES + 3).buffer },
    new Float64Array(LONG_BYTES).fill(1.5),
    -1,
  ];
  assert.deepEqual(passed(make()), make());
});

test("views of one long buffer still share it", () => {
  const { buffer } = numbered(2 * LONG_BYTES);
  const { all, part, again } = passed({
    all: buffer,
    part: new Uint16Array(buffer, 8, 5),
    again: buffer,
  });
  assert.equal(all, again);
  assert.equal(part.buffer, all);
  assert.deepEqual(part, new Uint16Array(buffer, 8, 5));
});

test("a long buffer is copied when it is sent", () => {
  const [recv, send] = createChannel();
  const bytes = numbered(LONG_BYTES);
  send.sendNowait(bytes);
  bytes.fill(0);
  assert.deepEqual(recv.recvNowait(), numbered(LONG_BYTES));
});

test("a long buffer and shared memory cross in one item, between interpreters", async (t) => {
  const interpreter = await scoped(t);
  const [inward, toGuest] = createChannel();
  const [fromGuest, outward] = createChannel();
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const running = interpreter.run(
    `const item = await inward.recv();
     item.shared[1] = item.bytes[100];
     await outward.send([item.bytes, item.shared]);`,
    { channels: { inward, outward } },
  );
  await toGuest.send({ bytes: numbered(LONG_BYTES), shared });
  const [bytes, same] = await fromGuest.recv() as [Uint8Array, Int32Array];
  await running;
  assert.deepEqual(bytes, numbered(LONG_BYTES));
  assert.equal(same[1], bytes[100]);
  assert.equal(shared[1], bytes[100]);
});

test("a long buffer that a getter transfers away meanwhile is refused", () => {
  const [recv, send] = createChannel();
  const { buffer } = numbered(LONG_BYTES);
  const value = {
    buffer,
    get thief() {
      structuredClone(buffer, { transfer: [buffer] });
      return 1;
    },
  };
  assert.throws(() => send.sendNowait(value), NotShareableError);
  assert.equal(recv.recvNowait("nothing"), "nothing");
  assert.deepEqual(passed(numbered(LONG_BYTES)), numbered(LONG_BYTES));
});

test("readParts() of any table gives parts that lie in the payload", () => {
  const { seed, numRuns } = seeded({ numRuns: 2000 });
  const random = generator(seed);
  const words = new Int32Array(64);
  const bytes = new Uint8Array(words.buffer);
  let parts = 0;
  for (let run = 0; run < numRuns; run++) {
    const payload = { start: 8 * random(8), length: 8 * random(25) };
    const table = words.fill(0).subarray(payload.start >> 2);
    table.set([1 + random(2), random(16), random(64), random(64)]);
    for (let n = random(4); n > 0; n--) table[random(6)] = nasty(random, table[0]!);
    payload.length = Math.min(payload.length, bytes.length - payload.start);
    const { start, length, contents } = readParts({ words, bytes }, payload);
    assert.ok(start >= payload.start && start + length <= payload.start + payload.length);
    parts += contents.length;
    const total = contents.reduce((sum, content) => sum + content.length, length);
    assert.ok(total <= payload.length);
    assert.throws(
      () => decode(Uint8Array.of(27, 99, 0, 0, 0), [], { contents: contents }),
      TypeError,
    );
  }
  assert.ok(parts > 0, "some tables had parts");
});
