// What a handle is of whose pool the program has no more: a pool that is shut.

import type { Pool } from "../../api/pool/pool.ts";
import { DurationRecorder } from "../../executor/durations.ts";
import { shutDownError } from "../../executor/shut_down.ts";
import type { PoolStats } from "../../protocol/pool_state.ts";

/** A pool that is no more. */
export class GonePool implements Pool {
  readonly maxWorkers = 0;
  readonly size = 0;
  readonly state = "shut";

  get stats(): PoolStats {
    const none = new DurationRecorder().describe();
    const counts = { workers: 0, queued: 0, running: 0, done: 0, failed: 0, cancelled: 0 };
    return { ...counts, waitingTime: none, runningTime: none };
  }

  submit(): never {
    throw shutDownError();
  }

  async shutdown(): Promise<void> {}

  abandon(): void {}
}
