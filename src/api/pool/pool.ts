// What an executor asks of the pool behind it. In the program the pool is the host's own
// (src/executor/); an interpreter reaches one that it was handed.

import type { Caller } from "../caller.ts";
import type { CreateOptions } from "../create_options.ts";
import type { Task } from "../task.ts";
import type { Validator } from "../validation.ts";
import type { PoolState } from "../../protocol/pool_state.ts";
import type { EndSignal } from "./ending.ts";
import type { PoolShutdownOptions, RecycleLimits } from "./options.ts";

/** What a task does: calls the function of a text with `args`, or runs source that finds them. */
export interface Job {
  readonly source: string;
  readonly isFunction: boolean;
  readonly args: readonly unknown[];
  /** What stack traces call it. */
  readonly filename: string;
}

/** A task as it is given to a pool. */
export interface Submission {
  readonly job: Job;
  readonly signal: EndSignal | undefined;
  /** `Infinity` if there is none. */
  readonly timeoutMs: number;
  /** Buffers among the arguments that move instead of being copied. */
  readonly moved: readonly ArrayBuffer[] | undefined;
  readonly priority: number;
  /** Whether a full queue takes it. */
  readonly waits: boolean;
  /** What the result must fit. */
  readonly validator: Validator<unknown> | undefined;
  /** Whose task it is, for its errors. */
  readonly caller: Caller;
}

/** What a pool is made of. */
export interface CheckedPoolOptions {
  /** `undefined`: as many as the host finds right. */
  readonly maxWorkers: number | undefined;
  readonly minWorkers: number;
  readonly idleTimeoutMs: number;
  readonly maxQueue: number;
  /** What runs first in each worker. */
  readonly initializer: Job | undefined;
  readonly initializerTimeoutMs: number;
  readonly recycleAfter: RecycleLimits;
  /** What names of workers begin with; `undefined`: the pool's number tells. */
  readonly name: string | undefined;
  /** What each worker is created with. */
  readonly create: Omit<CreateOptions, "signal" | "name">;
}

/** A pool. */
export interface Pool extends PoolState {
  /**
   * Takes a task. What is wrong with its arguments is the task's error.
   *
   * @throws {RuntimeError} The pool takes no more, or is broken.
   */
  submit(submission: Submission): Task<unknown>;
  /** Takes no more tasks; resolves when all is done, at once if nobody is to wait. */
  shutdown(options: Required<PoolShutdownOptions>): Promise<void>;
  /** Nobody has it any more: it does what it has, and ends. */
  abandon(): void;
}
