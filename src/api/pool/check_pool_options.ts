// The check of a pool's options. Those for the workers are checked here as well: they are wrong
// when the pool is made, not when its first worker starts.

import { checkCreateOptions, CREATE_KEYS } from "../check_create_options.ts";
import { checkKeys, checkTimeout, isRecord, show } from "../checks.ts";
import { functionJob } from "./check_submission.ts";
import type { InterpreterPoolOptions, RecycleLimits } from "./options.ts";
import type { CheckedPoolOptions, Job } from "./pool.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Number, RangeError, TypeError } = globalThis;

const WHAT = "Cannot make an InterpreterPoolExecutor";

/** How long a worker with nothing to do stays, unless the options say. */
const IDLE_TIMEOUT_MS = 60_000;

/** A task has a signal of its own. */
const KEYS: readonly string[] = [
  ...[
    "maxWorkers",
    "minWorkers",
    "idleTimeout",
    "maxQueue",
    "initializer",
    "initargs",
    "initializerTimeout",
    "recycleAfter",
  ] satisfies (keyof InterpreterPoolOptions)[],
  ...CREATE_KEYS.filter((key) => key !== "signal"),
];

/** The options of a pool, checked. */
export function checkPoolOptions(given: InterpreterPoolOptions): CheckedPoolOptions {
  // Whoever writes JavaScript gives anything.
  const options: InterpreterPoolOptions = given;
  if (!isRecord(given)) {
    throw new TypeError(`${WHAT}: options must be an object, received ${show(given)}`);
  }
  const {
    maxWorkers,
    minWorkers,
    idleTimeout,
    maxQueue,
    initializer,
    initargs,
    initializerTimeout,
    recycleAfter,
    name,
    ...create
  } = options;
  if ("signal" in create) {
    throw new TypeError(`${WHAT}: there is no option signal; give one to submit()`);
  }
  checkKeys(WHAT, options, KEYS);
  checkCreateOptions(name === undefined ? create : { ...create, name });
  const most = maxWorkers === undefined ? undefined : checkCount("maxWorkers", maxWorkers, 1);
  const few = minWorkers === undefined ? 0 : checkCount("minWorkers", minWorkers, 0);
  if (most !== undefined && few > most) {
    throw new RangeError(`${WHAT}: minWorkers must be at most maxWorkers, received ${few}`);
  }
  return {
    maxWorkers: most,
    minWorkers: few,
    idleTimeoutMs: idleTimeout === undefined
      ? IDLE_TIMEOUT_MS
      : checkTimeout(WHAT, idleTimeout, "idleTimeout"),
    maxQueue: maxQueue === undefined || maxQueue === Infinity
      ? Infinity
      : checkCount("maxQueue", maxQueue, 0),
    initializer: checkInitializer(initializer, initargs),
    initializerTimeoutMs: checkTimeout(WHAT, initializerTimeout, "initializerTimeout"),
    recycleAfter: checkRecycleAfter(recycleAfter),
    name,
    create,
  };
}

function checkCount(name: string, value: unknown, least: number): number {
  if (typeof value !== "number") {
    throw new TypeError(`${WHAT}: ${name} must be a number, received ${show(value)}`);
  }
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(
      `${WHAT}: ${name} must be a whole number of at least ${least}, received ${value}`,
    );
  }
  return value;
}

function checkInitializer(
  initializer: InterpreterPoolOptions["initializer"],
  initargs: unknown = [],
): Job | undefined {
  if (!Array.isArray(initargs)) {
    throw new TypeError(`${WHAT}: initargs must be an array, received ${show(initargs)}`);
  }
  if (initializer === undefined) return undefined;
  if (typeof initializer !== "function") {
    throw new TypeError(`${WHAT}: initializer must be a function, received ${show(initializer)}`);
  }
  return functionJob(initializer, initargs);
}

function checkRecycleAfter(recycleAfter: unknown): RecycleLimits {
  if (recycleAfter === undefined) return {};
  checkKeys(`${WHAT}: recycleAfter`, recycleAfter, ["tasks", "heapMiB"]);
  const { tasks, heapMiB }: { tasks?: unknown; heapMiB?: unknown } = { ...recycleAfter };
  return {
    ...(tasks === undefined ? {} : { tasks: checkCount("recycleAfter.tasks", tasks, 1) }),
    ...(heapMiB === undefined ? {} : { heapMiB: checkCount("recycleAfter.heapMiB", heapMiB, 1) }),
  };
}
