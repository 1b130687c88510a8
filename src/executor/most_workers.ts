// How many workers a pool may have when nobody says so.

import { availableParallelism } from "node:os";

/** CPython's own default: a few more than processors, for tasks that wait. */
const MORE_THAN_PROCESSORS = 4;
const MOST_BY_DEFAULT = 32;

/** The most workers of a pool that keeps at least so many. */
export function mostWorkers(minWorkers: number): number {
  return Math.max(
    minWorkers,
    Math.min(availableParallelism() + MORE_THAN_PROCESSORS, MOST_BY_DEFAULT),
  );
}
