// Options of pools and of tasks, and what a pool tells of itself. This file has types alone: what
// a door shows must not meet a captured value of the same name (see checks.ts).

import type { CreateOptions } from "../create_options.ts";
import type { Task } from "../task.ts";
import type { StandardSchemaV1 } from "../standard_schema.ts";

export type { Durations, PoolStats } from "../../protocol/pool_state.ts";

/** When a worker of a pool makes room for a fresh one. */
export interface RecycleLimits {
  /** After so many tasks, 1 or more. Absent: the number of tasks does not matter. */
  readonly tasks?: number;
  /**
   * When its heap holds more than so many MiB after a task. It is looked at some times a second,
   * so a worker may do some more tasks meanwhile. Absent: the heap does not matter.
   */
  readonly heapMiB?: number;
}

/** Options of an `InterpreterPoolExecutor`: those below, and those of `create` for its workers. */
export interface InterpreterPoolOptions extends Omit<CreateOptions, "signal"> {
  /**
   * Most workers, 1 or more. They are started when there is something to do.
   * @default the number of processors and 4 more, 32 at most
   */
  readonly maxWorkers?: number;
  /**
   * Workers that stay when there is nothing to do, once they are there; 0 or more.
   * @default 0
   */
  readonly minWorkers?: number;
  /**
   * Milliseconds that a worker with nothing to do stays; `Infinity` for as long as the pool.
   * @default 60000
   */
  readonly idleTimeout?: number;
  /**
   * Tasks that may wait for a worker, 0 or more. One more is refused with a `QueueFullError`.
   * @default Infinity
   */
  readonly maxQueue?: number;
  /** Called once in each worker, before its tasks. Of it the text is sent, as of any task. */
  readonly initializer?: (...args: never[]) => unknown;
  /**
   * What the initializer is called with, copied.
   * @default []
   */
  readonly initargs?: readonly unknown[];
  /**
   * Milliseconds that the initializer may take; an interpreter that takes longer is ended, and
   * the pool is broken. Absent: no limit.
   */
  readonly initializerTimeout?: number;
  /** When a worker makes room for a fresh one. Absent: never. */
  readonly recycleAfter?: RecycleLimits;
}

/**
 * What `submit` takes besides what is to be done.
 *
 * @typeParam Output Type of the task's result.
 */
export interface TaskOptions<Output = unknown> {
  /**
   * What the result must fit. It is validated here when it has come, and the task has what the
   * schema makes of it. If it does not fit the task fails with a `ValidationError`, and the
   * worker goes on. Absent: nothing is checked.
   */
  readonly schema?: StandardSchemaV1<unknown, Output>;
  /**
   * Ends the task, waiting or running: it fails with the signal's reason. One that runs ends its
   * worker, which is replaced.
   */
  readonly signal?: AbortSignal;
  /**
   * Buffers in the arguments that move to the worker instead of being copied. They are detached
   * when the task is submitted, whatever becomes of it. Absent: all are copied.
   */
  readonly transfer?: readonly ArrayBuffer[];
  /**
   * Longest run of the task in milliseconds, counted from its start. One that takes longer ends
   * its worker, which is replaced. Absent: no limit.
   */
  readonly timeout?: number;
  /**
   * Tasks with a higher number begin first; of the same, the one that was submitted first.
   * @default 0
   */
  readonly priority?: number;
  /**
   * Whether a full queue takes the task all the same, so that it waits until there is room.
   * @default false
   */
  readonly wait?: boolean;
}

/**
 * A task that calls a function.
 *
 * @typeParam A The function's parameters.
 * @typeParam R What the function gives.
 * @typeParam Output What a schema makes of that.
 */
export interface FunctionTask<A extends readonly unknown[], R, Output = Awaited<R>>
  extends TaskOptions<Output> {
  /** What to call; its text is sent. */
  readonly fn: (...args: A) => R;
  /**
   * What to call it with; each argument is copied when the task is submitted.
   * @default []
   */
  readonly args?: A;
}

/**
 * A task that runs source.
 *
 * @typeParam R Type of the result.
 */
export interface SourceTask<R = unknown> extends TaskOptions<R> {
  /** TypeScript or JavaScript; the task's result is a copy of the value of its last expression. */
  readonly source: string;
  /**
   * What the source finds in its variable `args`, copied.
   * @default []
   */
  readonly args?: readonly unknown[];
}

/**
 * A task that calls what a module exports.
 *
 * @typeParam R Type of the result.
 */
export interface ModuleTask<R = unknown> extends TaskOptions<R> {
  /** Where the module is: a URL, a package, or whatever an import in source may name. */
  readonly module: string | URL;
  /**
   * The name of the exported function.
   * @default "default"
   */
  readonly export?: string;
  /**
   * What to call it with, copied.
   * @default []
   */
  readonly args?: readonly unknown[];
}

/** Options of `map`. */
export interface MapOptions {
  /**
   * Most items that are taken from the iterables before their results have been asked for, 1 or
   * more. So no more results wait than that. Absent: all items are taken at once.
   */
  readonly buffersize?: number;
  /**
   * Items that go to a worker together, 1 or more. `"auto"` measures how long one takes, and
   * sends so many at a time that a worker is busy for some milliseconds.
   * @default 1
   */
  readonly chunksize?: number | "auto";
  /** Milliseconds until the last result, counted from the call. Absent: no limit. */
  readonly timeout?: number;
  /**
   * Ends the calls, waiting or running: the iteration throws the signal's reason. A call that runs
   * ends its worker, which is replaced.
   */
  readonly signal?: AbortSignal;
}

/** Options of `wait`. */
export interface WaitForTasksOptions {
  /**
   * What is waited for: the end of all tasks, of the first, or of the first that fails; if none
   * fails, of all.
   * @default "ALL_COMPLETED"
   */
  readonly returnWhen?: "ALL_COMPLETED" | "FIRST_COMPLETED" | "FIRST_EXCEPTION";
  /** The longest wait in milliseconds. Absent: no limit. */
  readonly timeout?: number;
}

/** Options of `shutdown`. */
export interface PoolShutdownOptions {
  /**
   * Whether the promise resolves only when all is done and the workers are gone.
   * @default true
   */
  readonly wait?: boolean;
  /**
   * Whether tasks that have not begun are cancelled.
   * @default false
   */
  readonly cancelFutures?: boolean;
}

/** What a function of a module becomes: one that submits a task. */
export type PooledFunction<F> = F extends abstract new (...args: never[]) => unknown ? never
  : F extends (...args: infer A) => infer R ? (...args: A) => Task<Awaited<R>>
  : never;

/**
 * A module whose functions run in a pool, as `InterpreterPoolExecutor.import` gives it. Its other
 * exports stay behind.
 *
 * @typeParam T The type of the module: `typeof import("./work.ts")`.
 */
export type Pooled<T> = {
  readonly [
    Name in keyof T as Name extends "then" ? never
      : [PooledFunction<T[Name]>] extends [never] ? never
      : Name
  ]: PooledFunction<T[Name]>;
};
