// How long a supervisor waits before it starts a child again. Chance comes from a seed that the
// supervisor shows, so that what happened can be repeated.

import { checkKeys, isRecord, show } from "../../src/api/checks.ts";

/**
 * How long to wait before a restart, in milliseconds: a function of the attempt, or delays that
 * grow. The attempt is 1 for the first restart in a row. A row ends when the child has stayed up
 * for the supervisor's `period`.
 */
export type Backoff = ((attempt: number) => number) | GrowingBackoff;

/** Delays that grow from one restart in a row to the next. */
export interface GrowingBackoff {
  /** Milliseconds before the first restart in a row, 0 or more. */
  readonly initialMs: number;
  /**
   * What each delay is multiplied with for the next, 1 or more.
   * @default 2
   */
  readonly factor?: number;
  /**
   * Longest delay in milliseconds.
   * @default 30000
   */
  readonly maxMs?: number;
  /**
   * The part of each delay that chance may take away, from 0 to 1, so that many children do not
   * come back in the same moment.
   * @default 0
   */
  readonly jitter?: number;
  /** Where chance begins: the same seed gives the same delays. Absent: another one each time. */
  readonly seed?: number;
}

/** A backoff, checked. */
export interface Delays {
  /**
   * Milliseconds before a restart, the `attempt`-th in a row and the `count`-th of all; throws if
   * the user's function does, or gives no delay.
   */
  readonly delayOf: (attempt: number, count: number) => number;
  /** Where its chance begins; `undefined` if it has none. */
  readonly seed: number | undefined;
}

/** The longest delay that timers take. */
const LONGEST_MS = 2 ** 31 - 1;
const KEYS = ["initialMs", "factor", "maxMs", "jitter", "seed"];

/** The backoff, checked; without one nothing is waited for. */
export function checkBackoff(what: string, backoff: unknown): Delays {
  if (backoff === undefined) return { delayOf: () => 0, seed: undefined };
  if (typeof backoff === "function") {
    const delayOf = (attempt: number): number => {
      const ms: unknown = backoff(attempt);
      if (isIn(ms, 0, LONGEST_MS)) return ms;
      throw new RangeError(
        `Cannot restart a child: backoff(${attempt}) must return milliseconds from 0 to ` +
          `${LONGEST_MS}, received ${show(ms)}`,
      );
    };
    return { delayOf, seed: undefined };
  }
  if (!isRecord(backoff)) {
    throw new TypeError(
      `${what}: backoff must be a function or an object, received ${show(backoff)}`,
    );
  }
  checkKeys(`${what}: backoff`, backoff, KEYS);
  return growing(what, backoff);
}

function growing(what: string, options: Readonly<Record<string, unknown>>): Delays {
  const read = (name: string, range: readonly [from: number, to: number], fallback?: number) => {
    const value = options[name] ?? fallback;
    if (isIn(value, ...range)) return value;
    throw new RangeError(
      `${what}: backoff.${name} must be a number from ${range[0]} to ${range[1]}, received ${
        show(value)
      }`,
    );
  };
  const initialMs = read("initialMs", [0, LONGEST_MS]);
  const factor = read("factor", [1, 1e6], 2);
  const maxMs = read("maxMs", [0, LONGEST_MS], 30_000);
  const jitter = read("jitter", [0, 1], 0);
  const seed = read("seed", [0, 2 ** 32 - 1], Math.floor(Math.random() * 2 ** 32));
  const delayOf = (attempt: number, count: number): number => {
    const ms = Math.min(maxMs, initialMs * factor ** (attempt - 1));
    return jitter === 0 ? ms : ms * (1 - jitter * chance(seed, count));
  };
  return { delayOf, seed: jitter === 0 ? undefined : seed };
}

function isIn(value: unknown, from: number, to: number): value is number {
  return typeof value === "number" && value >= from && value <= to;
}

/** The n-th number of a seed, from 0 to 1 (mulberry32). */
function chance(seed: number, n: number): number {
  const state = (seed + Math.imul(n, 0x6d2b79f5)) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
