// The error of a pool that takes no more.

import { RuntimeError } from "../errors.ts";

/** The error of whoever submits a task to a pool that is shut down. */
export function shutDownError(): RuntimeError {
  return new RuntimeError(
    "Cannot submit a task: the pool is shut down, and cannot schedule new futures after shutdown; make another pool",
  );
}
