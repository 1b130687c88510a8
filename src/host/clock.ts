// Timers that a blocked host can fire by itself: its event loop, which would, does not run.

interface Pending {
  readonly deadline: number;
  readonly callback: () => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** A clock for XState's actors, whose delayed transitions also happen while the host blocks. */
export class HostClock {
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  /** Calls back after that time; the id returned calls it off. */
  setTimeout(callback: () => void, ms: number): number {
    const id = ++this.#lastId;
    const timer = setTimeout(() => this.#fire(id), ms);
    this.#pending.set(id, { deadline: performance.now() + ms, callback, timer });
    return id;
  }

  /** Calls one off; ignored if it has fired. */
  clearTimeout(id: number): void {
    clearTimeout(this.#pending.get(id)?.timer);
    this.#pending.delete(id);
  }

  /** Fires what is due, the earliest first. */
  advance(): void {
    if (this.#pending.size === 0) return;
    const now = performance.now();
    const due = [...this.#pending].filter(([, { deadline }]) => deadline <= now)
      .sort(([, a], [, b]) => a.deadline - b.deadline);
    for (const [id] of due) this.#fire(id);
  }

  /** Nothing if it has been called off, by one that was due before it perhaps. */
  #fire(id: number): void {
    const callback = this.#pending.get(id)?.callback;
    this.clearTimeout(id);
    callback?.();
  }
}
