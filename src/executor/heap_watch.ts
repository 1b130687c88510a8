// How much a worker's heap holds, looked at some times a second between tasks.

import { clearTimeout, setTimeout } from "node:timers";
import { functionTarget, lineTo } from "../api/line.ts";

/** How long after a look there is another one. */
const PERIOD_MS = 100;

/** An idle worker that has not answered by then is not idle: a task has left something behind. */
const PATIENCE_MS = 2_000;

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

  /**
   * Whether the heap of the interpreter with that id holds too much. It does if that cannot be
   * told: a task has ended the interpreter, or spoiled what tells it.
   */
  async isTooMuch(id: number): Promise<boolean> {
    const bytes = await new Promise<unknown>((succeed) => {
      const timer = setTimeout(() => succeed(undefined), PATIENCE_MS);
      const end = (told: unknown) => {
        clearTimeout(timer);
        succeed(told);
      };
      try {
        lineTo(id).post({ target: LOOK, args: [], inTurn: true }, {
          succeed: end,
          fail: () => end(undefined),
        });
      } catch {
        end(undefined);
      }
    });
    this.#nextMs = performance.now() + PERIOD_MS;
    return !(typeof bytes === "number" && bytes <= this.#mostMiB * MIB);
  }
}
