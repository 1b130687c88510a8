// Asks the system whether a thread has ended by itself, for a host that blocks
// (runtime/os_thread.ts). Where the system does not tell, the host learns of it later, when it
// no longer blocks.

import { hasEnded, isThreadName } from "../../runtime/os_thread.ts";

/** Asking costs some microseconds, and a host that blocks comes here a hundred times a second. */
const EVERY_MS = 100;

/** Whether one thread still lives. */
export class Liveness {
  #thread: string | undefined;
  #next = 0;

  /** Says what the system calls the thread; before that nobody can tell. */
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

  /** Whether the thread is there at this moment; `undefined` if nobody can tell. */
  isThere(): boolean | undefined {
    return this.#thread === undefined ? undefined : !hasEnded(this.#thread);
  }
}
