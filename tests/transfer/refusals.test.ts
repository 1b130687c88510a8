// What cannot be moved: it is refused before anything is sent, with what to do instead.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { createChannel, transfer } from "subinterpreters";
import { runtime } from "../helpers/runtime.ts";
import { sharing } from "../helpers/interpreter.ts";

const shared = sharing();
const wrong = (value: unknown): ArrayBuffer[] => value as ArrayBuffer[];

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

const REFUSED: readonly (readonly [what: string, list: unknown, error: RegExp])[] = [
  ["no array", 5, /transfer must be an array of ArrayBuffers, received 5/],
  ["no buffer", ["a"], /transfer\[0\] must be an ArrayBuffer, received "a"/],
  ["a view", [new Uint8Array(1)], /transfer\[0\] is a view; give its buffer/],
  ["shared memory", [new SharedArrayBuffer(1)], /is shared memory, .*leave it out/],
  [
    "WebAssembly",
    [new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))],
    /is a WebAssembly.Module, .*leave it out/,
  ],
  ["a detached buffer", [detached()], /transfer\[0\] is detached already/],
  [
    "a resizable buffer",
    [new ArrayBuffer(1, { maxByteLength: 2 })],
    /is resizable; leave it out, and it is copied/,
  ],
];

for (const [what, list, message] of REFUSED) {
  test(`transfer refuses ${what}, and says what to do`, () => {
    const [recv, send] = createChannel();
    const value = [Array.isArray(list) ? (list[0] as unknown) : 0];
    const error = { name: "TypeError", message };
    assert.throws(() => send.sendNowait(value, { transfer: wrong(list) }), error);
    assert.throws(() => send.sendSync(value, { transfer: wrong(list), timeout: 0 }), error);
    assert.equal(recv.length, 0);
    if (what !== "no array") assert.throws(() => transfer({}, wrong(list)), { name: "TypeError" });
  });
}

test("transfer refuses a buffer that is not in the value: it would be lost", () => {
  const [recv, send] = createChannel();
  const [sent, stray] = [new ArrayBuffer(1), new ArrayBuffer(1)];
  assert.throws(() => send.sendNowait([sent], { transfer: [sent, stray] }), {
    name: "TypeError",
    message: /does not contain transfer\[1\]; leave it out/,
  });
  assert.deepEqual([sent.byteLength, stray.byteLength, recv.length], [1, 1, 0]);
});

test("transfer refuses more than 10,000 buffers", () => {
  const [, send] = createChannel();
  const buffers = Array.from({ length: 10_001 }, () => new ArrayBuffer(0));
  assert.throws(() => send.sendNowait(buffers, { transfer: buffers }), {
    name: "RangeError",
    message: /transfer must have at most 10000 buffers, received 10001/,
  });
});

test("a value that cannot cross leaves what was to move where it is", () => {
  const [recv, send] = createChannel();
  const buffer = new ArrayBuffer(1);
  assert.throws(() => send.sendNowait([buffer, () => {}], { transfer: [buffer] }), {
    name: "NotShareableError",
  });
  assert.deepEqual([buffer.byteLength, recv.length], [1, 0]);
});

test("transfer refuses the memory of a WebAssembly.Memory, and loses nothing else", async () => {
  const [recv, send] = createChannel();
  const { buffer: memory } = new WebAssembly.Memory({ initial: 1 });
  const other = new Uint8Array([1, 2]).buffer;
  assert.throws(
    () => send.sendNowait([other, memory], { transfer: [other, memory] }),
    (error: TypeError & { transferred?: ArrayBuffer[] }) => {
      assert.equal(error.name, "TypeError");
      assert.match(error.message, /cannot be moved.*give a copy, buffer.slice\(0\)/);
      // Node 20 moves one after the other.
      const kept = other.byteLength > 0 ? other : error.transferred?.[0];
      assert.deepEqual(new Uint8Array(kept ?? new ArrayBuffer(0)), new Uint8Array([1, 2]));
      return true;
    },
  );
  assert.deepEqual([memory.byteLength, recv.length], [2 ** 16, 0]);
  const interpreter = await shared();
  await assert.rejects(
    interpreter.run(
      `const memory = new WebAssembly.Memory({ initial: 1 }).buffer;
       send.sendNowait(memory, { transfer: [memory] });`,
      { channels: { send } },
    ),
    /cannot be moved/,
  );
  assert.equal(recv.length, 0);
});

test("transfer refuses Node's pool of Buffers, which others have bytes in", () => {
  const [recv, send] = createChannel();
  const pooled = Buffer.from("text");
  const view = new Uint8Array(pooled.buffer, pooled.byteOffset, pooled.length);
  const sending = () => send.sendNowait(view, { transfer: wrong([view.buffer]) });
  if (runtime === "bun") {
    // Its Buffers have memory of their own.
    sending();
    assert.deepEqual(recv.recvNowait(), new Uint8Array([116, 101, 120, 116]));
    return;
  }
  assert.throws(sending, { name: "TypeError", message: /pool of Buffers/ });
  assert.equal(pooled.toString(), "text");
});

test("transfer() takes objects alone, because it notes something for that one value", () => {
  assert.throws(() => transfer(wrong(1), []), {
    name: "TypeError",
    message: "Cannot transfer: value must be an object, received 1",
  });
  const value = { a: 1 };
  assert.equal(transfer(value, []), value);
});

test("isShareable() and a copy do not use up what transfer() has noted", async () => {
  const { isShareable } = await import("subinterpreters");
  const [recv, send] = createChannel();
  const bytes = transfer(new Uint8Array([5]), []);
  transfer(bytes, [bytes.buffer as ArrayBuffer]);
  assert.equal(isShareable(bytes), true);
  assert.equal(bytes.length, 1);
  send.sendNowait(bytes);
  assert.equal(bytes.length, 0);
  assert.deepEqual(recv.recvNowait(), new Uint8Array([5]));
});
