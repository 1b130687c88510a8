// The end of a queue: what can still be got, who is refused, and who iterates.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createQueue,
  listAllQueues,
  Queue,
  QueueEmptyError,
  QueueShutDownError,
} from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const shared = sharing();

test("shutdown() refuses puts and lets what is there be got", async () => {
  const queue = createQueue<string>();
  queue.putNowait("a");
  queue.putNowait("b");
  queue.shutdown();
  const expected = {
    name: "QueueShutDownError",
    message: `Cannot put on queue ${queue.id}: it is shut down`,
  };
  assert.throws(() => queue.putNowait("c"), expected);
  assert.throws(() => queue.putSync("c"), expected);
  await assert.rejects(queue.put("c"), expected);
  assert.deepEqual([queue.getNowait(), await queue.get()], ["a", "b"]);
  const atEnd = {
    name: expected.name,
    message: `Cannot get from queue ${queue.id}: it is shut down`,
  };
  assert.throws(() => queue.getNowait(), atEnd);
  assert.throws(() => queue.getSync(), atEnd);
  await assert.rejects(queue.get(), atEnd);
});

test("B365 shutdown({ immediate: true }) drops what is there", async () => {
  const queue = createQueue<string>();
  queue.putNowait("a");
  queue.shutdown({ immediate: true });
  assert.throws(() => queue.getNowait(), QueueShutDownError);
  assert.deepEqual([queue.qsize(), queue.empty(), queue.full()], [0, true, false]);
});

test("B365 B366 shutdown() twice, and after the end, is no error", () => {
  const queue = createQueue<string>();
  queue.putNowait("a");
  queue.shutdown();
  queue.shutdown();
  queue.shutdown({ immediate: false });
  assert.equal(queue.qsize(), 1);
  queue.shutdown({ immediate: true });
  queue.shutdown();
  assert.throws(() => queue.getNowait(), QueueShutDownError);
});

test("B366 a queue lives on when those who used it have ended", async (t) => {
  const interpreter = await scoped(t);
  const queue = createQueue<string>();
  await interpreter.run("queue.putNowait('kept')", { values: { queue } });
  await interpreter.close();
  assert.equal(queue.getNowait(), "kept");
  queue.putNowait("more");
  assert.ok(listAllQueues().some((one) => one.equals(queue)));
});

for (const options of [{ immediate: 1 }, { force: true }, true, null]) {
  test(`shutdown() refuses ${JSON.stringify(options)} with a TypeError`, () => {
    const queue = createQueue();
    assert.throws(() => queue.shutdown(options as never), TypeError);
    queue.putNowait(1);
  });
}

test("shutdown() in an interpreter is heard in the program, and the other way round", async () => {
  const interpreter = await shared();
  const [one, other] = [createQueue<string>(), createQueue<string>()];
  const refused = assert.rejects(one.get(), QueueShutDownError);
  await interpreter.run("one.shutdown(); one.shutdown()", { values: { one, other } });
  await refused;
  other.shutdown();
  const names = await interpreter.evaluate(`
    const names = [];
    for (const call of [() => other.putNowait(1), () => other.getNowait(), () => one.getNowait()]) {
      try { call() } catch (error) { names.push(error.name) }
    }
    names
  `);
  assert.deepEqual(names, Array.from({ length: 3 }, () => "QueueShutDownError"));
});

test("a handle of a queue that is shut down and gone is one of a queue without items", async (t) => {
  const interpreter = await scoped(t);
  const queue = createQueue<string>(3);
  queue.shutdown();
  const seen = await interpreter.evaluate(
    `
      import { Queue } from "subinterpreters";
      const seen = [queue.qsize(), queue.empty(), queue.full(), queue === new Queue(queue.id)];
      for (const call of [() => queue.maxsize, () => queue.putNowait(1)]) {
        try { call() } catch (error) { seen.push(error.name) }
      }
      queue.shutdown();
      seen
    `,
    { values: { queue } },
  );
  assert.deepEqual(seen, [0, true, false, true, "QueueShutDownError", "QueueShutDownError"]);
  assert.equal(queue.maxsize, 3);
});

test("for await takes items until the queue is shut down and empty", async () => {
  const queue = createQueue<number>(2);
  const putting = (async () => {
    for (let n = 0; n < 10; n++) await queue.put(n);
    queue.shutdown();
  })();
  const items: number[] = [];
  for await (const item of queue) items.push(item);
  await putting;
  assert.deepEqual(items, Array.from({ length: 10 }, (_, n) => n));
  for await (const item of queue) assert.fail(`${item} came after the end`);
});

test("for await in two interpreters shares the items, each once", async (t) => {
  const [one, other] = [await shared(), await scoped(t)];
  const queue = createQueue<number>(4);
  const getting = [one, other].map((interpreter) =>
    interpreter.evaluate<number[]>(
      "var mine = []; for await (const n of queue) mine.push(n); mine",
      {
        values: { queue },
      },
    )
  );
  const expected = Array.from({ length: 500 }, (_, n) => n);
  for (const n of expected) await queue.put(n);
  queue.shutdown();
  const all = (await Promise.all(getting)).flat();
  assert.deepEqual(all.toSorted((a, b) => a - b), expected);
});

test("whoever leaves an iterator leaves its items in the queue", async () => {
  const queue = createQueue<number>();
  for (let n = 0; n < 3; n++) queue.putNowait(n);
  for await (const item of queue) {
    assert.equal(item, 0);
    break;
  }
  assert.deepEqual([queue.getNowait(), queue.getNowait()], [1, 2]);
  const iterator = queue[Symbol.asyncIterator]();
  const waiting = iterator.next();
  await iterator.return?.();
  assert.deepEqual(await waiting, { done: true, value: undefined });
  queue.putNowait(3);
  assert.equal(queue.getNowait(), 3);
  assert.throws(() => queue.getNowait(), QueueEmptyError);
});

test("an iterator that leaves with an item in hand returns it, even to a full queue", async () => {
  const queue = createQueue<number>(1);
  const iterator = queue[Symbol.asyncIterator]();
  const next = iterator.next();
  queue.putNowait(1);
  const left = iterator.return?.();
  queue.putNowait(2);
  await left;
  const { done } = await next;
  const got = [queue.getNowait(), queue.empty() ? undefined : queue.getNowait()];
  assert.deepEqual(done === true ? got : [1, ...got.slice(0, 1)], [1, 2]);
});

test("B367 queues with items keep no process alive", { timeout: 60_000 }, async () => {
  const { code, stdout } = await spawnScript(`
    import { create, createQueue } from "subinterpreters";
    const queue = createQueue(1);
    const interpreter = await create();
    await interpreter.run("queue.putNowait(1)", { values: { queue } });
    console.log(queue.qsize());
  `);
  assert.deepEqual([code, stdout.trim()], [0, "1"]);
});

test("new Queue() of one that is shut down and gone gives a handle", () => {
  const { id } = createQueue();
  new Queue(id).shutdown();
  assert.throws(() => new Queue(id).putNowait(1), QueueShutDownError);
});
