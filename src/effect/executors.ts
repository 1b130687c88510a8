// Pools of interpreters as scoped Effect resources: tasks as effects, `map` as an effect and as a
// stream.

import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import type * as Scope from "effect/Scope";
import * as Stream from "effect/Stream";
import type {
  FunctionTask,
  InterpreterPoolOptions,
  MapOptions,
  ModuleTask,
  SourceTask,
} from "../api/pool/options.ts";
import type { Task } from "../api/task.ts";
import { CancelledError, InterpreterError, InterpreterPoolExecutor } from "../door.js";
import { attemptNow, failureOf, type Tagged } from "./failures.ts";
import { isTaskError, type TaskError, toTaskError } from "./task_failures.ts";

export type { InterpreterPoolExecutor as Executor } from "../api/pool/executor.ts";
export type { TaskError } from "./task_failures.ts";

/** How making an executor can fail: inside an interpreter there is none. */
export type ExecutorError = Tagged<InterpreterError, "InterpreterError">;

/** A task as an object; interruption takes the place of the signal. */
export type EffectTask<A extends readonly unknown[], R, Output = Awaited<R>> =
  | Omit<FunctionTask<A, R, Output>, "signal">
  | Omit<SourceTask<Output>, "signal">
  | Omit<ModuleTask<Output>, "signal">;

/** Options of `map` and `mapStream`. */
export type EffectMapOptions = Omit<MapOptions, "timeout" | "signal">;

/** The most items of a chunk that measures itself. */
const LARGEST_CHUNK = 65_536;
/** Other chunks that are taken ahead, for each worker: where it was 16, tiny calls took twice as long. */
const CHUNKS_AHEAD = 1_024;

/** What of each executor has to end with its scope. */
const open = new WeakMap<InterpreterPoolExecutor, Set<AbortController>>();

/**
 * Makes a pool of interpreters that ends with the scope. Tasks that have not ended by then are
 * cancelled, and a worker that runs one is ended.
 *
 * The effect fails with an `InterpreterError` inside an interpreter, which can be handed a pool of
 * the program instead. A wrong option is a defect. The interpreters of a pool are real ones even
 * where `layerTest` is provided.
 *
 * @param options How many workers, what initializes them, and what they are created with.
 * @returns An effect that needs a scope and gives the executor.
 *
 * @example All cores
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Executor } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const square = (n: number) => n * n;
 * const program = Effect.gen(function* () {
 *   const executor = yield* Executor.make({ maxWorkers: 2 });
 *   const tasks = [3, 4].map((n) => Executor.submit(executor, square, n));
 *   return yield* Effect.all(tasks, { concurrency: "unbounded" });
 * });
 * assert.deepEqual(await Effect.runPromise(Effect.scoped(program)), [9, 16]);
 * ```
 */
export function make(
  options: InterpreterPoolOptions = {},
): Effect.Effect<InterpreterPoolExecutor, ExecutorError, Scope.Scope> {
  return Effect.acquireRelease(
    attemptNow(() => {
      const executor = new InterpreterPoolExecutor(options);
      open.set(executor, new Set());
      return executor;
    }, isExecutorError),
    (executor) =>
      Effect.promise(() => {
        for (const one of open.get(executor) ?? []) {
          one.abort(new CancelledError("The task was cancelled: the scope of its pool has closed"));
        }
        return executor.shutdown({ cancelFutures: true });
      }),
  );
}

/**
 * Calls a function in one of the workers, and gives a copy of its result. Interrupting the effect
 * cancels the task: one that waits does not run, and a worker that runs it is ended and replaced.
 *
 * The effect fails with a `RunFailedError` for what the function threw, as `Interpreter.call`
 * does; with `NotShareableError`, or a `RangeError` for what is too long; with
 * `InterpreterTerminatedError` if the worker ended, by the task's `timeout` for example; with
 * `QueueFullError`, `BrokenInterpreterPoolError`, a `ValidationError` for a result that does not
 * fit the `schema`, `CancelledError` if the pool's scope has closed, and `RuntimeError` if it was
 * shut down before. A wrong argument is a defect.
 *
 * @typeParam A The function's parameters.
 * @typeParam R What the function gives.
 * @param executor Which pool.
 * @param fn The function; of it the text is sent.
 * @param args What to call it with.
 * @returns An effect of the result. Each time that it runs it submits a task.
 *
 * @example What the function threw
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Executor } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const root = (n: number) => {
 *   if (n < 0) throw new RangeError("negative");
 *   return Math.sqrt(n);
 * };
 * const program = Effect.flatMap(Executor.make({ maxWorkers: 1 }), (executor) =>
 *   Executor.submit(executor, root, -1).pipe(
 *     Effect.catchTag("RunFailedError", ({ excinfo }) => Effect.succeed(excinfo.message)),
 *   ));
 * assert.equal(await Effect.runPromise(Effect.scoped(program)), "negative");
 * ```
 */
export function submit<A extends readonly unknown[], R>(
  executor: InterpreterPoolExecutor,
  fn: (...args: A) => R,
  ...args: A
): Effect.Effect<Awaited<R>, TaskError>;
/**
 * Does a task as an object says: a function, source, or what a module exports.
 *
 * @typeParam A The function's parameters.
 * @typeParam R What the function gives.
 * @typeParam Output What a schema makes of that, or what the caller knows the result to be.
 * @param executor Which pool.
 * @param task What to do, with which arguments and priority, and what its result must fit.
 * @returns An effect of the result.
 *
 * @example Source
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Executor } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.flatMap(Executor.make({ maxWorkers: 1 }), (executor) =>
 *   Executor.submit(executor, { source: "args[0] + 1", args: [41], timeout: 60_000 }));
 * assert.equal(await Effect.runPromise(Effect.scoped(program)), 42);
 * ```
 */
export function submit<A extends readonly unknown[], R, Output = Awaited<R>>(
  executor: InterpreterPoolExecutor,
  task: EffectTask<A, R, Output>,
): Effect.Effect<Output, TaskError>;
export function submit<A extends readonly unknown[], R>(
  executor: InterpreterPoolExecutor,
  fn: ((...args: A) => R) | EffectTask<A, R>,
  ...args: A
): Effect.Effect<Awaited<R>, TaskError> {
  const task = typeof fn === "function" ? { fn, args } : fn;
  return Effect.callback((resume) => {
    const ending = new AbortController();
    const ended = trackIn(executor, ending);
    const fail = (error: unknown) => {
      ended();
      resume(failureOf(toTaskError(error), isTaskError));
    };
    try {
      const submitted = submitAny(executor, { ...task, signal: ending.signal });
      submitted.then((value) => {
        ended();
        resume(Effect.succeed(value));
      }, fail);
      return Effect.promise(() => {
        ending.abort();
        return submitted.join();
      });
    } catch (error) {
      fail(error);
      return undefined;
    }
  });
}

/** The overloads of `submit` take one kind of task each. */
function submitAny<A extends readonly unknown[], R>(
  executor: InterpreterPoolExecutor,
  task: FunctionTask<A, R> | SourceTask<Awaited<R>> | ModuleTask<Awaited<R>>,
): Task<Awaited<R>> {
  return "fn" in task ? executor.submit(task) : executor.submit(task);
}

/**
 * Calls a function for each item, in all workers, and gives the results in the order of the items.
 * Interrupting the effect ends what waits and what runs, and so does its failure. It fails as
 * `submit` does, with the first failure in the order of the items.
 *
 * @typeParam A The items.
 * @typeParam R What the function gives.
 * @param executor Which pool.
 * @param fn What to call; of it the text is sent.
 * @param items What to call it with.
 * @param options How far ahead, and in which chunks; many short calls should go in chunks.
 * @returns An effect of the results.
 *
 * @example Many short calls
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Executor } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const executor = yield* Executor.make({ maxWorkers: 2 });
 *   const chunks = { chunksize: "auto" } as const;
 *   return yield* Executor.map(executor, (n: number) => n * n, Array(1000).keys(), chunks);
 * });
 * const squares = await Effect.runPromise(Effect.scoped(program));
 * assert.equal(squares[999], 998001);
 * ```
 */
export function map<A, R>(
  executor: InterpreterPoolExecutor,
  fn: (item: A) => R,
  ...[items, options]: [items: Iterable<A>, options?: EffectMapOptions]
): Effect.Effect<Awaited<R>[], TaskError> {
  return Stream.runCollect(results(executor, fn, [items, options]));
}

/**
 * Calls a function for each item, in all workers, and gives the results as a stream, in the order
 * of the items. It takes `buffersize` items ahead of its reader; if that is absent 1,024 chunks for
 * each worker, and with `chunksize: "auto"` two. So the items may be endless. Leaving the stream
 * ends what waits and what runs, and so does its failure. It fails as `submit` does.
 *
 * @typeParam A The items.
 * @typeParam R What the function gives.
 * @param executor Which pool.
 * @param fn What to call; of it the text is sent.
 * @param items What to call it with; they are iterated each time that the stream runs.
 * @param options How far ahead, and in which chunks.
 * @returns The stream.
 *
 * @example Items without end
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Stream from "effect/Stream";
 * import { Executor } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * function* naturals() {
 *   for (let n = 0;; n++) yield n;
 * }
 * const program = Effect.gen(function* () {
 *   const executor = yield* Executor.make({ maxWorkers: 2 });
 *   const double = (n: number) => n * 2;
 *   const doubled = Executor.mapStream(executor, double, naturals());
 *   return yield* Stream.runCollect(Stream.take(doubled, 3));
 * });
 * assert.deepEqual(await Effect.runPromise(Effect.scoped(program)), [0, 2, 4]);
 * ```
 */
export function mapStream<A, R>(
  executor: InterpreterPoolExecutor,
  fn: (item: A) => R,
  ...[items, options]: [items: Iterable<A>, options?: EffectMapOptions]
): Stream.Stream<Awaited<R>, TaskError> {
  const { buffersize = aheadFor(executor, options) } = options ?? {};
  return results(executor, fn, [items, { ...options, buffersize }]);
}

/** How many items are taken ahead if nobody says it: enough that no worker waits. */
function aheadFor(
  { maxWorkers }: InterpreterPoolExecutor,
  { chunksize = 1 }: EffectMapOptions = {},
): number {
  // Chunks that measure themselves are taken when they are sent, two for each worker.
  return maxWorkers * (chunksize === "auto" ? 2 * LARGEST_CHUNK : CHUNKS_AHEAD * chunksize);
}

/** The results as a stream; leaving it ends what runs. */
function results<A, R>(
  executor: InterpreterPoolExecutor,
  fn: (item: A) => R,
  [items, options]: [items: Iterable<A>, options: EffectMapOptions | undefined],
): Stream.Stream<Awaited<R>, TaskError> {
  return Stream.suspend(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const ended = trackIn(executor, leaving);
    let given: AsyncIterable<Awaited<R>>;
    try {
      given = executor.map(fn, items, { ...options, signal });
    } catch (error) {
      ended();
      return Stream.fromEffect(failureOf(toTaskError(error), isTaskError));
    }
    return Stream.fromAsyncIterable(given, toTaskError).pipe(
      Stream.catch((error) => Stream.fromEffect(failureOf(error, isTaskError))),
      Stream.onExit(() =>
        Effect.sync(() => {
          ended();
          leaving.abort();
        })
      ),
    );
  });
}

/** Aborts it when the scope of the executor closes, until the function is called that this gives. */
function trackIn(executor: InterpreterPoolExecutor, one: AbortController): () => void {
  const all = open.get(executor);
  all?.add(one);
  return () => void all?.delete(one);
}

function isExecutorError(error: unknown): error is ExecutorError {
  return error instanceof InterpreterError;
}

/** The key of `CurrentExecutor`'s service. */
export interface CurrentExecutor {
  /** The executor of the layer. */
  readonly executor: InterpreterPoolExecutor;
}

/** A pool as a service; `layer` provides it. */
export const CurrentExecutor: Context.Service<CurrentExecutor, CurrentExecutor> = Context
  .Service<CurrentExecutor>("subinterpreters/CurrentExecutor");

/**
 * Provides one pool to a program, for the life of the layer. It fails as `make` does.
 *
 * @param options As for `make`.
 * @returns A layer of `CurrentExecutor`.
 *
 * @example A pool from the context
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Executor } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const { executor } = yield* Executor.CurrentExecutor;
 *   return yield* Executor.submit(executor, (n: number) => n * 2, 21);
 * });
 * const layer = Executor.layer({ maxWorkers: 2 });
 * assert.equal(await Effect.runPromise(Effect.provide(program, layer)), 42);
 * ```
 */
export function layer(
  options: InterpreterPoolOptions = {},
): Layer.Layer<CurrentExecutor, ExecutorError> {
  return Layer.effect(CurrentExecutor, Effect.map(make(options), (executor) => ({ executor })));
}
