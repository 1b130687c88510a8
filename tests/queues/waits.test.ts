// Waiting to put and to get: what ends a wait, and in which order waits end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import {
  createQueue,
  type Queue,
  QueueEmptyError,
  QueueFullError,
  QueueShutDownError,
} from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";

const shared = sharing();

/** A queue with room for one item, which is in it. */
function fullQueue(): Queue<string> {
  const queue = createQueue<string>(1);
  queue.putNowait("first");
  return queue;
}

/** Whether a promise is still pending after what is due now has been done. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const turn = pause(20, "pending");
  return await Promise.race([promise.then(() => "done", () => "done"), turn]) === "pending";
}

test("B344 put() on a full queue waits until there is room", async () => {
  const queue = fullQueue();
  const putting = queue.put("second");
  assert.equal(await isPending(putting), true);
  assert.equal(queue.qsize(), 1);
  assert.equal(queue.getNowait(), "first");
  await putting;
  assert.equal(queue.getNowait(), "second");
});

test("B344 put() in an interpreter waits for room that the program makes", async () => {
  const interpreter = await shared();
  const queue = fullQueue();
  const putting = interpreter.run("await queue.put('second'); await queue.put('third')", {
    values: { queue },
  });
  assert.deepEqual(await Promise.all([queue.get(), queue.get(), queue.get()]), [
    "first",
    "second",
    "third",
  ]);
  await putting;
});

for (const [getter, get] of [["get()", "await queue.get()"], ["getSync()", "queue.getSync()"]]) {
  test(`B344 put() in the program waits for room that ${getter} in an interpreter makes`, async () => {
    const interpreter = await shared();
    const queue = createQueue<number>(2);
    const getting = interpreter.evaluate(
      `var got = []; for (let n = 0; n < 200; n++) got.push(${get}); got`,
      { values: { queue } },
    );
    for (let n = 0; n < 100; n++) await queue.put(n);
    for (let n = 100; n < 200; n++) queue.putSync(n);
    assert.deepEqual(await getting, Array.from({ length: 200 }, (_, n) => n));
  });
}

test("B344 putSync() in an interpreter blocks until there is room", async () => {
  const interpreter = await shared();
  const queue = createQueue<number>(1);
  const putting = interpreter.run("for (let n = 0; n < 200; n++) queue.putSync(n)", {
    values: { queue },
  });
  for (let n = 0; n < 100; n++) assert.equal(await queue.get(), n);
  for (let n = 100; n < 200; n++) assert.equal(queue.getSync(), n);
  await putting;
});

test("put() that waits keeps the order of the calls, also before putNowait()", async () => {
  const queue = fullQueue() as Queue<string>;
  const waits = ["a", "b", "c"].map((item) => queue.put(item));
  assert.equal(queue.getNowait(), "first");
  assert.throws(() => queue.putNowait("late"), QueueFullError);
  assert.deepEqual([await queue.get(), await queue.get(), await queue.get()], ["a", "b", "c"]);
  await Promise.all(waits);
  assert.equal(queue.empty(), true);
});

test("put() copies its item when it is called, and not when there is room", async () => {
  const queue = createQueue(1);
  queue.putNowait(0);
  const item = { n: 1, bytes: new Uint8Array([1, 2]), long: new Uint8Array(100_000).fill(7) };
  const putting = queue.put(item);
  item.n = 2;
  item.bytes[0] = 9;
  item.long.fill(9);
  queue.getNowait();
  await putting;
  assert.deepEqual(queue.getNowait(), {
    n: 1,
    bytes: new Uint8Array([1, 2]),
    long: new Uint8Array(100_000).fill(7),
  });
});

test("B345 put() with a timeout rejects with a QueueFullError, and the queue goes on", async () => {
  const queue = fullQueue();
  const started = performance.now();
  await assert.rejects(queue.put("late", { timeout: 30 }), {
    name: "QueueFullError",
    message: `Cannot put on queue ${queue.id}: there was no room within 30 ms`,
  });
  assert.ok(performance.now() - started >= 25);
  assert.throws(() => queue.putSync("late", { timeout: 5 }), QueueFullError);
  assert.equal(queue.getNowait(), "first");
  await queue.put("second");
  assert.deepEqual([queue.getNowait(), queue.qsize()], ["second", 0]);
});

test("B347 get() with a timeout rejects with a QueueEmptyError, and the queue goes on", async () => {
  const queue = createQueue<string>();
  await assert.rejects(queue.get({ timeout: 20 }), {
    name: "QueueEmptyError",
    message: `Cannot get from queue ${queue.id}: no item came within 20 ms`,
  });
  assert.throws(() => queue.getSync({ timeout: 5 }), QueueEmptyError);
  const getting = queue.get();
  queue.putNowait("a");
  assert.equal(await getting, "a");
});

test("B345 B347 the waits of an interpreter end with the same errors", async () => {
  const interpreter = await shared();
  const queue = fullQueue();
  const names = await interpreter.evaluate(
    `
      const { createQueue } = await import("subinterpreters");
      const nameOf = async (call) => {
        try { return await call() } catch (error) { return error.name }
      };
      const empty = createQueue();
      const names = [];
      for (const call of [
        () => queue.put("x", { timeout: 5 }), () => queue.putSync("x", { timeout: 5 }),
        () => queue.putNowait("x"), () => queue.put("x", { block: false }),
        () => queue.put("x", { signal: AbortSignal.abort(new RangeError("mine")) }),
        () => empty.get({ timeout: 5 }), () => empty.getSync({ timeout: 5 }),
        () => empty.getNowait(), () => empty.get({ block: false }),
      ]) names.push(await nameOf(call));
      names
    `,
    { values: { queue } },
  );
  assert.deepEqual(names, [
    ...Array.from({ length: 4 }, () => "QueueFullError"),
    "RangeError",
    ...Array.from({ length: 4 }, () => "QueueEmptyError"),
  ]);
  assert.equal(queue.qsize(), 1);
});

for (const timeout of [-1, NaN, -Infinity]) {
  test(`B349 put() and get() refuse the timeout ${timeout} with a RangeError`, async () => {
    const queue = fullQueue();
    await assert.rejects(queue.put("x", { timeout }), RangeError);
    await assert.rejects(queue.get({ timeout }), RangeError);
    assert.throws(() => queue.putSync("x", { timeout }), RangeError);
    assert.throws(() => queue.getSync({ timeout }), RangeError);
    assert.equal(queue.qsize(), 1);
  });
}

test("B349 put() and get() honour fractions of a millisecond", async () => {
  await assert.rejects(fullQueue().put("x", { timeout: 0.5 }), QueueFullError);
  await assert.rejects(createQueue().get({ timeout: 0.5 }), QueueEmptyError);
});

test("B350 put() and get() with block: false do not wait, whatever the timeout is", async () => {
  const queue = fullQueue();
  await assert.rejects(queue.put("x", { block: false, timeout: 10_000 }), QueueFullError);
  assert.throws(() => queue.putSync("x", { block: false }), QueueFullError);
  assert.equal(await queue.get({ block: false }), "first");
  await assert.rejects(queue.get({ block: false }), QueueEmptyError);
  assert.throws(() => queue.getSync({ block: false, timeout: 10_000 }), QueueEmptyError);
  await queue.put("y", { block: false });
  assert.equal(queue.getSync({ block: true }), "y");
});

for (
  const options of [{ timeout: "1" }, { block: 1 }, { signal: {} }, { unbound: 1 }, 5, "a", null]
) {
  test(`put() and get() refuse the options ${JSON.stringify(options)} with a TypeError`, async () => {
    const queue = createQueue<string>(1);
    await assert.rejects(queue.put("x", options as never), TypeError);
    assert.throws(() => queue.putSync("x", options as never), TypeError);
    queue.putNowait("first");
    await assert.rejects(queue.get(options as never), TypeError);
    assert.throws(() => queue.getSync(options as never), TypeError);
    assert.equal(queue.qsize(), 1);
  });
}

test("putSync() and getSync() refuse a signal, which cannot end a call that blocks", () => {
  const { signal } = new AbortController();
  const queue = createQueue();
  assert.throws(() => queue.putSync(1, { signal } as never), TypeError);
  assert.throws(() => queue.getSync({ signal } as never), TypeError);
});

test("put() that is aborted rejects with the reason and puts nothing", async () => {
  const queue = fullQueue();
  const controller = new AbortController();
  const reason = new Error("enough");
  const putting = queue.put("x", { signal: controller.signal });
  const behind = queue.put("y");
  controller.abort(reason);
  await assert.rejects(putting, reason);
  assert.equal(queue.getNowait(), "first");
  await behind;
  assert.deepEqual([queue.getNowait(), queue.qsize()], ["y", 0]);
  await assert.rejects(queue.put("z", { signal: controller.signal }), reason);
  await assert.rejects(queue.get({ signal: controller.signal }), reason);
  assert.equal(queue.qsize(), 0);
});

test("get() that is aborted rejects with the reason and takes nothing", async () => {
  const queue = createQueue<string>();
  const controller = new AbortController();
  const getting = queue.get({ signal: controller.signal });
  controller.abort("enough");
  await assert.rejects(getting, (reason) => reason === "enough");
  queue.putNowait("kept");
  assert.equal(await queue.get(), "kept");
});

test("B364 shutdown() rejects whoever waits to put and to get", async () => {
  const [full, empty] = [fullQueue(), createQueue<string>()];
  const waits = [full.put("a"), full.put("b", { timeout: 10_000 }), empty.get()];
  const refused = waits.map((wait) => assert.rejects(wait, QueueShutDownError));
  full.shutdown();
  empty.shutdown();
  await Promise.all(refused);
  assert.equal(full.getNowait(), "first");
});

test("B364 shutdown() rejects whoever waits in interpreters, blocked or not", async (t) => {
  const [one, other] = [await shared(), await scoped(t)];
  const [full, empty, ready] = [fullQueue(), createQueue(), createQueue()];
  const waits = [
    one.run("ready.putNowait(1); full.putSync('a')", { values: { full, ready } }),
    other.run("ready.putNowait(1); await Promise.all([full.put('b'), empty.get()])", {
      values: { full, empty, ready },
    }),
  ];
  const refused = waits.map((wait) =>
    assert.rejects(wait, ({ excinfo }) => excinfo.name === "QueueShutDownError")
  );
  await Promise.all([ready.get(), ready.get()]);
  full.shutdown();
  empty.shutdown();
  await Promise.all(refused);
});

test("put() and get() meet in one interpreter, whichever comes first", async () => {
  const queue = createQueue<number>(1);
  const gets = [0, 1, 2, 3].map(() => queue.get());
  const puts = [0, 1, 2, 3, 4, 5].map((n) => queue.put(n));
  assert.deepEqual(await Promise.all(gets), [0, 1, 2, 3]);
  assert.deepEqual([await queue.get(), await queue.get()], [4, 5]);
  await Promise.all(puts);
});
