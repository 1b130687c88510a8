// Putting: at once if the queue has room, else when it has, asynchronously or by blocking. The
// asynchronous putters of one realm stand in one line, in the order of their calls.

import { flagsOf, HOST_PUTS, ROOM_BELL, type UnboundItems } from "./memory/layout.ts";
import { depositKept, discardItem, keepItem, type Outgoing } from "./item.ts";
import type { QueueCore } from "./queue_core.ts";
import { AsyncBell, currentHost, sleepUntil } from "./wake/doorbell.ts";
import { type GiveUp, type Settle, Spinner } from "./waiting.ts";

// Taken now: source may declare names of its own that hide these.
const { Atomics } = globalThis;
const { load, store } = Atomics;

/** An item that waits for room, with the flags of its record. */
export interface Waiting {
  readonly outgoing: Outgoing;
  readonly flags: number;
}

interface Putter extends Waiting {
  readonly settle: Settle<void>;
  isWaiting: boolean;
}

/** The putting side of one queue in one realm. */
export class Putting {
  readonly core: QueueCore;
  readonly #bell: AsyncBell;
  readonly #spinner = new Spinner();
  readonly #mayPush = (): boolean => this.core.mayPush();
  #line: Putter[] = [];

  /** @param onRing Called when it may be time to `pump`. */
  constructor(core: QueueCore, onRing: () => void) {
    this.core = core;
    this.#bell = new AsyncBell(core, { index: ROOM_BELL, onRing });
  }

  /** Puts an item if there is room; says whether it did. */
  putNowait(value: unknown, choice: UnboundItems | undefined): boolean {
    const outgoing = this.core.pack(value);
    if (this.#putInTurn(outgoing, outgoing.flags | flagsOf(choice))) return true;
    discardItem(outgoing, this.core);
    return false;
  }

  /**
   * Puts an item. If there is no room the result is the item, as it is now: `start` must follow
   * at once.
   */
  begin(value: unknown, choice: UnboundItems | undefined): Waiting | undefined {
    const core = this.core;
    const outgoing = core.pack(value);
    const flags = outgoing.flags | flagsOf(choice);
    if (this.#putInTurn(outgoing, flags)) return undefined;
    // Waking a thread costs more than a moment of this one.
    const isThere = this.#line.length === 0 && this.#spinner.spin(this.#mayPush);
    if (isThere && this.#putInTurn(outgoing, flags)) return undefined;
    return { outgoing: keepItem(outgoing, core), flags };
  }

  /** Settles when the item has been put. */
  start({ outgoing, flags }: Waiting, settle: Settle<void>): GiveUp {
    const putter: Putter = { outgoing, flags, settle, isWaiting: true };
    this.#line.push(putter);
    this.pump();
    return () => {
      if (!putter.isWaiting) return false;
      putter.isWaiting = false;
      this.#line.splice(this.#line.indexOf(putter), 1);
      return true;
    };
  }

  /** Puts an item and blocks until there is room; `false`: the time was up. */
  putSync(
    value: unknown,
    { choice, timeoutMs }: { choice: UnboundItems | undefined; timeoutMs: number },
  ): boolean {
    if (timeoutMs === 0) return this.putNowait(value, choice);
    const waiting = this.begin(value, choice);
    if (waiting === undefined) return true;
    return this.#block(() => this.#mayPutInTurn() && this.#pushKept(waiting), timeoutMs);
  }

  /** Puts what the line waits to put, as far as there is room; the rest waits for the bell. */
  pump(): void {
    for (;;) {
      if (this.#line.length === 0) return;
      const heard = this.#bell.listen();
      // It leaves the line meanwhile: who is woken by a push may look at the line too.
      const first = this.#line.shift();
      if (first === undefined) return;
      first.isWaiting = false;
      let isPut: boolean;
      try {
        isPut = this.#pushKept(first);
      } catch (error) {
        first.settle.reject(error);
        continue;
      }
      if (isPut) {
        first.settle.resolve();
        continue;
      }
      first.isWaiting = true;
      this.#line.unshift(first);
      if (this.#bell.arm(heard)) return;
    }
  }

  /** Puts an item if there is room, behind those of the line. */
  #putInTurn(outgoing: Outgoing, flags: number): boolean {
    return this.#mayPutInTurn() && this.#push(outgoing, flags);
  }

  /** Whether nobody of this realm waits any more. */
  #mayPutInTurn(): boolean {
    if (this.#line.length > 0) this.pump();
    return this.#line.length === 0;
  }

  /** Puts an item that has waited, if there is room. */
  #pushKept({ outgoing, flags }: Waiting): boolean {
    if (outgoing.deposit === undefined) return this.#push(outgoing, flags);
    if (!this.core.mayPush()) return false;
    const ready = depositKept(outgoing, this.core.id);
    if (this.#push(ready, flags)) return true;
    discardItem(ready, this.core);
    return false;
  }

  #push(outgoing: Outgoing, flags: number): boolean {
    try {
      if (!this.core.pushIfRoom(outgoing, flags)) return false;
    } catch (error) {
      discardItem(outgoing, this.core);
      throw error;
    }
    this.core.ringReceivers();
    return true;
  }

  #block(done: () => boolean, timeoutMs: number): boolean {
    const { header } = this.core.memory;
    if (currentHost() === undefined) {
      return sleepUntil(done, { words: header, index: ROOM_BELL, timeoutMs });
    }
    // What the host serves meanwhile may put and block too.
    const outer = load(header, HOST_PUTS);
    store(header, HOST_PUTS, 1);
    try {
      return sleepUntil(done, { words: header, index: ROOM_BELL, timeoutMs });
    } finally {
      store(header, HOST_PUTS, outer);
    }
  }
}
