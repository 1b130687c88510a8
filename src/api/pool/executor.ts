// The pool of interpreters as users hold it: Python's `InterpreterPoolExecutor`. What it does
// behind this class is the business of the pool that the realm of this side has made, or was
// handed.

import { HANDLE, POOL, setHandleFactory } from "../../codec/handles.ts";
import { atCaller } from "../caller.ts";
import { showAsText } from "../console_text.ts";
import { checkBoolean, checkId, checkKeys } from "../checks.ts";
import { HandleTable } from "../handle_table.ts";
import { type NumberedPool, realm } from "../realm.ts";
import type { Task } from "../task.ts";
import { checkMap } from "./check_map.ts";
import { checkPoolOptions } from "./check_pool_options.ts";
import { checkSubmission, moduleJob } from "./check_submission.ts";
import { Mapping } from "./map.ts";
import type {
  FunctionTask,
  InterpreterPoolOptions,
  MapOptions,
  ModuleTask,
  Pooled,
  PoolShutdownOptions,
  PoolStats,
  SourceTask,
} from "./options.ts";
import type { Pool } from "./pool.ts";
import { pooled } from "./pooled.ts";

// Taken now: source may declare names of its own that hide these.
const { FinalizationRegistry, Object } = globalThis;

/** Ends pools that nobody has any more. */
const dropped = new FinalizationRegistry<Pool>((pool) => pool.abandon());

const handles = new HandleTable<InterpreterPoolExecutor>();
/** The pool that a handle which is being made is of. */
let handed: NumberedPool | undefined;

/**
 * A pool of interpreters that does tasks: `submit` a function, source or what a module exports,
 * and await the result.
 *
 * Workers are started when there is something to do, each an interpreter with a thread of its
 * own. Tasks begin in the order in which they were submitted, those of a higher `priority`
 * first, and each runs at most once. A task that ends its worker fails alone, and the worker
 * is replaced. Tasks that have not ended keep the process alive; idle workers do not.
 *
 * Interpreters use a pool that they are handed: as a value, an argument, an item of a channel or a
 * queue. In each there is one object for each pool. Whoever has it submits; only the program, which
 * made it, shuts it down. What an interpreter has submitted and has not begun is cancelled when
 * the interpreter ends. A task that waits for a task of its own pool keeps its worker meanwhile:
 * if all workers do, they wait for ever.
 *
 * @see CPython 3.14 `concurrent.futures.InterpreterPoolExecutor`.
 *
 * @example All cores
 * ```ts
 * import { InterpreterPoolExecutor } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const isPrime = (n: number): boolean => {
 *   for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
 *   return n > 1;
 * };
 * await using pool = new InterpreterPoolExecutor({ maxWorkers: 2 });
 * const tasks = [7, 8, 9, 11].map((n) => pool.submit(isPrime, n));
 * assert.deepEqual(await Promise.all(tasks), [true, false, false, true]);
 * assert.equal(pool.stats.done, 4);
 * ```
 *
 * @example Without `await using`
 * ```ts
 * import { InterpreterPoolExecutor } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
 * const task = pool.submit({ source: "args[0] + 1", args: [41], timeout: 60_000 });
 * await pool.shutdown();
 * assert.equal(await task, 42);
 * assert.equal(pool.size, 0);
 * ```
 *
 * @example Inside an interpreter
 * ```ts
 * import { create, InterpreterPoolExecutor } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * await using pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
 * await using interpreter = await create();
 * const source = "await pool.submit((n) => n * 2, 21)";
 * assert.equal(await interpreter.evaluate(source, { values: { pool } }), 42);
 * ```
 */
export class InterpreterPoolExecutor {
  readonly #id: number;
  readonly #pool: Pool;

  static {
    Object.defineProperty(this.prototype, HANDLE, { value: POOL });
    showAsText<InterpreterPoolExecutor>(this.prototype);
  }

  /**
   * Makes a pool. Its first worker is started with its first task.
   *
   * @param options How many workers, what initializes them, and what they are created with.
   * @throws {TypeError} An option has the wrong type, or there is no option of that name.
   * @throws {RangeError} A number is out of its range: `maxWorkers` is 0, for example.
   * @throws {InterpreterError} This code runs inside an interpreter, which can be handed a pool of
   *   the program instead.
   */
  constructor(options: InterpreterPoolOptions = {}) {
    const { id, pool } = handed ?? realm().createPool(checkPoolOptions(options));
    this.#id = id;
    this.#pool = pool;
    handles.set(id, this);
    dropped.register(this, pool);
  }

  /** The pool's id; ids start at 1, only grow, and none is used twice. */
  get id(): number {
    return this.#id;
  }

  /** The most workers that it may have. */
  get maxWorkers(): number {
    return this.#pool.maxWorkers;
  }

  /** How many workers it has, those that start and those that end included. */
  get size(): number {
    return this.#pool.size;
  }

  /** What it has done, what it has to do, and how long that takes. */
  get stats(): PoolStats {
    return this.#pool.stats;
  }

  /**
   * Calls a function in one of the workers; returns at once with a task, which can be awaited.
   *
   * Of the function the text is sent, as `Interpreter.call` does it: it may use its arguments,
   * what it declares itself, what the initializer has left in the namespace, and globals. The
   * arguments are copied now, the result when it is there.
   *
   * The task fails with what the function threw: an error of the same built-in class and with
   * the same message, whose `cause` is an `ExecutionFailedError` that tells the rest. It fails
   * with
   *
   * - a `NotShareableError` if an argument, the result or the function itself cannot cross: a
   *   closure, a method, a class;
   * - an `InterpreterTerminatedError` if its worker ended while it ran, by its `timeout` or else;
   * - a `QueueFullError` if so many tasks wait already;
   * - a `BrokenInterpreterPoolError` if the pool can have no worker;
   * - a `ValidationError` if the result does not fit the task's `schema`;
   * - a `CancelledError` if it was cancelled, or its signal's reason.
   *
   * Inside an interpreter the task fails, too, if the pool is shut down or broken, and if 10,000
   * requests of the interpreter have no answer yet. The program must not block on that run.
   *
   * A failure that nobody asks for is not reported. `cancel()` takes back a task that waits; one
   * that runs is ended by its `signal` or its `timeout`, with its worker, which is replaced.
   *
   * @typeParam A The function's parameters.
   * @typeParam R What the function gives.
   * @param fn The function, or an object that says more: `{ fn, args, priority, timeout }`.
   * @param args What to call it with.
   * @returns The task.
   * @throws {TypeError} What is given is no function and no task. Nothing was submitted.
   * @throws {RangeError} `timeout` is negative, or `priority` is `NaN`.
   * @throws {RuntimeError} The pool is shut down.
   * @throws {BrokenInterpreterPoolError} The pool is broken; `cause` has the reason.
   * @see CPython 3.14 `Executor.submit`.
   */
  submit<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    ...args: A
  ): Task<Awaited<R>>;
  /**
   * Calls a function as an object says.
   *
   * @typeParam A The function's parameters.
   * @typeParam R What the function gives.
   * @typeParam Output What a schema makes of that.
   * @param task The function, its arguments, what may end it, and what its result must fit.
   * @returns The task.
   */
  submit<A extends readonly unknown[], R, Output = Awaited<R>>(
    task: FunctionTask<A, R, Output>,
  ): Task<Output>;
  /**
   * Runs source, or calls what a module exports.
   *
   * @typeParam R What the caller knows the result to be; only a schema checks it.
   * @param task The source or the module, what may end it, and what its result must fit.
   * @returns The task.
   */
  submit<R = unknown>(task: SourceTask<R> | ModuleTask<R>): Task<R>;
  submit(...given: unknown[]): Task<unknown> {
    const submission = checkSubmission(given);
    try {
      return this.#pool.submit(submission);
    } catch (error) {
      throw atCaller(error, submission.caller);
    }
  }

  /**
   * Calls a function for each item, in all workers, and gives the results in the order of the
   * items.
   *
   * Without `buffersize` all items are taken at once, and so their tasks begin now; with it only
   * so many as are asked for next. Many short calls should go in chunks: `chunksize: "auto"`
   * finds out how many. What a call throws is thrown when its result is asked for, after those
   * before it. Whoever leaves the iteration cancels what has not begun.
   *
   * @typeParam A The items.
   * @typeParam R What the function gives.
   * @param fn What to call. Of it the text is sent, as `submit` does it.
   * @param items What to call it with; of several iterables one item each, until one ends.
   * @param options How far ahead, in which chunks, and how long.
   * @returns The results, to be asked for by `for await`. That throws what a call throws, a
   *   `DOMException` called `TimeoutError` when the time is up, and the signal's reason.
   * @throws {TypeError} `fn` is no function, `items` are not iterable, or an option has the wrong
   *   type.
   * @throws {RangeError} An option is out of its range.
   * @throws {RuntimeError} The pool is shut down.
   * @throws {BrokenInterpreterPoolError} The pool is broken; `cause` has the reason.
   * @throws The signal's reason, if it is aborted already.
   * @see CPython 3.14 `Executor.map`.
   *
   * @example A million squares
   * ```ts
   * import { InterpreterPoolExecutor } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * await using pool = new InterpreterPoolExecutor({ maxWorkers: 2 });
   * let sum = 0;
   * const squares = pool.map((n: number) => n * n, Array(100_000).keys(), { chunksize: "auto" });
   * for await (const square of squares) sum += square;
   * assert.equal(sum, 333328333350000);
   * ```
   */
  map<A, R>(
    fn: (item: A) => R,
    items: Iterable<A>,
    options?: MapOptions,
  ): AsyncIterableIterator<Awaited<R>>;
  /**
   * Calls a function with one item of each of two iterables at a time.
   *
   * @typeParam A The items of the first.
   * @typeParam B The items of the second.
   * @typeParam R What the function gives.
   * @param fn What to call.
   * @param first The first arguments.
   * @param more The second arguments, and options.
   * @returns The results.
   */
  map<A, B, R>(
    fn: (a: A, b: B) => R,
    first: Iterable<A>,
    ...more: [second: Iterable<B>, options?: MapOptions]
  ): AsyncIterableIterator<Awaited<R>>;
  /**
   * Calls a function with one item of each of some iterables at a time.
   *
   * @typeParam A The function's parameters.
   * @typeParam R What the function gives.
   * @param fn What to call.
   * @param given An iterable for each parameter, and options behind them.
   * @returns The results.
   */
  map<A extends readonly unknown[], R>(
    fn: (...items: A) => R,
    ...given: [...iterables: { [N in keyof A]: Iterable<A[N]> }, options?: MapOptions]
  ): AsyncIterableIterator<Awaited<R>>;
  map(fn: unknown, ...given: readonly unknown[]): AsyncIterableIterator<unknown> {
    return new Mapping(this.#pool, checkMap(fn, given));
  }

  /**
   * Gives the functions of a module, which run in this pool: each call is a task of its own, in
   * whichever worker is free. The module is loaded once in each worker, with the first call.
   *
   * Exports that are no functions stay behind, and so do generators: for those
   * `Interpreter.import` is right. Whether the module has a function of a name shows with the
   * call, whose task fails with a `TypeError` if it has none.
   *
   * @typeParam T The type of the module: `typeof import("./work.ts")`.
   * @param module Where it is: a URL, a package, or whatever an import in source may name.
   * @returns An object with the functions.
   * @throws {TypeError} `module` is neither a string nor a URL.
   * @see Not in Python, whose functions of modules are sent by their names.
   *
   * @example Functions of a file
   * ```ts
   * import { InterpreterPoolExecutor, type Pooled } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * interface Sums {
   *   add(a: number, b: number): number;
   * }
   * const url = "data:text/javascript,export const add = (a, b) => a + b";
   * await using pool = new InterpreterPoolExecutor({ maxWorkers: 2 });
   * const { add }: Pooled<Sums> = pool.import(url);
   * assert.deepEqual(await Promise.all([add(1, 2), add(3, 4)]), [3, 7]);
   * ```
   */
  import<T>(module: string | URL): Pooled<T> {
    // The check is that of a task.
    moduleJob(module, "default", []);
    const functions = pooled((name, args) => this.submit({ module, export: name, args }));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- T is what the caller knows
    return functions as unknown as Pooled<T>;
  }

  /**
   * Takes no more tasks, and resolves when those that it has are done and all workers are gone.
   *
   * With `cancelFutures` tasks that have not begun are cancelled. With `wait: false` it resolves
   * at once, and the rest goes on by itself. To shut down twice is fine. A function that a task
   * awaits must not wait for this: it would wait for its own task.
   *
   * @param options Whether to wait, and whether to cancel.
   * @throws {TypeError} An option has the wrong type, or there is no option of that name.
   * @throws {InterpreterError} This code runs inside an interpreter, which was handed the pool.
   * @see CPython 3.14 `Executor.shutdown`.
   *
   * @example Cancel what waits
   * ```ts
   * import { InterpreterPoolExecutor } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
   * const task = pool.submit(() => 1);
   * await pool.shutdown({ cancelFutures: true });
   * assert.equal(task.cancelled(), true);
   * assert.throws(() => pool.submit(() => 2), /shut down/);
   * ```
   */
  async shutdown(options: PoolShutdownOptions = {}): Promise<void> {
    const what = "Cannot shut a pool down";
    checkKeys(what, options, ["wait", "cancelFutures"]);
    const wait = checkBoolean(`${what}: wait`, options.wait, true);
    const cancelFutures = checkBoolean(`${what}: cancelFutures`, options.cancelFutures, false);
    await this.#pool.shutdown({ wait, cancelFutures });
  }

  /** Shuts down and waits, as `shutdown()` does; `await using` calls this. */
  // oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; isolatedDeclarations wants the global.
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** Gives the pool as text: `InterpreterPoolExecutor(open, 2 workers, 3 queued)`. */
  toString(): string {
    const { state, size, stats: { queued } } = this.#pool;
    return `InterpreterPoolExecutor(${state}, ${size} worker${
      size === 1 ? "" : "s"
    }, ${queued} queued)`;
  }
}

/** The executor of a pool that was handed over: one for each id. */
function executorOf(given: number): InterpreterPoolExecutor {
  const id = checkId("Cannot make an InterpreterPoolExecutor: id", given);
  const known = handles.get(id);
  if (known !== undefined) return known;
  handed = { id, pool: realm().findPool(id) };
  try {
    return new InterpreterPoolExecutor();
  } finally {
    handed = undefined;
  }
}

setHandleFactory(POOL, executorOf);
