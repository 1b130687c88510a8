// Whether a thread has ended by itself, for a host that blocks (runtime/os_thread.ts).
// Where the system does not tell, the host learns of it when it no longer blocks.

import { hasEnded, isThreadName } from "../../runtime/os_thread.ts";

/** A look costs some microseconds; a host that blocks looks up a hundred times a second. */
const EVERY_MS = 100;

/** The pulse of one thread. */
export class Pulse {
  #thread: string | undefined;
  #next = 0;

  /** From now on the thread can be looked at. */
  watch(thread: string | null): void {
    if (thread !== null && isThreadName(thread)) this.#thread = thread;
  }

  /** Whether it is known to have ended. */
  hasStopped(): boolean {
    const now = performance.now();
    if (this.#thread === undefined || now < this.#next) return false;
    this.#next = now + EVERY_MS;
    return hasEnded(this.#thread);
  }

  /** Whether the thread is there at this moment; `undefined`: nobody tells. */
  isThere(): boolean | undefined {
    return this.#thread === undefined ? undefined : !hasEnded(this.#thread);
  }
}
