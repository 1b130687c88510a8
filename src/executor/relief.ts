// Tasks that are known to be short wait in the hands of a worker. If one of them takes long after
// all, those behind it are taken back: this looks again and again while there are any.

import { clearTimeout, setTimeout } from "node:timers";

/** A short task that takes longer than this holds others up. */
const LONG_MS = 50;

/** Looks after tasks that wait behind others. */
export class Relief {
  readonly #relieve: (longMs: number) => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param relieve Takes back what waits behind longer tasks; says whether to look again. */
  constructor(relieve: (longMs: number) => boolean) {
    this.#relieve = relieve;
  }

  /** Some worker has more than one task in hand. */
  watch(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#relieve(LONG_MS)) this.watch();
    }, LONG_MS);
    this.#timer.unref();
  }

  /** There is nothing more to look after. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
