// What goes through a queue, from where to where, and what becomes of it when its putter ends.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  createChannel,
  createQueue,
  type Interpreter,
  ItemInterpreterDestroyed,
  listAllQueues,
  NotShareableError,
  type Queue,
  QueueError,
  UNBOUND,
  type UnboundItems,
} from "subinterpreters";
import { goneAfterwards } from "../helpers/gone.ts";
import { scoped, sharing } from "../helpers/interpreter.ts";

const shared = sharing();

/** Puts items from inside; the last argument is how. */
async function putFrom(
  interpreter: Interpreter,
  queue: Queue<string>,
  ...[items, unboundItems]: [items: readonly string[], unboundItems?: UnboundItems]
): Promise<void> {
  const options = unboundItems === undefined ? undefined : { unboundItems };
  await interpreter.run("for (const item of items) queue.putNowait(item, options)", {
    values: { queue, items, options },
  });
}

/** What is in a queue; an item whose putter is gone is the name of its error. */
function drain(queue: Queue<string>): unknown[] {
  const items: unknown[] = [];
  while (!queue.empty()) {
    try {
      items.push(queue.getNowait());
    } catch (error) {
      assert.ok(error instanceof ItemInterpreterDestroyed && error instanceof QueueError);
      items.push(error.name);
    }
  }
  return items;
}

test("B335 B338 a queue that is put on a queue comes out as the same object", async () => {
  const [queue, item] = [createQueue<Queue>(), createQueue()];
  queue.putNowait(item);
  assert.equal(queue.getNowait(), item);
  await queue.put(queue as Queue);
  assert.equal(await queue.get(), queue);
});

test("B336 a queue crosses with the value that it is in, and equals itself then", () => {
  const [recv, send] = createChannel<{ queue: Queue; map: Map<string, Queue> }>();
  const queue = createQueue();
  send.sendNowait({ queue, map: new Map([["key", queue]]) });
  const got = recv.recvNowait();
  assert.ok(got !== null);
  assert.ok(queue.equals(got.queue));
  assert.equal(got.map.get("key"), queue);
});

test("B338 an interpreter gets a queue by id, by an item, as a value and by prepareMain()", async (t) => {
  const interpreter = await scoped(t);
  const queue = createQueue<string>();
  const [recv, send] = createChannel<Queue<string>>();
  send.sendNowait(queue);
  await interpreter.prepareMain({ prepared: queue });
  const isSame = await interpreter.evaluate<boolean>(
    `
      import { Queue } from "subinterpreters";
      const found = [new Queue(id), await recv.recv(), given, prepared];
      for (const [n, one] of found.entries()) await one.put("from " + n);
      found.every((one) => one === given && one instanceof Queue)
    `,
    { values: { id: queue.id, given: queue }, channels: { recv } },
  );
  assert.equal(isSame, true);
  assert.deepEqual(drain(queue), ["from 0", "from 1", "from 2", "from 3"]);
});

test("B338 a queue made in an interpreter works in the program, and in another interpreter", async (t) => {
  const [maker, other] = [await shared(), await scoped(t)];
  const queue = await maker.evaluate<Queue<string>>(
    `(await import("subinterpreters")).createQueue({ maxsize: 2, unboundItems: "remove" })`,
  );
  assert.deepEqual([queue.maxsize, queue.unboundItems], [2, "remove"]);
  assert.ok(listAllQueues().some((one) => one.equals(queue)));
  await other.run("await queue.put('from another')", { values: { queue } });
  assert.equal(await queue.get(), "from another");
});

test("a queue is called as an argument and is a result", async () => {
  const interpreter = await shared();
  const queue = createQueue<number>();
  const same = await interpreter.call(
    async (mine: Queue<number>) => {
      await mine.put(6 * 7);
      return mine;
    },
    queue,
  );
  assert.equal(same, queue);
  assert.equal(queue.getNowait(), 42);
});

test("B353 what cannot be compared by identity comes out equal: arrays, maps, dates, errors", () => {
  const queue = createQueue();
  const items = [
    [1, "a", null, undefined, 2n],
    { a: { b: [new Date(3)] } },
    new Map([[1, new Set(["x"])]]),
    new Uint8Array([1, 2, 3]),
    new RangeError("far"),
  ];
  for (const item of items) {
    queue.putNowait(item);
    const got = queue.getNowait();
    assert.deepEqual(got, item);
    assert.notEqual(got, item);
  }
});

test("B354 shared memory in an item is shared, both ways", async () => {
  const interpreter = await shared();
  const [there, back] = [createQueue(), createQueue<SharedArrayBuffer>()];
  const buffer = new SharedArrayBuffer(8);
  there.putNowait({ buffer });
  await interpreter.run(
    "const { buffer } = await there.get(); new Uint8Array(buffer)[0] = 7; await back.put(buffer)",
    { values: { there, back } },
  );
  const same = await back.get();
  new Uint8Array(same)[1] = 8;
  assert.deepEqual([...new Uint8Array(buffer)].slice(0, 2), [7, 8]);
});

test("B354 shared memory in an item that had to wait for room is shared", async () => {
  const interpreter = await shared();
  const queue = createQueue<SharedArrayBuffer | number>(1);
  const buffer = new SharedArrayBuffer(8);
  queue.putNowait(0);
  const waits = [queue.put(buffer), queue.put(buffer, { timeout: 5 })];
  await assert.rejects(waits[1] ?? Promise.resolve());
  await interpreter.run("queue.getSync(); new Uint8Array(await queue.get())[0] = 7", {
    values: { queue },
  });
  await waits[0];
  assert.equal(new Uint8Array(buffer)[0], 7);
  assert.equal(queue.empty(), true);
});

test("B355 an item that cannot cross is a NotShareableError, and nothing is put", async () => {
  const queue = createQueue(1);
  for (const item of [() => {}, Symbol("s"), { a: [Object.create({ own: 1 })] }, new WeakMap()]) {
    assert.throws(() => queue.putNowait(item), NotShareableError);
    assert.throws(() => queue.putSync(item), NotShareableError);
    await assert.rejects(queue.put(item), NotShareableError);
  }
  assert.equal(queue.qsize(), 0);
  queue.putNowait(1);
  await assert.rejects(queue.put(() => {}), NotShareableError);
});

test("B356 put() and get() in one interpreter copy", async () => {
  const queue = createQueue<Uint8Array | number[]>();
  for (const item of [new Uint8Array([1, 2]), [1, 2]]) {
    await queue.put(item);
    const got = await queue.get();
    assert.deepEqual(got, item);
    assert.notEqual(got, item);
  }
});

test("B357 two interpreters agree on the size after each step, both ways", async () => {
  const interpreter = await shared();
  const [there, back] = [createQueue(), createQueue<string>()];
  const count = listAllQueues().length;
  const sizes = () =>
    interpreter.evaluate("[there.qsize(), back.qsize()]", { values: { there, back } });
  const agree = async (...expected: number[]) => {
    assert.deepEqual([there.qsize(), back.qsize()], expected);
    assert.deepEqual(await sizes(), expected);
  };
  await agree(0, 0);
  there.putNowait("x");
  await agree(1, 0);
  await interpreter.run("var item = there.getNowait()");
  await agree(0, 0);
  await interpreter.run("back.putNowait(item + '!')");
  await agree(0, 1);
  assert.equal(back.getNowait(), "x!");
  await agree(0, 0);
  assert.equal(listAllQueues().length, count);
});

test("B358 tasks of one interpreter put and get with timeouts", async () => {
  const queue = createQueue<number>(2);
  const got: number[] = [];
  const getting = (async () => {
    while (got.length < 20) got.push(await queue.get({ timeout: 5000 }));
  })();
  const put = async (from: number) => {
    for (let n = 0; n < 10; n++) await queue.put(from + n, { timeout: 5000 });
  };
  await Promise.all([put(0), put(100), getting]);
  assert.deepEqual(got.filter((n) => n < 100), Array.from({ length: 10 }, (_, n) => n));
  assert.equal(new Set(got).size, 20);
});

for (
  const [unboundItems, expected] of [
    [undefined, ["main", "a", "b", "after"]],
    ["keep", ["main", "a", "b", "after"]],
    ["remove", ["main", "after"]],
    ["replace", ["main", UNBOUND, UNBOUND, "after"]],
    ["error", ["main", "ItemInterpreterDestroyed", "ItemInterpreterDestroyed", "after"]],
  ] as const
) {
  const how = unboundItems ?? "not given";
  for (const ofItem of [false, true]) {
    const where = ofItem ? "of put()" : "of createQueue()";
    test(`B360 B361 B362 unboundItems ${where} is ${how}: what becomes of a dead putter's items`, async () => {
      const interpreter = await create();
      const queue = createQueue<string>(
        unboundItems === undefined || ofItem ? {} : { unboundItems },
      );
      queue.putNowait("main");
      await putFrom(interpreter, queue, ["a", "b"], ofItem ? unboundItems : undefined);
      await interpreter.close();
      assert.equal(queue.qsize(), unboundItems === "remove" ? 1 : 3);
      queue.putNowait("after");
      assert.deepEqual(drain(queue), expected);
      queue.putNowait("it never closes");
      assert.equal(queue.getNowait(), "it never closes");
    });
  }
}

test("B360 each item follows its own rule, and else the queue's", async () => {
  const interpreter = await create();
  const queue = createQueue<string>({ unboundItems: "replace" });
  await putFrom(interpreter, queue, ["default"]);
  for (const choice of ["keep", "error", "remove", "replace"] as const) {
    await putFrom(interpreter, queue, [choice], choice);
  }
  await interpreter.run("await queue.put('put', { unboundItems: 'keep' })");
  await interpreter.run("queue.putSync('putSync', { unboundItems: 'remove' })");
  await interpreter.close();
  assert.deepEqual(drain(queue), [
    UNBOUND,
    "keep",
    "ItemInterpreterDestroyed",
    UNBOUND,
    "put",
  ]);
});

test("B360 items of two interpreters and the program, which end one after the other", async () => {
  const [first, second] = [await create(), await create()];
  const queue = createQueue<string>();
  await putFrom(first, queue, ["f1"], "replace");
  await putFrom(second, queue, ["s1"], "remove");
  queue.putNowait("m1", { unboundItems: "remove" });
  await putFrom(first, queue, ["f2"], "remove");
  await putFrom(second, queue, ["s2"], "replace");
  queue.putNowait("m2");
  await first.close();
  assert.equal(queue.qsize(), 5);
  assert.deepEqual([queue.getNowait(), queue.getNowait()], [UNBOUND, "s1"]);
  await second.close();
  assert.deepEqual(drain(queue), ["m1", UNBOUND, "m2"]);
});

test("B360 removed items make room for whoever waits to put", async () => {
  const interpreter = await create();
  const queue = createQueue<string>({ maxsize: 2, unboundItems: "remove" });
  await putFrom(interpreter, queue, ["a", "b"]);
  const waits = [queue.put("c"), queue.put("d")];
  await interpreter.close();
  await Promise.all(waits);
  assert.deepEqual(drain(queue), ["c", "d"]);
});

for (const unboundItems of ["maybe", 3, null, UNBOUND]) {
  test(`B362 ${String(unboundItems)} as unboundItems is a TypeError`, async () => {
    const wrong = { unboundItems: unboundItems as never };
    const queue = createQueue();
    assert.throws(() => createQueue(wrong), TypeError);
    assert.throws(() => queue.putNowait(1, wrong), TypeError);
    await assert.rejects(queue.put(1, wrong), TypeError);
    assert.equal(queue.qsize(), 0);
  });
}

test("B363 UNBOUND itself cannot be put", () => {
  const queue = createQueue();
  assert.throws(() => queue.putNowait(UNBOUND), TypeError);
  assert.equal(queue.qsize(), 0);
});

test("a put that waits in an interpreter that ends puts nothing", async () => {
  const interpreter = await create();
  const gone = await goneAfterwards(interpreter);
  const [queue, ready] = [createQueue<string>(1), createQueue()];
  queue.putNowait("first");
  const running = assert.rejects(
    interpreter.run("const wait = queue.put('x'); ready.putNowait(1); await wait", {
      values: { queue, ready },
    }),
  );
  await ready.get();
  await interpreter.terminate();
  await running;
  await gone();
  assert.deepEqual([queue.getNowait(), queue.qsize()], ["first", 0]);
  await queue.put("second");
  assert.equal(await queue.get(), "second");
});
