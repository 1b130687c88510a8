// What moves with calls of a module's functions, and with the tasks of a pool.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createChannel,
  InterpreterPoolExecutor,
  InterpreterTerminatedError,
  transfer,
} from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";

type Buffers = typeof import("./fixtures/buffers.ts");

const MODULE = new URL("./fixtures/buffers.ts", import.meta.url);
const shared = sharing();
const buffers = async () => await (await shared()).import<Buffers>(MODULE);

function bytes(length: number, value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(length).fill(value);
}

test("withOptions({ transfer }) and transfer() move arguments of a module's function", async () => {
  const { told } = await buffers();
  const [one, two, copied] = [bytes(100_000, 1), bytes(100_000, 2), bytes(10, 3)];
  const calls = [
    told.withOptions({ transfer: [one.buffer] })(one),
    told(transfer(two, [two.buffer])),
    told(copied),
  ];
  assert.deepEqual([one.length, two.length, copied.length], [0, 0, 10]);
  assert.deepEqual(await Promise.all(calls), [[100_000, 1], [100_000, 2], [10, 3]]);
});

test("transfer() moves the result of a module's function", async () => {
  const { made, left } = await buffers();
  assert.deepEqual(await made(100_000, 4), bytes(100_000, 4));
  assert.equal(await left(), 0);
});

test("transfer() moves what a generator of a module yields and returns", async () => {
  const { pieces, left } = await buffers();
  const iterator = pieces(3, 1_000);
  for (let n = 0; n < 3; n++) {
    assert.deepEqual(await iterator.next(), { done: false, value: bytes(1_000, n) });
  }
  assert.deepEqual(await iterator.next(), { done: true, value: bytes(1_000, 3) });
  assert.equal(await left(), 0);
});

test("what cannot be moved is refused, on either side of a module's function", async () => {
  const { told, mistaken } = await buffers();
  const [sent, stray] = [bytes(1, 1), new ArrayBuffer(1)];
  assert.throws(() => told.withOptions({ transfer: [sent] as never }), {
    name: "TypeError",
    message: /transfer\[0\] is a view; give its buffer/,
  });
  await assert.rejects(told.withOptions({ transfer: [stray] })(sent), {
    name: "TypeError",
    message: /does not contain transfer\[0\]/,
  });
  assert.deepEqual([sent.length, stray.byteLength], [1, 1]);
  await assert.rejects(mistaken(), /does not contain transfer\[0\]/);
  assert.deepEqual(await told(sent), [1, 1], "the interpreter goes on");
});

test("a call that has not begun when its time is up gives what was to move back", async (t) => {
  const interpreter = await scoped(t);
  const { told } = await interpreter.import<Buffers>(MODULE);
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const [recv, begun] = createChannel();
  const source = "begun.sendNowait(true); while (Atomics.load(stop, 0) === 0);";
  const busy = interpreter.run(source, { values: { stop }, channels: { begun } });
  await recv.recv();
  const view = bytes(8, 5);
  const called = told.withOptions({ transfer: [view.buffer], timeout: 50 })(view);
  await assert.rejects(called, (error) => {
    assert.ok(error instanceof InterpreterTerminatedError);
    assert.deepEqual(new Uint8Array(error.transferred?.[0] ?? new ArrayBuffer(0)), bytes(8, 5));
    return true;
  });
  assert.equal(view.length, 0);
  stop[0] = 1;
  await busy;
});

test("tasks of a pool: transfer() moves arguments and results, from submit on", async (t) => {
  const pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
  t.after(() => pool.shutdown());
  const fn = async (view: Uint8Array<ArrayBuffer>) => {
    const { transfer: move } = await import("subinterpreters");
    const own = new Uint8Array(view.length).fill((view[0] ?? 0) + 1);
    return move(own, [own.buffer]);
  };
  const given = [bytes(1_000, 1), bytes(1_000, 2), bytes(1_000, 3)];
  const tasks = given.map((view) => pool.submit(fn, transfer(view, [view.buffer])));
  assert.deepEqual(given.map(({ length }) => length), [0, 0, 0]);
  assert.deepEqual(await Promise.all(tasks), [bytes(1_000, 2), bytes(1_000, 3), bytes(1_000, 4)]);
});

test("a task of a pool that is cancelled before it begins has its buffers no more, nor its caller", async (t) => {
  const pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
  t.after(() => pool.shutdown());
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const busy = pool.submit((word: Int32Array) => {
    while (Atomics.load(word, 0) === 0);
  }, stop);
  const [view, survivor] = [bytes(1_000, 1), bytes(1_000, 2)];
  const length = (moved: Uint8Array) => moved.length;
  const cancelled = pool.submit(length, transfer(view, [view.buffer]));
  const done = pool.submit(length, transfer(survivor, [survivor.buffer]));
  assert.equal(cancelled.cancel(), true);
  Atomics.store(stop, 0, 1);
  await busy;
  await assert.rejects(async () => await cancelled, (error: Error) => {
    assert.equal(error.name, "CancelledError");
    assert.equal("transferred" in error, false);
    return true;
  });
  assert.equal(view.length, 0);
  assert.equal(await done, 1_000, "what is behind it in the queue keeps its own");
});
