// Workers of a pool: when they start, how they are initialized, what their death means.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BrokenInterpreterPoolError,
  createChannel,
  InterpreterPoolExecutor,
  type InterpreterPoolOptions,
  InterpreterTerminatedError,
  listAll,
  UnsupportedError,
} from "subinterpreters";
import { scopedPool } from "../helpers/pool.ts";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";
import { until } from "../helpers/until.ts";

test("B377 workers are started when needed, and used again", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 4 });
  assert.equal(pool.size, 0);
  for (const n of [1, 2, 3]) assert.equal(await pool.submit((a: number) => a, n), n);
  assert.equal(pool.size, 1);
});

test("B378 tasks that block get as many workers as there may be", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 2 });
  const [go, toGo] = createChannel<number>();
  const tasks = Array.from({ length: 30 }, () => pool.submit((wait: typeof go) => wait.recv(), go));
  assert.equal(pool.size, 2);
  for (const n of tasks.keys()) toGo.sendNowait(n);
  const results = await Promise.all(tasks);
  assert.deepEqual(results.toSorted((a, b) => a - b), [...tasks.keys()]);
  assert.equal(pool.size, 2);
});

test("B379 tasks that wait for each other run side by side", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 2 });
  const [a, toA] = createChannel<number>();
  const [b, toB] = createChannel<number>();
  const first = pool.submit(
    async (from: typeof a, to: typeof toB) => {
      to.sendNowait(1);
      return await from.recv();
    },
    a,
    toB,
  );
  const second = pool.submit(
    async (from: typeof b, to: typeof toA) => {
      to.sendNowait(await from.recv() + 1);
    },
    b,
    toA,
  );
  await second;
  assert.equal(await first, 2);
});

test("a task that ends its worker fails alone, and the worker is replaced", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const exits = pool.submit(() => process.exit(3));
  const fine = pool.submit(() => 1);
  const error = await exits.exception();
  assert.ok(error instanceof InterpreterTerminatedError);
  assert.equal(error.exitCode, 3);
  assert.equal(await fine, 1);
  const { done, failed } = pool.stats;
  assert.deepEqual({ done, failed }, { done: 1, failed: 1 });
});

test("tasks in the hands of a worker that ends are done by another, each once", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const [seen, toSeen] = createChannel<number>();
  const task = (n: number, to: typeof toSeen) => {
    to.sendNowait(n);
    if (n === 60) process.exit(1);
    return n;
  };
  // So it is known to be short.
  for (let n = 0; n < 50; n++) await pool.submit(task, n, toSeen);
  const tasks = Array.from({ length: 50 }, (_, n) => pool.submit(task, n + 50, toSeen));
  const ends = await Promise.allSettled(tasks);
  assert.deepEqual(
    ends.flatMap(({ status }, n) => status === "rejected" ? [n + 50] : []),
    [60],
  );
  const all = await seen.recvMany(1_000);
  assert.deepEqual(all, Array.from({ length: 100 }, (_, n) => n));
});

test("short tasks behind one that blocks go to another worker", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 2 });
  const [go, toGo] = createChannel<number>();
  const task = (from: typeof go | undefined) => from?.recv();
  for (let n = 0; n < 20; n++) await pool.submit(task, undefined);
  const blocked = [
    pool.submit(task, go),
    pool.submit(task, undefined),
    pool.submit(task, undefined),
  ];
  await Promise.all(blocked.slice(1));
  toGo.sendNowait(7);
  assert.equal(await blocked[0], 7);
});

test("B411 short tasks behind one that blocks can be cancelled, and never run", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const [go, toGo] = createChannel<number>();
  const [seen, toSeen] = createChannel<number>();
  const task = async (n: number, to: typeof toSeen, from?: typeof go) => {
    to.sendNowait(n);
    await from?.recv();
  };
  for (let n = 0; n < 20; n++) await pool.submit(task, n, toSeen);
  const first = pool.submit(task, 20, toSeen, go);
  const others = Array.from({ length: 5 }, (_, n) => pool.submit(task, n + 21, toSeen));
  await until(() => first.running());
  assert.ok(others.every((one) => one.cancel()));
  const last = pool.submit(task, 30, toSeen);
  toGo.sendNowait(1);
  await Promise.all([first, last]);
  assert.deepEqual((await seen.recvMany(100)).slice(20), [20, 30]);
  assert.equal(pool.stats.cancelled, 5);
});

test("a worker whose heap has grown too large makes room for a fresh one", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1, recycleAfter: { heapMiB: 60 } });
  const grow = async () => {
    Object.assign(globalThis, { kept: Array.from({ length: 2_000_000 }, (_, n) => ({ n })) });
    return (await import("subinterpreters")).getCurrent().id;
  };
  const first = await pool.submit(grow);
  await until(() => pool.size === 0 || pool.stats.workers === 0);
  assert.notEqual(await pool.submit(grow), first);
});

test("a task that spoils what tells the heap costs its worker, and not the pool", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1, recycleAfter: { heapMiB: 1000 } });
  const idHere = async () => (await import("subinterpreters")).getCurrent().id;
  const ways = [
    () => {
      process.memoryUsage = (() => {
        throw new Error("no");
      }) as never;
    },
    () => {
      process.memoryUsage = (() => ({ heapUsed: {} })) as never;
    },
    () => void setTimeout(() => process.exit(3), 0),
  ];
  for (const spoil of ways) {
    const first = await pool.submit(idHere);
    await pool.submit(spoil);
    // It is looked at now and then.
    while (await pool.submit(idHere) === first);
  }
});

test("an interpreter that somebody ends between tasks is replaced", async (t) => {
  const before = new Set(listAll());
  const pool = scopedPool(t, { maxWorkers: 1 });
  assert.equal(await pool.submit(() => 1), 1);
  const [worker] = listAll().filter((one) => !before.has(one));
  await worker?.terminate();
  assert.equal(await pool.submit(() => 2), 2);
});

test("B393 B394 the initializer runs once in each worker, before its tasks", async (t) => {
  const pool = scopedPool(t, {
    maxWorkers: 2,
    initializer: (n: number) => {
      Object.assign(globalThis, { initialized: n, times: (globalThis as never)["times"] ?? 0 + 1 });
    },
    initargs: [7],
  });
  const look = () => {
    const { initialized, times } = globalThis as unknown as { initialized: number; times: number };
    return [initialized, times];
  };
  const seen = await Promise.all([pool.submit(look), pool.submit(look)]);
  assert.deepEqual([...seen, await pool.submit(look)], [[7, 1], [7, 1], [7, 1]]);
  assert.equal("initialized" in globalThis, false);
});

test("B395 B398 an initializer that fails breaks the pool, and its interpreter is closed", async () => {
  const { code, stdout, stderr } = await spawnScript(`
    import { BrokenInterpreterPoolError, InterpreterPoolExecutor, listAll, RuntimeError } from "subinterpreters";
    import assert from "node:assert/strict";
    const pool = new InterpreterPoolExecutor({
      maxWorkers: 1,
      initializer: () => { throw new RangeError("not today"); },
    });
    const tasks = [pool.submit(() => 1), pool.submit(() => 2)];
    for (const task of tasks) {
      const error = await task.exception();
      assert.ok(error instanceof BrokenInterpreterPoolError && error instanceof RuntimeError);
      assert.match(String(error.cause), /not today/);
    }
    assert.throws(() => pool.submit(() => 3), BrokenInterpreterPoolError);
    await pool.shutdown();
    assert.throws(() => pool.submit(() => 3), BrokenInterpreterPoolError);
    assert.equal(listAll().length, 1);
    console.log("as told");
  `);
  assert.match(stderr, /Uncaught in the interpreter[^]*not today/);
  assert.match(stdout, /as told/);
  assert.equal(code, 0);
});

test("B396 an initializer that cannot be called elsewhere breaks the pool", async () => {
  const { stdout, stderr, code } = await spawnScript(`
    import { BrokenInterpreterPoolError, InterpreterPoolExecutor } from "subinterpreters";
    const outer = 1;
    const pool = new InterpreterPoolExecutor({ initializer: () => outer, maxWorkers: 1 });
    const error = await pool.submit(() => 1).exception();
    console.log(error instanceof BrokenInterpreterPoolError, String(error.cause));
    await pool.shutdown();
    const late = new InterpreterPoolExecutor({ initializer: (f) => f, initargs: [() => 1], maxWorkers: 1 });
    try {
      late.submit(() => 1);
    } catch (thrown) {
      console.log(thrown instanceof BrokenInterpreterPoolError, String(thrown.cause));
    }
    await late.shutdown();
  `);
  assert.match(stdout, /true .*outer[^]*true/);
  assert.match(stderr, /outer/);
  assert.equal(code, 0);
});

test("an initializer that hangs is ended by its timeout", async (t) => {
  const pool = scopedPool(t, {
    maxWorkers: 1,
    initializer: () => {
      for (;;);
    },
    initializerTimeout: 50,
  });
  const error = await pool.submit(() => 1).exception();
  assert.ok(error instanceof BrokenInterpreterPoolError);
  assert.ok(error.cause instanceof InterpreterTerminatedError);
});

test("a pool whose workers cannot be created is broken", async (t) => {
  // No runtime can do all of this.
  const unsupported: InterpreterPoolOptions = runtime === "node"
    ? { permissions: { read: ["/nowhere"] } }
    : { limits: { stackMiB: 1 } };
  const pool = scopedPool(t, { maxWorkers: 2, ...unsupported });
  const error = await pool.submit(() => 1).exception();
  assert.ok(error instanceof BrokenInterpreterPoolError);
  assert.ok(error.cause instanceof UnsupportedError);
  assert.throws(() => pool.submit(() => 1), BrokenInterpreterPoolError);
  assert.equal(String(pool), "InterpreterPoolExecutor(broken, 0 workers, 0 queued)");
});

test("a worker that has done so many tasks makes room for a fresh one", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1, recycleAfter: { tasks: 2 } });
  const id = async () => (await import("subinterpreters")).getCurrent().id;
  const ids = [];
  for (let i = 0; i < 5; i++) ids.push(await pool.submit(id));
  assert.equal(ids[0], ids[1]);
  assert.equal(new Set(ids).size, 3);
});

test("a worker with nothing to do is let go, but for the fewest", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 2, minWorkers: 1, idleTimeout: 1 });
  const [go, toGo] = createChannel<number>();
  const tasks = [1, 2].map(() => pool.submit((wait: typeof go) => wait.recv(), go));
  assert.equal(pool.size, 2);
  toGo.sendNowait(1);
  toGo.sendNowait(2);
  await Promise.all(tasks);
  await until(() => pool.size === 1);
  assert.equal(await pool.submit(() => 3), 3);
});

test("B406 workers have the pool's name", async (t) => {
  const before = new Set(listAll());
  const pool = scopedPool(t, { maxWorkers: 1, name: "images" });
  await pool.submit(() => 1);
  const names = listAll().filter((one) => !before.has(one)).map(({ name }) => name);
  assert.deepEqual(names, ["images_0"]);
  const other = new InterpreterPoolExecutor({ maxWorkers: 1 });
  await other.submit(() => 1);
  assert.match(listAll().at(-1)?.name ?? "", /^InterpreterPoolExecutor-\d+_0$/);
  await other.shutdown();
});

test("stats tell how many tasks there were, and how long they took", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  await pool.submit(() => 1);
  await pool.submit(() => {
    throw new Error("counted");
  }).exception();
  const { workers, queued, running, done, failed, cancelled, waitingTime, runningTime } =
    pool.stats;
  assert.deepEqual({ workers, queued, running, done, failed, cancelled }, {
    workers: 1,
    queued: 0,
    running: 0,
    done: 1,
    failed: 1,
    cancelled: 0,
  });
  assert.equal(waitingTime.count, 2);
  assert.equal(runningTime.count, 2);
  assert.ok(runningTime.min > 0 && runningTime.min <= runningTime.p50);
  assert.ok(runningTime.p50 <= runningTime.p99 && runningTime.mean <= runningTime.max);
});
