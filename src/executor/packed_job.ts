// A task as it goes to an interpreter: its values are bytes from `submit` on, so that what the
// caller changes afterwards makes no difference.

import type { Job } from "../api/pool/pool.ts";
import {
  type CheckedRunOptions,
  checkRunOptions,
  detachMoved,
  pack,
  type RunOptions,
} from "../api/run_options.ts";

/** A run that does a job. */
export interface PackedJob {
  readonly source: string;
  readonly options: CheckedRunOptions;
}

/** How a job is packed. */
export interface Packing {
  /** What cannot be done if a value cannot cross, for the message. */
  readonly what: string;
  readonly timeoutMs: number;
  /** Buffers that move with it; from now on the caller has them no more. */
  readonly moved: readonly ArrayBuffer[] | undefined;
}

/**
 * Packs a job.
 *
 * @throws {NotShareableError | RangeError} An argument cannot cross, or all are too long.
 */
export function packJob(job: Job, { what, timeoutMs, moved }: Packing): PackedJob {
  const { source, isFunction, args, filename } = job;
  const given: RunOptions = isFunction ? { filename } : {
    filename,
    values: { args },
    ...(moved === undefined ? {} : { transfer: moved }),
  };
  const options = checkRunOptions(what, given, true);
  return {
    source,
    options: detachMoved({
      ...options,
      timeoutMs,
      args: isFunction ? pack(what, args, { name: "a list of arguments", moved }) : null,
    }),
  };
}
