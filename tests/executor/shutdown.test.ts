// The end of a pool, and of a program that has one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, InterpreterPoolExecutor, listAll, RuntimeError } from "subinterpreters";
import { spawnScript } from "../helpers/spawn_script.ts";

test("B399 B404 shutdown() finishes what there is, takes no more, and ends the workers", async () => {
  const before = listAll().length;
  const pool = new InterpreterPoolExecutor({ maxWorkers: 2 });
  const tasks = [1, 2, 3, 4, 5].map((n) => pool.submit((a: number) => a, n));
  const ended = pool.shutdown();
  assert.throws(() => pool.submit(() => 1), RuntimeError);
  assert.throws(() => pool.submit(() => 1), /cannot schedule new futures after shutdown/);
  await ended;
  assert.ok(tasks.every((task) => task.done()));
  assert.deepEqual(await Promise.all(tasks), [1, 2, 3, 4, 5]);
  assert.equal(pool.size, 0);
  assert.equal(listAll().length, before);
  assert.match(String(pool), /shut/);
  await pool.shutdown();
  await pool.shutdown({ wait: false });
  await assert.rejects(pool.shutdown({ waits: true } as never), TypeError);
  await assert.rejects(pool.shutdown({ wait: 1 } as never), TypeError);
});

test("B399 a pool that has done nothing shuts down", async () => {
  await new InterpreterPoolExecutor().shutdown();
});

test("B400 shutdown({ wait: false }) resolves at once, and the work goes on", async () => {
  const pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
  const task = pool.submit(() => 1);
  await pool.shutdown({ wait: false });
  assert.equal(task.done(), false);
  assert.equal(await task, 1);
  await pool.shutdown();
});

test("B401 B402 shutdown({ cancelFutures: true }) cancels what has not begun", async () => {
  const pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
  const [began, toBegan] = createChannel<number>();
  const [go, toGo] = createChannel<number>();
  const running = pool.submit(
    (wait: typeof go, to: typeof toBegan) => {
      to.sendNowait(1);
      return wait.recv();
    },
    go,
    toBegan,
  );
  const waiting = [1, 2, 3].map((n) => pool.submit((a: number) => a, n));
  await began.recv();
  assert.equal(waiting[1]?.cancel(), true);
  const ended = pool.shutdown({ cancelFutures: true });
  assert.deepEqual(waiting.map((task) => task.cancelled()), [true, true, true]);
  assert.equal(running.cancelled(), false);
  toGo.sendNowait(9);
  assert.equal(await running, 9);
  await ended;
});

test("B403 await using shuts a pool down", async () => {
  let task;
  {
    await using pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
    task = pool.submit(() => 1);
  }
  assert.equal(task.done(), true);
});

test("B405 a program finishes the tasks that it has, and exits by itself", async () => {
  const { code, stdout } = await spawnScript(`
    import { InterpreterPoolExecutor } from "subinterpreters";
    const pool = new InterpreterPoolExecutor({ maxWorkers: 2 });
    for (const n of [1, 2, 3]) {
      pool.submit((a) => new Promise((done) => setTimeout(() => done(a), 20)), n)
        .then((result) => console.log("got", result));
    }
  `);
  assert.deepEqual(stdout.trim().split("\n").toSorted(), ["got 1", "got 2", "got 3"]);
  assert.equal(code, 0);
});

test("a pool that nobody has any more ends its workers", async () => {
  const { code, stdout } = await spawnScript(
    `
    import { setFlagsFromString } from "node:v8";
    import { runInNewContext } from "node:vm";
    import { InterpreterPoolExecutor, listAll } from "subinterpreters";
    await (async () => {
      const pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
      await pool.submit(() => 1);
    })();
    if (!globalThis.Bun) setFlagsFromString("--expose-gc");
    const collect = globalThis.Bun ? () => globalThis.Bun.gc(true) : runInNewContext("gc");
    const waiting = setInterval(() => {
      collect();
      if (listAll().length > 1) return;
      clearInterval(waiting);
      console.log("ended");
    }, 5);
  `,
  );
  assert.match(stdout, /ended/);
  assert.equal(code, 0);
});
