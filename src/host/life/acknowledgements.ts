// Tells a guest how many of its frames are handled, which lets it post more. A guest that floods
// is told late: Node hands out up to a thousand messages of a port in one go, new ones included.
// So timers of the program fire about twice as often under a flood of output (Node 20.20,
// measured; no difference on Deno 2.9 and Bun 1.4).

import { setTimeout } from "node:timers";
import { acknowledge, CAPACITY } from "../../channel/wake/frame_window.ts";

const { min } = Math;

/** How much is handled before the rest of the program gets its turn: some milliseconds' worth. */
const BURST = 2 ** 18;
/**
 * More than a guest can have outstanding, unless source got at its port: a guest posts only
 * within its window, and no frame counts more than the window, whatever it weighs.
 */
const FLOOD = 2 * CAPACITY;

/** The acknowledgements of one thread's frames. */
export class Acknowledgements {
  readonly #bell: Int32Array;
  #burst = 0;
  #held = 0;
  #heldWeight = 0;
  /** What has come in that the guest has not been told of as handled. */
  #outstanding = 0;

  constructor(bell: Int32Array) {
    this.#bell = bell;
  }

  /** Whether the guest has more outstanding than its window allows. */
  get isFlood(): boolean {
    return this.#outstanding > FLOOD;
  }

  /** A frame of that weight is handled, or will be when the promise is fulfilled. */
  give(frameWeight: number, until: PromiseLike<void> | undefined): void {
    const weight = min(frameWeight, CAPACITY);
    if (until !== undefined) {
      this.#outstanding += weight;
      void until.then(() => {
        this.#outstanding -= weight;
        acknowledge(this.#bell, 1);
      });
      return;
    }
    this.#burst += weight;
    if (this.#burst < BURST) {
      acknowledge(this.#bell, 1);
      return;
    }
    this.#outstanding += weight;
    this.#heldWeight += weight;
    if (this.#held++ === 0) setTimeout(() => this.flush(), 0).unref();
  }

  /** Tells the guest what was held back: a turn of the event loop has passed, or none will. */
  flush(): void {
    const held = this.#held;
    this.#outstanding -= this.#heldWeight;
    this.#held = 0;
    this.#heldWeight = 0;
    this.#burst = 0;
    if (held > 0) acknowledge(this.#bell, held);
  }
}
