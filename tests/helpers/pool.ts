// A pool for the length of one test.

import type { TestContext } from "node:test";
import { InterpreterPoolExecutor, type InterpreterPoolOptions } from "subinterpreters";

/** Makes a pool that ends with the test; what waits then is cancelled. */
export function scopedPool(
  t: TestContext,
  options?: InterpreterPoolOptions,
): InterpreterPoolExecutor {
  const pool = new InterpreterPoolExecutor(options);
  t.after(() => pool.shutdown({ cancelFutures: true }));
  return pool;
}
