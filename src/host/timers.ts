// Timers and watches that work while the host blocks as well: then neither timers of the
// event loop fire nor do promises settle, and the host looks at these by itself.

/** What is due later. */
export class Timers {
  readonly #watches = new Set<() => void>();

  /** Calls back after that time; the function returned calls it off. */
  after(ms: number, callback: () => void): () => void {
    const deadline = performance.now() + ms;
    const fire = () => {
      cancel();
      callback();
    };
    const timer = setTimeout(fire, ms);
    const unwatch = this.watch(() => {
      if (performance.now() >= deadline) fire();
    });
    const cancel = () => {
      clearTimeout(timer);
      unwatch();
    };
    return cancel;
  }

  /** Calls back again and again while the host blocks; the function returned ends that. */
  watch(look: () => void): () => void {
    this.#watches.add(look);
    return () => void this.#watches.delete(look);
  }

  /** Looks at all of them, for a host that blocks. */
  check(): void {
    for (const look of [...this.#watches]) {
      // One that was looked at before may have called this one off.
      if (this.#watches.has(look)) look();
    }
  }
}
