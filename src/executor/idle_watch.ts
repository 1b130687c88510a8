// Wakes up when a worker has had nothing to do for long. One timer serves all workers of a pool,
// and does not keep the process alive.

import { clearTimeout, setTimeout } from "node:timers";
import { LONGEST_DELAY_MS } from "../api/realm.ts";

/** Watches how long the worker that has rested longest has done so. */
export class IdleWatch {
  readonly #timeoutMs: number;
  readonly #letGo: () => number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param letGo Lets go whoever has rested long enough; gives since when the next has rested. */
  constructor(timeoutMs: number, letGo: () => number | undefined) {
    this.#timeoutMs = timeoutMs;
    this.#letGo = letGo;
  }

  /** Somebody has rested since then. */
  look(sinceMs: number): void {
    if (this.#timer !== undefined || this.#timeoutMs >= LONGEST_DELAY_MS) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const next = this.#letGo();
      // Nobody rests, or whoever rests stays.
      if (next !== undefined) this.look(next);
    }, Math.max(sinceMs + this.#timeoutMs - performance.now(), 1));
    this.#timer.unref();
  }

  /** Watches no more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
