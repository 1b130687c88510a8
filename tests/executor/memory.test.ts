// What a pool keeps of its tasks, and what it does with values that a worker cannot make.

import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { type InterpreterPoolExecutor, NotShareableError } from "subinterpreters";
import { collect } from "../helpers/collect.ts";
import { scopedPool } from "../helpers/pool.ts";

const TASKS = 50;

test("B383 an argument that the worker could not make fails the task, and the worker goes on", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const errors = Array.from({ length: 10_001 }, () => new Error("one"));
  await assert.rejects(pool.submit((list: Error[]) => list.length, errors), NotShareableError);
  assert.equal(await pool.submit((n: number) => n, 1), 1);
});

test("B430 a pool keeps neither the arguments nor the results of tasks that are done", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const given = await doTasks(pool);
  const kept = () => given.filter((one) => one.deref() !== undefined).length;
  // Some stay on the stack of an engine that looks for pointers there, as Bun's does.
  while (kept() > TASKS / 5) {
    // What `deref` has given stays until the end of the turn.
    await turn();
    collect();
  }
  assert.equal(pool.stats.done, TASKS);
});

/** Arguments and results of tasks that nobody else has any more. */
async function doTasks(pool: InterpreterPoolExecutor): Promise<WeakRef<object>[]> {
  const given: WeakRef<object>[] = [];
  for (let n = 0; n < TASKS; n++) {
    const argument = { bytes: new Uint8Array(1000) };
    const result = await pool.submit((one: { bytes: Uint8Array }) => one, argument);
    given.push(new WeakRef(argument), new WeakRef(result));
  }
  return given;
}
