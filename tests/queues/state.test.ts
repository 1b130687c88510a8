// What a queue tells of itself, and how one is made and named.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  createChannel,
  createQueue,
  listAllQueues,
  Queue,
  QueueEmptyError,
  QueueFullError,
  QueueNotFoundError,
} from "subinterpreters";

for (const maxsize of [0, 3, 100]) {
  test(`B329 createQueue(${maxsize}) keeps maxsize, as { maxsize } does`, () => {
    assert.equal(createQueue(maxsize).maxsize, maxsize);
    assert.equal(createQueue({ maxsize }).maxsize, maxsize);
  });
}

test("B329 createQueue() makes a queue for any number of items", () => {
  const queue = createQueue();
  assert.ok(queue instanceof Queue);
  assert.deepEqual([queue.maxsize, queue.unboundItems], [0, "keep"]);
});

test("B330 createQueue(-10) keeps -10 and has room for any number of items", () => {
  const queue = createQueue(-10);
  for (let n = 0; n < 100; n++) queue.putNowait(n);
  assert.deepEqual([queue.maxsize, queue.qsize(), queue.full()], [-10, 100, false]);
});

for (const maxsize of ["1", 1.5, NaN, Infinity, null, 1n, true, [1]]) {
  test(`B331 createQueue() refuses the maxsize ${inspect(maxsize)} with a TypeError`, () => {
    const expected = { name: "TypeError", message: /^Cannot create a queue: / };
    assert.throws(() => createQueue({ maxsize: maxsize as never }), expected);
    assert.throws(() => createQueue(maxsize as never), expected);
  });
}

test("createQueue() refuses a maxsize of more than 31 bits with a RangeError", () => {
  for (const maxsize of [2 ** 31, -(2 ** 31), Number.MAX_SAFE_INTEGER]) {
    assert.throws(() => createQueue(maxsize), { name: "RangeError", message: /maxsize/ });
  }
  assert.equal(createQueue(2 ** 31 - 1).maxsize, 2 ** 31 - 1);
});

for (const options of [{ size: 1 }, { maxsize: 1, block: true }, "3", null, []]) {
  test(`createQueue() refuses ${inspect(options)} with a TypeError`, () => {
    assert.throws(() => createQueue(options as never), TypeError);
  });
}

test("B332 id and maxsize of a queue cannot be written", () => {
  const queue = createQueue(3);
  assert.throws(() => Object.assign(queue, { id: 1 }), TypeError);
  assert.throws(() => Object.assign(queue, { maxsize: 1 }), TypeError);
});

test("B333 ids of queues are numbers from 1 on, only grow, and are not those of channels", () => {
  const [first, second] = [createQueue(), createQueue()];
  assert.ok(Number.isInteger(first.id) && first.id >= 1);
  assert.equal(second.id, first.id + 1);
  const [{ id: channel }] = createChannel();
  assert.equal(createQueue().id, second.id + 1, "no id went to the channel");
  assert.equal(createChannel()[0].id, channel + 1, "no id went to a queue");
  second.shutdown();
  assert.equal(createQueue().id, second.id + 2, "no id is used again");
});

test("B334 new Queue() of an id that no queue has is a QueueNotFoundError", () => {
  for (const id of [1_000_000, 0]) {
    assert.throws(() => new Queue(id), {
      name: "QueueNotFoundError",
      message: `Cannot use queue ${id}: queue ${id} not found`,
    });
  }
  assert.ok(new QueueNotFoundError() instanceof Error);
});

for (const id of ["1", 1.5, NaN, 1n, null, undefined, {}]) {
  test(`B334 new Queue() refuses the id ${inspect(id)} with a TypeError`, () => {
    assert.throws(() => new Queue(id as never), TypeError);
  });
}

for (const id of [-1, 2 ** 60, -(2 ** 60)]) {
  test(`B334 new Queue() refuses the id ${id} with a RangeError`, () => {
    assert.throws(() => new Queue(id), RangeError);
  });
}

test("B335 new Queue(id) is the one object of that queue", () => {
  const queue = createQueue();
  assert.equal(new Queue(queue.id), queue);
});

test("B336 equals() says whether a handle is of the same queue", () => {
  const queue = createQueue();
  assert.equal(queue.equals(new Queue(queue.id)), true);
  assert.equal(queue.equals(createQueue()), false);
  for (const other of [queue.id, { id: queue.id }, null, undefined, createChannel()[0]]) {
    assert.equal(queue.equals(other), false);
  }
});

test("B337 String() of a queue is Queue(id), and a console tells more", () => {
  const queue = createQueue();
  const { id } = queue;
  assert.equal(String(queue), `Queue(${id})`);
  assert.equal(inspect(queue), `Queue(${id}, open, 0 items)`);
  queue.putNowait(1);
  assert.equal(inspect(queue), `Queue(${id}, open, 1 item)`);
  queue.shutdown();
  assert.equal(inspect(queue), `Queue(${id}, closed, 1 item)`);
});

test("B339 empty() is true, false after a put, true after the get", () => {
  const queue = createQueue();
  const before = queue.empty();
  queue.putNowait("a");
  const between = queue.empty();
  queue.getNowait();
  assert.deepEqual([before, between, queue.empty()], [true, false, true]);
});

for (const maxsize of [1, 3, 11]) {
  test(`B340 full() is true exactly when ${maxsize} of ${maxsize} items are in`, () => {
    const queue = createQueue(maxsize);
    for (let n = 0; n < maxsize; n++) {
      assert.equal(queue.full(), false);
      queue.putNowait(n);
    }
    assert.equal(queue.full(), true);
    queue.getNowait();
    assert.equal(queue.full(), false);
  });
}

test("B341 full() of a queue without a limit is never true, not even when it is empty", () => {
  for (const maxsize of [0, -1]) {
    const queue = createQueue(maxsize);
    assert.equal(queue.full(), false);
    queue.putNowait("a");
    assert.equal(queue.full(), false);
  }
});

test("B342 qsize() counts through puts and gets", () => {
  const queue = createQueue();
  const sizes = [queue.qsize()];
  for (const _ of "abc") {
    queue.putNowait(1);
    sizes.push(queue.qsize());
  }
  for (const _ of "abc") {
    queue.getNowait();
    sizes.push(queue.qsize());
  }
  assert.deepEqual(sizes, [0, 1, 2, 3, 2, 1, 0]);
});

test("B343 getNowait() gives 20 items in the order of their puts", () => {
  const queue = createQueue<number>();
  const items = Array.from({ length: 20 }, (_, n) => n);
  for (const item of items) queue.putNowait(item);
  assert.deepEqual(items.map(() => queue.getNowait()), items);
});

test("B346 putNowait() on a full queue throws a QueueFullError and puts nothing", () => {
  const queue = createQueue(1);
  queue.putNowait("a");
  assert.throws(() => queue.putNowait("b"), {
    name: "QueueFullError",
    message: `Cannot put on queue ${queue.id}: it is full`,
  });
  assert.throws(() => queue.putNowait("b"), QueueFullError);
  assert.deepEqual([queue.getNowait(), queue.qsize()], ["a", 0]);
});

test("B347 B348 getNowait() on an empty queue throws a QueueEmptyError and takes no default", () => {
  const queue = createQueue();
  const get = queue.getNowait.bind(queue) as (fallback: unknown) => unknown;
  assert.throws(() => queue.getNowait(), {
    name: "QueueEmptyError",
    message: `Cannot get from queue ${queue.id}: it is empty`,
  });
  assert.throws(() => get("fallback"), QueueEmptyError);
});

test("B351 a queue has neither taskDone() nor join()", () => {
  const queue = createQueue();
  assert.ok(!("taskDone" in queue) && !("task_done" in queue) && !("join" in queue));
});

test("B359 listAllQueues() has all open queues, ordered by id, and no channel", () => {
  const before = listAllQueues();
  const [, send] = createChannel();
  const made = [createQueue(), createQueue(), createQueue()];
  assert.deepEqual(listAllQueues(), [...before, ...made]);
  made[1]?.shutdown();
  assert.deepEqual(listAllQueues(), [...before, made[0], made[2]]);
  made[2]?.putNowait("left");
  made[2]?.shutdown();
  assert.ok(listAllQueues().includes(made[2] as Queue), "an item is left");
  made[2]?.getNowait();
  assert.deepEqual(listAllQueues(), [...before, made[0]]);
  send.close();
});
