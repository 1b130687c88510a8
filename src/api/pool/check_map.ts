// What `map` is given, and its check.

import { checkKeys, checkSignal, checkTimeout, isRecord, show } from "../checks.ts";
import { functionJob } from "./check_submission.ts";
import type { Job } from "./pool.ts";

// Taken now: source may declare names of its own that hide these.
const { Infinity: UNLIMITED, Number, RangeError, Symbol, TypeError } = globalThis;

const WHAT = "Cannot map";

/** What is mapped, and how. */
export interface CheckedMap {
  readonly job: Job;
  readonly iterables: readonly Iterable<unknown>[];
  /** `Infinity`: all items are taken at once. */
  readonly buffersize: number;
  readonly chunksize: number | "auto";
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** A function, iterables, and maybe options behind them. */
export function checkMap(fn: unknown, given: readonly unknown[]): CheckedMap {
  if (typeof fn !== "function") {
    throw new TypeError(`${WHAT}: fn must be a function, received ${show(fn)}`);
  }
  const last = given.at(-1);
  const hasOptions = given.length > 0 && !isIterable(last);
  const iterables = hasOptions ? given.slice(0, -1) : given;
  for (const iterable of iterables) {
    if (isIterable(iterable)) continue;
    throw new TypeError(`${WHAT}: it takes iterables, received ${show(iterable)}`);
  }
  if (hasOptions && !isRecord(last)) {
    throw new TypeError(
      `${WHAT}: the last argument must be an iterable or options, received ${show(last)}`,
    );
  }
  const options: Readonly<Record<string, unknown>> = hasOptions && isRecord(last) ? last : {};
  checkKeys(WHAT, options, ["buffersize", "chunksize", "timeout", "signal"]);
  const { buffersize, chunksize = 1, timeout, signal } = options;
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is a function
    job: functionJob(fn as (...args: never[]) => unknown, []),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each of them is one
    iterables: iterables as readonly Iterable<unknown>[],
    buffersize: buffersize === undefined ? UNLIMITED : checkSize("buffersize", buffersize),
    chunksize: chunksize === "auto" ? chunksize : checkSize("chunksize", chunksize),
    timeoutMs: checkTimeout(WHAT, timeout),
    signal: checkSignal(WHAT, signal),
  };
}

function isIterable(value: unknown): value is Iterable<unknown> {
  if (typeof value === "string") return true;
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function checkSize(name: string, value: unknown): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new TypeError(`${WHAT}: ${name} must be a whole number, received ${show(value)}`);
  }
  if (value < 1) throw new RangeError(`${WHAT}: ${name} must be at least 1, received ${value}`);
  return value;
}
