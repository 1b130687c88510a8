// Tells a guest which of its frames are handled, which lets it post more. A guest that
// floods is told late: Node hands out up to a thousand messages of a port in one go, new
// ones included. Held back so, timers of the program fire about twice as often under a
// flood of output (Node 20.20, measured; no difference on Deno 2.9 and Bun 1.4).

import { setTimeout } from "node:timers";
import { acknowledge, FRAME_WEIGHT } from "../channel/window.ts";

/** So much is handled before the rest of the program gets its turn: some milliseconds' worth. */
const BURST = 2 ** 18;

/** The receipts of one thread's frames. */
export class Receipts {
  readonly #bell: Int32Array;
  #burst = 0;
  #held = 0;

  constructor(bell: Int32Array) {
    this.#bell = bell;
  }

  /** A frame of that length is handled, or will be when the promise is fulfilled. */
  give(length: number, until: PromiseLike<void> | undefined): void {
    if (until !== undefined) {
      void until.then(() => acknowledge(this.#bell, 1));
      return;
    }
    this.#burst += FRAME_WEIGHT + length;
    if (this.#burst < BURST) {
      acknowledge(this.#bell, 1);
      return;
    }
    if (this.#held++ === 0) setTimeout(() => this.flush(), 0).unref();
  }

  /** Gives what is held back: a turn of the event loop has passed, or none will. */
  flush(): void {
    const held = this.#held;
    this.#held = 0;
    this.#burst = 0;
    if (held > 0) acknowledge(this.#bell, held);
  }
}
