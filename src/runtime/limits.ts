// Limits of one thread's memory, which Deno and Node enforce alike: V8 asks what to do when its heap
// is nearly full, and the runtime answers by ending that worker.

import type { ThreadLimits } from "./adapter.ts";

/** The limits as `node:worker_threads` takes them; one that is not given is the runtime's own. */
export interface ResourceLimits {
  readonly maxOldGenerationSizeMb?: number;
  readonly stackSizeMb?: number;
}

/** Names the limits as the runtimes do. */
export function resourceLimits({ memoryMiB, stackMiB }: ThreadLimits): ResourceLimits {
  return {
    ...(memoryMiB === undefined ? {} : { maxOldGenerationSizeMb: memoryMiB }),
    ...(stackMiB === undefined ? {} : { stackSizeMb: stackMiB }),
  };
}

/** Whether a worker that ended with this error had run out of its memory. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}
