// A queue as one realm has it: a channel whose ends nobody counts, and that may be full. It
// closes when it is shut down, and never by itself.

import { Channel } from "./channel.ts";
import { CLOSED, CLOSING, STATE, type UnboundItems } from "./memory/layout.ts";
import type { Putting, Waiting } from "./put.ts";
import type { QueueCore } from "./queue_core.ts";
import type { GiveUp, Settle } from "./waiting.ts";

export type { Waiting } from "./put.ts";

// Taken now: source may declare names of its own that hide these.
const { Atomics, Error } = globalThis;
const { store } = Atomics;

/** One queue in one realm; a realm has one of these for each queue. */
export class SharedQueue extends Channel {
  /** Most items; 0 or less: any number. */
  get maxsize(): number {
    return this.#read(({ maxsize }) => maxsize);
  }

  /** What becomes of the items of an interpreter that ends, unless they were put otherwise. */
  get unboundItems(): UnboundItems {
    return this.#read(({ unboundItems }) => unboundItems);
  }

  /** Puts an item if there is room; says whether it did. */
  putNowait(value: unknown, choice: UnboundItems | undefined): boolean {
    const putting = this.#enter();
    try {
      return putting.putNowait(value, choice);
    } finally {
      this.gate.leave();
    }
  }

  /** Puts an item. If there is no room the result is what `startPut` takes, at once. */
  beginPut(value: unknown, choice: UnboundItems | undefined): Waiting | undefined {
    const putting = this.#enter();
    try {
      return putting.begin(value, choice);
    } finally {
      this.gate.leave();
    }
  }

  /** Settles when the item has been put; giving up takes it back. */
  startPut(waiting: Waiting, settle: Settle<void>): GiveUp {
    const putting = this.#enter();
    try {
      return this.guarded(putting.start(waiting, settle));
    } finally {
      this.gate.leave();
    }
  }

  /** Puts an item and blocks until there is room; `false`: the time was up. */
  putSync(
    value: unknown,
    limits: { choice: UnboundItems | undefined; timeoutMs: number },
  ): boolean {
    const putting = this.#enter();
    try {
      return putting.putSync(value, limits);
    } finally {
      this.gate.leave();
    }
  }

  /** Ends putting, for everybody, and getting when nothing is left; with `immediate` at once. */
  shutdown(immediate: boolean): void {
    const { core, receiving } = this.gate.enter();
    try {
      const isNews = core.locked(() => {
        const state = immediate || core.ring.isEmpty() ? CLOSED : CLOSING;
        if (core.state >= state) return false;
        store(core.memory.header, STATE, state);
        return true;
      });
      if (isNews) core.wakeAll();
      if (immediate) receiving.dropReturned();
    } finally {
      this.gate.leave();
    }
  }

  #read<T>(read: (core: QueueCore) => T): T {
    const { core } = this.#enter();
    try {
      return read(core);
    } finally {
      this.gate.leave();
    }
  }

  #enter(): Putting {
    const { putting } = this.gate.enter();
    if (putting !== undefined) return putting;
    this.gate.leave();
    throw new Error(`Invariant: ${this.id} is the key of a queue`);
  }
}
