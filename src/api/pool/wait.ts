// Waiting for several tasks: until all or one of them have ended, or in the order of their ends.

import { checkKeys, checkTimeout, show } from "../checks.ts";
import { hasFailed, Task } from "../task.ts";
import type { WaitForTasksOptions } from "./options.ts";

// Taken now: source may declare names of its own that hide these.
const { DOMException, Promise: PromiseClass, Set: SetClass, Symbol, TypeError } = globalThis;
const { clearTimeout, performance, setTimeout } = globalThis;

const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Tasks that have ended, and those that have not. */
export interface DoneAndNotDone<T> {
  /** Those that have ended, however. */
  readonly done: Set<T>;
  /** The others. */
  readonly notDone: Set<T>;
}

/**
 * Waits for several tasks, and resolves to those that have ended and those that have not.
 *
 * It rejects neither when a task fails nor when the time is up. A task that is given twice
 * counts once.
 *
 * @typeParam T The tasks' type.
 * @param tasks What is waited for.
 * @param options Until when.
 * @returns Two sets.
 * @throws {TypeError} `tasks` is no iterable of tasks, or an option has the wrong type or name.
 * @throws {RangeError} `timeout` is negative.
 * @see CPython `concurrent.futures.wait`.
 *
 * @example The first of two
 * ```ts
 * import { InterpreterPoolExecutor, wait } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * await using pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
 * const first = pool.submit(() => 1);
 * const tasks = [first, pool.submit(() => 2)];
 * const { done } = await wait(tasks, { returnWhen: "FIRST_COMPLETED" });
 * assert.ok(done.has(first));
 * assert.equal((await wait(tasks)).notDone.size, 0);
 * ```
 */
export async function wait<T extends Task<unknown>>(
  tasks: Iterable<T>,
  options: WaitForTasksOptions = {},
): Promise<DoneAndNotDone<T>> {
  const what = "Cannot wait for tasks";
  const all = checkTasks(what, tasks);
  checkKeys(what, options, ["returnWhen", "timeout"]);
  const { returnWhen = "ALL_COMPLETED", timeout } = options;
  if (!["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"].includes(returnWhen)) {
    throw new TypeError(
      `${what}: returnWhen must be "ALL_COMPLETED", "FIRST_COMPLETED" or "FIRST_EXCEPTION", received ${
        show(returnWhen)
      }`,
    );
  }
  const timeoutMs = checkTimeout(what, timeout);
  const notDone = new SetClass(all);
  const done = new SetClass<T>();
  await new PromiseClass<void>((resolve) => {
    const timer = timeoutMs < LONGEST_DELAY_MS ? setTimeout(resolve, timeoutMs) : undefined;
    const end = () => {
      clearTimeout(timer);
      resolve();
    };
    if (all.size === 0) end();
    for (const task of all) {
      task.addDoneCallback(() => {
        notDone.delete(task);
        done.add(task);
        const isEnough = returnWhen === "FIRST_COMPLETED" ||
          (returnWhen === "FIRST_EXCEPTION" && hasFailed(task));
        if (isEnough || notDone.size === 0) end();
      });
    }
  });
  // What ends from now on is not in them.
  return { done: new SetClass(done), notDone: new SetClass(notDone) };
}

/**
 * Gives tasks as they end, first those that have ended already; each once.
 *
 * @typeParam T The tasks' type.
 * @param tasks What is waited for.
 * @param options The longest wait for all of them, in milliseconds, counted from the call.
 * @returns An async iterator. It throws a `DOMException` called `TimeoutError` when the time is up.
 * @throws {TypeError} `tasks` is no iterable of tasks, or `timeout` is no number.
 * @throws {RangeError} `timeout` is negative.
 * @see CPython `concurrent.futures.as_completed`.
 *
 * @example As they end
 * ```ts
 * import { asCompleted, InterpreterPoolExecutor } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * await using pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
 * const seen: number[] = [];
 * const tasks = [1, 2].map((n) => pool.submit((given: number) => given, n));
 * for await (const task of asCompleted(tasks)) seen.push(await task);
 * assert.deepEqual(seen, [1, 2]);
 * ```
 */
export function asCompleted<T extends Task<unknown>>(
  tasks: Iterable<T>,
  options: { readonly timeout?: number } = {},
): AsyncIterableIterator<T> {
  const what = "Cannot wait for tasks";
  const all = checkTasks(what, tasks);
  checkKeys(what, options, ["timeout"]);
  const deadline = performance.now() + checkTimeout(what, options.timeout);
  const ended: T[] = [];
  let wake = (): void => {};
  for (const task of all) {
    task.addDoneCallback(() => {
      ended.push(task);
      wake();
    });
  }
  return inOrder(ended, { count: all.size, deadline, onMore: (call) => wake = call });
}

/** Not a generator: that would await each task. */
function inOrder<T>(
  ended: readonly T[],
  { count, deadline, onMore }: {
    readonly count: number;
    readonly deadline: number;
    readonly onMore: (wake: () => void) => void;
  },
): AsyncIterableIterator<T> {
  let at = 0;
  let isOver = false;
  let last: Promise<unknown> = PromiseClass.resolve();
  const step = async (): Promise<IteratorResult<T, undefined>> => {
    while (!isOver && at < count) {
      const task = ended[at];
      if (task !== undefined) {
        at++;
        return { value: task, done: false };
      }
      const left = deadline - performance.now();
      if (left <= 0) {
        isOver = true;
        throw new DOMException(`${count - at} (of ${count}) futures unfinished`, "TimeoutError");
      }
      await within(left, onMore);
    }
    return { value: undefined, done: true };
  };
  return {
    next() {
      // Whoever asks again before there is an answer waits behind it.
      const next = last.then(step, step);
      last = next;
      return next;
    },
    return() {
      isOver = true;
      return PromiseClass.resolve({ value: undefined, done: true });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Resolves after that time, or when it is woken. */
function within(ms: number, onMore: (wake: () => void) => void): Promise<void> {
  return new PromiseClass((resolve) => {
    const timer = ms < LONGEST_DELAY_MS ? setTimeout(resolve, ms) : undefined;
    onMore(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function checkTasks<T extends Task<unknown>>(what: string, tasks: Iterable<T>): Set<T> {
  const given: unknown = tasks;
  if (typeof given !== "object" || given === null || !(Symbol.iterator in given)) {
    throw new TypeError(`${what}: tasks must be an iterable, received ${show(given)}`);
  }
  const all = new SetClass(tasks);
  for (const task of all) {
    if (task instanceof Task) continue;
    throw new TypeError(`${what}: tasks must be tasks, one is ${show(task)}`);
  }
  return all;
}
