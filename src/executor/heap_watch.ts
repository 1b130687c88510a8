// How much a worker's heap holds, looked at some times a second between tasks.

import { functionTarget, lineTo } from "../api/line.ts";

/** How long after a look there is another one. */
const PERIOD_MS = 100;

const MIB = 2 ** 20;

const LOOK = functionTarget("() => process.memoryUsage().heapUsed", "<heap>");

/** Watches the heap of one worker. */
export class HeapWatch {
  readonly #mostMiB: number;
  #nextMs = 0;

  constructor(mostMiB: number) {
    this.#mostMiB = mostMiB;
  }

  /** Whether it is time to look, and nothing is in the way. */
  isDue({ inHand }: { readonly inHand: number }): boolean {
    return inHand === 0 && performance.now() >= this.#nextMs;
  }

  /** Whether the heap of the interpreter with that id holds too much. */
  async isTooMuch(id: number): Promise<boolean> {
    const bytes = await new Promise<unknown>((succeed, fail) => {
      lineTo(id).post({ target: LOOK, args: [], inTurn: true }, { succeed, fail });
    });
    this.#nextMs = performance.now() + PERIOD_MS;
    return typeof bytes === "number" && bytes > this.#mostMiB * MIB;
  }
}
