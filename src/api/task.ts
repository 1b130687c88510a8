// What a call is that goes on by itself: it can be awaited, asked how it stands, and
// cancelled. Python's `Future`, as a promise.

import { CancelledError } from "../errors.ts";
import { reportError } from "../runtime/program.ts";
import { show } from "./checks.ts";

// Taken now: source may declare names of its own that hide these.
const { DOMException, Error, Object, TypeError, clearTimeout, setTimeout } = globalThis;
// Under another name: the type `Promise` is public.
const { Promise: PromiseClass } = globalThis;

/** How a task ended. */
type End<R> =
  | { readonly state: "done"; readonly value: R }
  | { readonly state: "failed" | "cancelled"; readonly error: unknown };

/** A method's type, so that a `Task<number>` is a `Task<unknown>`: TypeScript compares it both ways. */
type Takes<T> = { take(value: T): void }["take"];

/** What whoever runs a task does with it; each call but the first end has no effect. */
export interface TaskControl<R> {
  readonly task: Task<R>;
  /** It begins to run; `false` if it has been cancelled. */
  begin(): boolean;
  succeed(value: R): void;
  fail(error: unknown): void;
}

/** What a task asks of whoever runs it. */
export interface TaskHooks {
  /**
   * Takes back a task that has been handed over: `false` if it has begun. Absent: a task that
   * has not been said to begin can always be taken back.
   */
  withdraw?(): boolean;
  /** Whether a task that has been handed over has begun. Absent: `begin` says so. */
  hasBegun?(): boolean;
  /** Ends what runs; `false` if that cannot be. Absent: nothing that runs is cancelled. */
  readonly cancelRunning?: () => boolean;
  /** Told of an error that nobody has asked for by the next turn of the event loop. */
  readonly onUnobserved?: (error: unknown) => void;
}

const NO_HOOKS: TaskHooks = {};

let readFailure: (task: Task<unknown>) => boolean;

/** Whether a task has ended with an error, which then counts as asked for. */
export function hasFailed(task: Task<unknown>): boolean {
  return readFailure(task);
}

/** Whether it is this file that calls the constructor: a task of nobody would never end. */
let isMaking = false;
let makeTask: <R>(hooks: TaskHooks) => Task<R>;
let beginTask: (task: Task<unknown>) => boolean;
let settleTask: <R>(task: Task<R>, outcome: End<R>) => void;

/** Makes a task that somebody else runs. */
export function newTask<R>(hooks: TaskHooks = NO_HOOKS): TaskControl<R> {
  return new Control(makeTask<R>(hooks));
}

/** A class, because a pool makes thousands at once: one object is cheaper than three functions. */
class Control<R> implements TaskControl<R> {
  readonly task: Task<R>;

  constructor(task: Task<R>) {
    this.task = task;
  }

  begin(): boolean {
    return beginTask(this.task);
  }

  succeed(value: R): void {
    settleTask(this.task, { state: "done", value });
  }

  fail(error: unknown): void {
    settleTask(this.task, { state: "failed", error });
  }
}

/**
 * A call that goes on by itself, on another thread. It can be awaited like a promise.
 *
 * It differs from a promise in two ways: it can be asked how it stands and cancelled, and
 * a task that fails while nobody awaits it does not end the program.
 *
 * @typeParam R What the call gives.
 * @see CPython `concurrent.futures.Future`, whose method names these are.
 *
 * @example Await it, or ask
 * ```ts
 * import { create } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * await using interpreter = await create();
 * const task = interpreter.callInThread((n: number) => n * 2, 21);
 * assert.equal(task.done(), false);
 * assert.equal(await task, 42);
 * assert.equal(task.done(), true);
 * ```
 *
 * @example How it ended
 * ```ts
 * import { create, type Task } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * await using interpreter = await create();
 * const task = interpreter.callInThread((): number => {
 *   throw new RangeError("too far");
 * });
 * const ended: Task<number>[] = [];
 * task.addDoneCallback((one) => ended.push(one));
 * assert.equal(task.running(), true);
 * await task.join();
 * assert.deepEqual([ended[0] === task, task.cancelled(), task.cancel()], [true, false, false]);
 * assert.match(String(await task.exception()), /too far/);
 * await assert.rejects(task.result({ timeout: 1_000 }), /too far/);
 * assert.equal(await task.catch(() => 0).then((n) => n + 1).finally(() => {}), 1);
 * ```
 */
export class Task<R> implements Promise<R> {
  /** `"Task"`, for `Object.prototype.toString`. */
  // oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads.
  declare readonly [Symbol.toStringTag]: string;
  #state: "pending" | "running" | "ended" = "pending";
  #outcome: End<R> | undefined;
  #isObserved = false;
  /** None when it has ended: whoever keeps the task keeps nothing else. */
  #hooks: TaskHooks;
  /** Made for the first who waits. */
  #promise: Promise<R> | undefined;
  #resolve: Takes<R> | undefined;
  #reject: Takes<unknown> | undefined;
  #callbacks: Takes<Task<R>>[] | undefined;

  static {
    readFailure = (task) => task.#outcome?.state === "failed";
    makeTask = <T>(hooks: TaskHooks) => {
      isMaking = true;
      const task = new this<T>(hooks);
      isMaking = false;
      return task;
    };
    beginTask = (task) => {
      if (task.#state === "pending") task.#state = "running";
      return task.#state === "running";
    };
    settleTask = (task, outcome) => task.#settle(outcome);
  }

  private constructor(hooks: TaskHooks) {
    if (!isMaking) {
      throw new TypeError("Cannot make a Task: submit() and callInThread() make tasks");
    }
    this.#hooks = hooks;
  }

  /**
   * Cancels the task. A task that has not begun is not run. What becomes of one that runs
   * depends on what made it: `callInThread` ends the interpreter, a pool lets it go on.
   *
   * @returns Whether it is cancelled; `false` if it goes on or has ended.
   */
  cancel(): boolean {
    const canEnd = this.#state === "pending"
      ? this.#hooks.withdraw?.() !== false
      : this.#state === "running" && this.#hooks.cancelRunning?.() === true;
    if (canEnd) {
      this.#settle({ state: "cancelled", error: new CancelledError("The task was cancelled") });
    }
    return this.cancelled();
  }

  /** Whether it was cancelled. */
  cancelled(): boolean {
    return this.#outcome?.state === "cancelled";
  }

  /** Whether it runs now. */
  running(): boolean {
    return this.#state === "running" ||
      (this.#state === "pending" && this.#hooks.hasBegun?.() === true);
  }

  /** Whether it has ended: with a result, with an error, or cancelled. */
  done(): boolean {
    return this.#state === "ended";
  }

  /**
   * Waits for the result, and resolves to it, as `await` of the task does.
   *
   * @param options The longest wait.
   * @throws {CancelledError} The task was cancelled.
   * @throws {TimeoutError} A `DOMException`: the task has not ended in time, and goes on.
   * @throws {TypeError} `timeout` is not a number of milliseconds of at least 0.
   * @throws What the call threw.
   */
  async result(options?: { readonly timeout?: number }): Promise<R> {
    return valueOf(await this.#wait(options?.timeout));
  }

  /**
   * Waits for the end, and resolves to the error of the call; to `undefined` if it has a result.
   *
   * @param options The longest wait.
   * @throws {CancelledError} The task was cancelled.
   * @throws {TimeoutError} A `DOMException`: the task has not ended in time, and goes on.
   * @throws {TypeError} `timeout` is not a number of milliseconds of at least 0.
   */
  async exception(options?: { readonly timeout?: number }): Promise<unknown> {
    const outcome = await this.#wait(options?.timeout);
    if (outcome.state === "cancelled") throw outcome.error;
    return outcome.state === "failed" ? outcome.error : undefined;
  }

  /** Waits for the end, and resolves when the task has ended, however it has. */
  async join(): Promise<void> {
    await this.#ended();
  }

  /**
   * Calls a function with the task when it has ended, now if it has. Functions are called
   * in the order in which they were given; what one throws is reported and stops no other.
   *
   * @param callback What to call.
   * @throws {TypeError} It is not a function.
   */
  addDoneCallback(callback: (task: Task<R>) => void): void {
    if (typeof callback !== "function") {
      throw new TypeError(
        `Cannot add a callback to a task: it must be a function, received ${show(callback)}`,
      );
    }
    this.#isObserved = true;
    if (this.done()) this.#call(callback);
    else (this.#callbacks ??= []).push(callback);
  }

  /** As a promise's `then`: resolves to what the function that is called gives. */
  // oxlint-disable-next-line unicorn/no-thenable -- it is awaited
  then<A = R, B = never>(
    onResult?: ((value: R) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#promised().then(onResult, onError);
  }

  /** As a promise's `catch`: resolves to the result, or to what the function gives. */
  catch<B = never>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<R | B> {
    return this.then(undefined, onError);
  }

  /** As a promise's `finally`: resolves to the result once the function has been called. */
  finally(onEnd?: (() => void) | null): Promise<R> {
    return this.then((value) => value).finally(onEnd);
  }

  /** `Task(running)`. */
  toString(): string {
    return `Task(${this.#outcome?.state ?? (this.running() ? "running" : "pending")})`;
  }

  #settle(outcome: End<R>): void {
    if (this.done()) return;
    this.#state = "ended";
    this.#outcome = outcome;
    this.#keepPromise(outcome);
    const callbacks = this.#callbacks;
    if (callbacks !== undefined) {
      this.#callbacks = undefined;
      for (const callback of callbacks) this.#call(callback);
    }
    const { onUnobserved } = this.#hooks;
    this.#hooks = NO_HOOKS;
    if (outcome.state !== "failed" || onUnobserved === undefined) return;
    const { error } = outcome;
    setTimeout(() => {
      if (!this.#isObserved) onUnobserved(error);
    }, 0);
  }

  #call(callback: (task: Task<R>) => void): void {
    try {
      callback(this);
    } catch (error) {
      // Nobody may miss its call for another's mistake.
      reportError("a callback of a task", error);
    }
  }

  /** The task as a promise, whose errors count as asked for. */
  #promised(): Promise<R> {
    this.#isObserved = true;
    if (this.#promise !== undefined) return this.#promise;
    this.#promise = new PromiseClass<R>(keepSettlers);
    this.#resolve = made.resolve;
    this.#reject = made.reject;
    keepSettlers(undefined, undefined);
    if (this.#outcome !== undefined) this.#keepPromise(this.#outcome);
    return this.#promise;
  }

  #keepPromise(outcome: End<R>): void {
    if (outcome.state === "done") this.#resolve?.(outcome.value);
    else this.#reject?.(outcome.error);
    this.#resolve = undefined;
    this.#reject = undefined;
  }

  /** Resolves when it has ended, however it has. */
  async #ended(): Promise<void> {
    await this.#promised().then(nothing, nothing);
  }

  async #wait(timeout: number | undefined): Promise<End<R>> {
    this.#isObserved = true;
    if (timeout !== undefined && (typeof timeout !== "number" || !(timeout >= 0))) {
      throw new TypeError(
        `Cannot wait for a task: timeout must be a number of milliseconds of at least 0, received ${
          show(timeout)
        }`,
      );
    }
    if (this.#outcome === undefined) {
      await (timeout === undefined ? this.#ended() : endsWithin(this.#ended(), timeout));
    }
    if (this.#outcome === undefined) throw new Error("Invariant: a task that has ended has an end");
    return this.#outcome;
  }
}

// oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads.
Object.defineProperty(Task.prototype, Symbol.toStringTag, { value: "Task", configurable: true });

function valueOf<R>(outcome: End<R>): R {
  if (outcome.state === "done") return outcome.value;
  throw outcome.error;
}

/** What settles the promise that was made last: one function for all of them is cheaper. */
const made: { resolve: Takes<never> | undefined; reject: Takes<unknown> | undefined } = {
  resolve: undefined,
  reject: undefined,
};

function keepSettlers(resolve: typeof made.resolve, reject: typeof made.reject): void {
  made.resolve = resolve;
  made.reject = reject;
}

function nothing(): void {}

async function endsWithin(ended: Promise<void>, timeout: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new PromiseClass<never>((_, reject) => {
    const error = new DOMException(
      `The task has not ended within ${timeout} ms`,
      "TimeoutError",
    );
    timer = setTimeout(() => reject(error), timeout);
  });
  try {
    await PromiseClass.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}
