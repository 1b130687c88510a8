// A task that is a run of its worker's interpreter: source, or a function with what the host has
// to end by itself. Its values are as they were when it was submitted.

import {
  type CheckedRunOptions,
  checkRunOptions,
  detachMoved,
  pack,
  type RunOptions,
} from "../run_options.ts";
import type { Job } from "./pool.ts";

/** A run of a worker's interpreter, which has nothing else in hand meanwhile. */
export interface RunJob {
  readonly kind: undefined;
  readonly source: string;
  readonly options: CheckedRunOptions;
  /** Runs it in the interpreter of an id. Absent: as every other run. */
  readonly run?: (id: number) => Promise<unknown>;
}

/** How a run is prepared. */
export interface PreparingRun {
  /** What cannot be done if a value cannot cross, for the message. */
  readonly what: string;
  readonly timeoutMs: number;
  /** Buffers that move with it; from now on the caller has them no more. */
  readonly moved: readonly ArrayBuffer[] | undefined;
}

/**
 * Prepares a task that is a run.
 *
 * @throws {NotShareableError | RangeError} An argument cannot cross, or all are too long.
 */
export function prepareRun(
  { source, isFunction, args, filename }: Job,
  { what, timeoutMs, moved }: PreparingRun,
): RunJob {
  const given: RunOptions = isFunction ? { filename } : {
    filename,
    values: { args },
    ...(moved === undefined ? {} : { transfer: moved }),
  };
  const options = checkRunOptions(what, given, true);
  return {
    kind: undefined,
    source,
    options: detachMoved({
      ...options,
      timeoutMs,
      args: isFunction ? pack(what, args, { name: "a list of arguments", moved }) : null,
    }),
  };
}
