// What ends many tasks at once. An `AbortSignal` with many listeners takes long to get another:
// it looks at all of them (Deno 2.9, Bun 1.4 and Node 20, measured).

import { SafeSet } from "../../primordials.ts";

/** Tells a task that it is to end: an `AbortSignal`, or as much of one. */
export interface EndSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { readonly once: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** The signal of many tasks. */
export class Ending implements EndSignal {
  readonly #listeners = new SafeSet<() => void>();
  aborted = false;
  reason: unknown;

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** Ends the tasks that have not ended. */
  abort(reason: unknown): void {
    this.aborted = true;
    this.reason = reason;
    this.#listeners.forEach((listener) => listener());
  }
}
