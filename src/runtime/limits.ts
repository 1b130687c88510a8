// Limits of one thread's memory, which Deno and Node enforce alike: V8 asks what to do
// when its heap is nearly full, and the runtime answers by ending that worker.

import type { ThreadLimits } from "./adapter.ts";

/** What `node:worker_threads` takes; a limit that is not given is the runtime's own. */
export interface ResourceLimits {
  readonly maxOldGenerationSizeMb?: number;
  readonly stackSizeMb?: number;
}

/** The limits as the runtimes call them. */
export function resourceLimits({ memoryMiB, stackMiB }: ThreadLimits): ResourceLimits {
  return {
    ...(memoryMiB === undefined ? {} : { maxOldGenerationSizeMb: memoryMiB }),
    ...(stackMiB === undefined ? {} : { stackSizeMb: stackMiB }),
  };
}

/** Whether that is what a worker ends with that ran out of its memory. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}
