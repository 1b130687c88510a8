// map(), wait() and asCompleted().

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  asCompleted,
  createChannel,
  ExecutionFailedError,
  type InterpreterPoolExecutor,
  NotShareableError,
  wait,
} from "subinterpreters";
import { newTask } from "subinterpreters/src/api/task.ts";
import { scopedPool } from "../helpers/pool.ts";

const double = (n: number) => n * 2;

async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Counts up for ever, and notes how far it has been asked. */
function counter() {
  const seen = { taken: 0, isLeft: false };
  const numbers = function* () {
    try {
      for (;;) yield ++seen.taken;
    } finally {
      seen.isLeft = true;
    }
  };
  return { seen, numbers: numbers() };
}

test("B388 map() gives results in the order of the items, of several iterables in step", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 2 });
  assert.deepEqual(await listOf(pool.map(double, [3, 1, 2])), [6, 2, 4]);
  const sums = pool.map((a: number, b: string) => `${a}${b}`, [1, 2, 3], ["a", "b"]);
  assert.deepEqual(await listOf(sums), ["1a", "2b"]);
  const three = pool.map((...all: number[]) => all.length, [1], [2], new Set([3]), {});
  assert.deepEqual(await listOf(three), [3]);
  for (const chunksize of [1, 3, 100, "auto"] as const) {
    const results = await listOf(pool.map(async (n: number) => n, [1, 2, 3, 4, 5], { chunksize }));
    assert.deepEqual(results, [1, 2, 3, 4, 5], String(chunksize));
  }
  const mixed = pool.map((n: unknown) => n, [1, "a", null, { b: -0 }, [2]], { chunksize: 2 });
  assert.deepEqual(await listOf(mixed), [1, "a", null, { b: -0 }, [2]]);
  const numbers = pool.map((n: number) => n, [-0, NaN, Infinity, 0.1], { chunksize: 4 });
  assert.deepEqual(await listOf(numbers), [-0, NaN, Infinity, 0.1]);
});

test("B388 map() ends with the shortest of its iterables, and leaves one that never ends", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const add = (a: number, b: number) => a + b;
  for (const options of [{}, { buffersize: 1 }, { chunksize: "auto" }] as const) {
    const { seen, numbers } = counter();
    assert.deepEqual(await listOf(pool.map(add, [10, 20], numbers, options)), [11, 22]);
    assert.equal(seen.isLeft, true);
  }
});

test("map() throws what an iterable throws behind the results before it", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const failing = function* () {
    for (let n = 1; n <= 20; n++) yield n;
    throw new RangeError("no more");
  };
  assert.throws(() => pool.map(double, failing()), /^RangeError: no more$/);
  for (const chunksize of [1, "auto"] as const) {
    const { seen, numbers } = counter();
    const results = pool.map((a: number, b: number) => a + b, failing(), numbers, {
      buffersize: 8,
      chunksize,
    });
    const got: number[] = [];
    await assert.rejects(async () => {
      for await (const result of results) got.push(result);
    }, /^RangeError: no more$/);
    assert.equal(got.length, 20);
    assert.equal(seen.isLeft, true);
    assert.deepEqual(await results.next(), { value: undefined, done: true });
  }
});

test("map() of a pool that is shut down meanwhile gives what was begun, and then throws", async (t) => {
  for (const chunksize of [1, "auto"] as const) {
    const pool = scopedPool(t, { maxWorkers: 1 });
    const { seen, numbers } = counter();
    const got: number[] = [];
    await assert.rejects(async () => {
      for await (const result of pool.map(double, numbers, { buffersize: 4, chunksize })) {
        got.push(result);
        if (result === 4) void pool.shutdown();
      }
    }, { name: "RuntimeError", message: /shut down/ });
    assert.deepEqual(got, got.map((_, n) => 2 * (n + 1)));
    assert.equal(seen.isLeft, true);
  }
});

test("map() throws in chunks, too, what a function threw that cannot cross as a value", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const failing = (n: number) => {
    if (n === 2) throw Object.assign(new RangeError("two"), { retry: () => n });
    return n;
  };
  await assert.rejects(listOf(pool.map(failing, [1, 2, 3], { chunksize: 3 })), {
    name: "RangeError",
    message: "two",
  });
});

test("B388 map() asked for several results at once gives each once", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 2 });
  const results = pool.map(double, [1, 2, 3], { chunksize: 2 });
  const four = await Promise.all([1, 2, 3, 4].map(() => results.next()));
  assert.deepEqual(four, [
    { value: 2, done: false },
    { value: 4, done: false },
    { value: 6, done: false },
    { value: undefined, done: true },
  ]);
  assert.deepEqual(await results.next(), { value: undefined, done: true });
});

test("B389 map() throws what a call throws, after the results before it", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const invert = (n: number) => {
    if (n === 0) throw new RangeError("division by zero");
    return 1 / n;
  };
  for (const chunksize of [1, 2, 3, 10, "auto"] as const) {
    const results = pool.map(invert, [1, 2, 0, 4], { chunksize });
    assert.equal((await results.next()).value, 1);
    assert.equal((await results.next()).value, 0.5);
    const error: unknown = await results.next().catch((thrown: unknown) => thrown);
    assert.ok(error instanceof RangeError, String(error));
    assert.equal(error.message, "division by zero");
    assert.ok(error.cause instanceof ExecutionFailedError);
    assert.match(error.cause.stack ?? "", /map\.test/);
    assert.equal((await results.next()).done, true);
  }
  const outer = { n: 1 };
  await assert.rejects(listOf(pool.map(() => outer.n, [1])), NotShareableError);
});

test("B390 map() ends with a TimeoutError when a result is late, and cancels the rest", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const [go, toGo] = createChannel<number>();
  await pool.submit(() => 1);
  const results = pool.map((from: typeof go) => from.recv(), [go, go, go], { timeout: 20 });
  await assert.rejects(results.next(), { name: "TimeoutError" });
  toGo.sendNowait(1);
  await pool.shutdown();
  // The first may have begun.
  assert.ok(pool.stats.cancelled >= 2);
});

test("B390 whoever leaves map() cancels what has not begun", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const { seen, numbers } = counter();
  for await (const result of pool.map(double, numbers, { buffersize: 3 })) {
    assert.equal(result, 2);
    break;
  }
  assert.equal(seen.isLeft, true);
  await pool.shutdown();
  assert.ok(pool.stats.done + pool.stats.cancelled <= 4);
});

test("B391 map() takes all items at once without buffersize", (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const items = [1, 2, 3];
  pool.map(double, items);
  assert.equal(pool.stats.queued, 3);
});

test("B392 map() takes no more than buffersize items ahead", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 2 });
  for (const chunksize of [1, 2, "auto"] as const) {
    const { seen, numbers } = counter();
    const results = pool.map(double, numbers, { buffersize: 4, chunksize });
    assert.ok(seen.taken <= 4, String(seen.taken));
    for (let n = 1; n <= 20; n++) {
      assert.equal((await results.next()).value, n * 2);
      assert.ok(seen.taken <= n + 4, `${seen.taken} after ${n}`);
    }
    await results.return?.();
    assert.equal(seen.isLeft, true);
  }
  const [a, b] = [counter(), counter()];
  const both = pool.map((x: number, y: number) => x + y, a.numbers, b.numbers, { buffersize: 1 });
  assert.equal((await both.next()).value, 2);
  await both.return?.();
  assert.deepEqual(await listOf(pool.map(double, [], { buffersize: 1 })), []);
  assert.deepEqual(await listOf(pool.map(() => 1)), []);
});

test("B392 map() checks what it is given", (t) => {
  const pool = scopedPool(t);
  const map = pool.map.bind(pool) as (...given: unknown[]) => unknown;
  const wrong: readonly (readonly unknown[])[] = [
    [1, []],
    [double, 1],
    [double, [1], 1],
    [double, [1], { size: 1 }],
    [double, [1], { buffersize: "1" }],
    [double, [1], { buffersize: 1.5 }],
    [double, [1], { chunksize: "all" }],
    [double, [1], { timeout: "1" }],
    [double, { a: 1 }, [1]],
  ];
  for (const given of wrong) assert.throws(() => map(...given), TypeError, JSON.stringify(given));
  for (
    const options of [{ buffersize: 0 }, { buffersize: -1 }, { chunksize: 0 }, { timeout: -1 }]
  ) {
    assert.throws(() => map(double, [1], options), RangeError, JSON.stringify(options));
  }
  assert.equal(pool.size, 0);
});

test('map() with chunksize "auto" sends many short calls at a time', async (t) => {
  const pool = scopedPool(t, { maxWorkers: 2 });
  let [count, sum] = [0, 0];
  for await (
    const n of pool.map((given: number) => given + 1, Array(50_000).keys(), { chunksize: "auto" })
  ) {
    assert.equal(n, ++count);
    sum += n;
  }
  assert.equal(count, 50_000);
  assert.equal(sum, 1_250_025_000);
  // On a busy machine calls seem to be longer than they are.
  assert.ok(pool.stats.done < 25_000, `${pool.stats.done} tasks`);
});

const tasksOf = (pool: InterpreterPoolExecutor) => {
  const [go, toGo] = createChannel<number>();
  const waits = pool.submit((from: typeof go) => from.recv(), go);
  return { waits, toGo };
};

test("B409 wait() waits for all, for the first, or for the first that fails", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 2 });
  const { waits, toGo } = tasksOf(pool);
  const quick = pool.submit(() => 1);
  const first = await wait([waits, quick, quick], { returnWhen: "FIRST_COMPLETED" });
  assert.deepEqual([[...first.done], [...first.notDone]], [[quick], [waits]]);
  const fails = pool.submit(() => {
    throw new Error("fails");
  });
  const failed = await wait([waits, quick, fails], { returnWhen: "FIRST_EXCEPTION" });
  assert.deepEqual(failed.notDone, new Set([waits]));
  const late = await wait([waits, fails], { timeout: 1 });
  assert.deepEqual([[...late.done], [...late.notDone]], [[fails], [waits]]);
  toGo.sendNowait(1);
  const all = await wait(new Set([waits, fails]));
  assert.deepEqual([all.done.size, all.notDone.size], [2, 0]);
  assert.deepEqual(await wait([]), { done: new Set(), notDone: new Set() });
  await assert.rejects(wait([waits], { returnWhen: "NEVER" as never }), TypeError);
});

test("B410 asCompleted() gives tasks as they end, each once", async () => {
  const [a, b, c] = [newTask<number>(), newTask<number>(), newTask<number>()];
  b.succeed(2);
  const order = asCompleted([a.task, b.task, c.task, b.task]);
  assert.equal((await order.next()).value, b.task);
  const next = order.next();
  c.fail(new Error("third"));
  assert.equal((await next).value, c.task);
  a.task.cancel();
  assert.equal((await order.next()).value, a.task);
  assert.equal((await order.next()).done, true);
  const late = asCompleted([b.task, newTask().task], { timeout: 1 });
  assert.equal((await late.next()).value, b.task);
  await assert.rejects(late.next(), {
    name: "TimeoutError",
    message: "1 (of 2) futures unfinished",
  });
});
