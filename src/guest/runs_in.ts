// Runs that come through a lane instead of the port (host/runs/run_lane.ts).

import { isTurnDue } from "../api/turns.ts";
import { type Channel, NOTHING, Spinner } from "../channel/channel.ts";
import type { RunFrame } from "./wire.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, queueMicrotask, setImmediate } = globalThis;

/** Takes runs from a lane until it is closed. */
export class IncomingRuns {
  readonly #calls: Channel;
  readonly #onRun: (frame: RunFrame) => void;
  readonly #spinner = new Spinner(true);

  /** @param onRun Begins a run; it returns when its synchronous part is over. */
  constructor(calls: Channel, onRun: (frame: RunFrame) => void) {
    this.#calls = calls;
    this.#onRun = onRun;
  }

  /** Begins what is there, and whatever comes. */
  serve(): void {
    if (isTurnDue()) {
      setImmediate(() => this.serve());
      return;
    }
    for (;;) {
      let item: unknown;
      try {
        item = this.#calls.tryRecv();
      } catch {
        // Closed: the host sends frames from now on, or nothing.
        return;
      }
      if (item === NOTHING) break;
      this.#begin(item);
    }
    this.#calls.startRecv({
      // Not in the middle of what the channel does.
      resolve: (item) =>
        queueMicrotask(() => {
          this.#begin(item);
          this.serve();
        }),
      reject: () => {},
    }, this.#spinner);
  }

  #begin(item: unknown): void {
    if (!Array.isArray(item)) return;
    // By index: source may have replaced what destructuring of a list takes.
    const call: unknown = item[0];
    const slot: unknown = item[1];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The host has sent it.
    const bytes = item[2] as Uint8Array | null;
    if (typeof call !== "number" || typeof slot !== "number") return;
    const args = bytes === null ? null : { bytes, shared: [] };
    this.#onRun({
      type: "run",
      call,
      slot,
      load: null,
      channels: null,
      values: null,
      args,
      budgetMs: null,
    });
  }
}
