// A channel as one realm has it: what sending, receiving, closing and releasing mean
// (CONFORMANCE matrix 2.18a). The higher rooms see this class and nothing behind it.

import { ChannelNotEmptyError } from "../errors.ts";
import { Core } from "./core.ts";
import { enter, leave } from "./inside.ts";
import {
  allocate,
  CLOSED,
  CLOSING,
  OPEN,
  ROW_RECV,
  ROW_SEND,
  STATE,
  type UnboundItems,
} from "./layout.ts";
import { hasUsers } from "./parties.ts";
import { Receiving } from "./recv.ts";
import { repair } from "./repair.ts";
import { Sending } from "./send.ts";
import type { GiveUp, Settle } from "./waiting.ts";

export { NOTHING } from "./core.ts";
export type { UnboundItems } from "./layout.ts";
export type { GiveUp, Settle } from "./waiting.ts";

const { store } = Atomics;

/** One channel in one realm; a realm has one of these for each channel. */
export class Channel {
  readonly id: number;
  readonly #core: Core;
  readonly #sending: Sending;
  readonly #receiving: Receiving;

  /** Makes the shared memory of a new channel; `capacity` in bytes, it grows. */
  static allocate(
    id: number,
    options: { unboundItems: UnboundItems; capacity: number },
  ): SharedArrayBuffer {
    return allocate(id, options);
  }

  /** @param me Id of the interpreter that this realm belongs to. */
  constructor(buffer: SharedArrayBuffer, me: number) {
    const core = new Core(buffer, me);
    const sending = new Sending(core);
    const receiving = new Receiving(core);
    core.watch({ onReceivable: () => receiving.pump(), onReceived: () => sending.pump() });
    this.id = core.id;
    this.#core = core;
    this.#sending = sending;
    this.#receiving = receiving;
  }

  get buffer(): SharedArrayBuffer {
    return this.#core.memory.buffer;
  }

  /** Whether nothing can be sent any more. */
  get isSendClosed(): boolean {
    return this.#core.state !== OPEN;
  }

  /** Whether nothing can be received any more. */
  get isRecvClosed(): boolean {
    return this.#core.state >= CLOSED && this.#receiving.keeps === 0;
  }

  /** Queues an item; whether it goes to somebody who waits in a receive now. */
  sendNowait(value: unknown): boolean {
    enter();
    try {
      return this.#sending.sendNowait(value);
    } finally {
      leave();
    }
  }

  /** Sends an item if somebody waits in a receive now, else does nothing: `false`. */
  sendIfAwaited(value: unknown): boolean {
    enter();
    try {
      return this.#sending.sendIfAwaited(value);
    } finally {
      leave();
    }
  }

  /** Sends an item and settles when it was received; giving up withdraws it. */
  startSend(value: unknown, settle: Settle<void>): GiveUp {
    enter();
    try {
      return this.#sending.start(value, settle);
    } finally {
      leave();
    }
  }

  /** Sends an item and blocks until it was received; `false`: the time was up, it is withdrawn. */
  sendSync(value: unknown, timeoutMs: number): boolean {
    enter();
    try {
      return this.#sending.sendSync(value, timeoutMs);
    } finally {
      leave();
    }
  }

  /** The next item, or NOTHING. */
  tryRecv(): unknown {
    enter();
    try {
      return this.#receiving.tryRecv();
    } finally {
      leave();
    }
  }

  /** The item, and behind it what else is there, so many in all at most. */
  tryRecvMany(first: unknown, max: number): unknown[] {
    return this.#receiving.tryRecvMany(first, max);
  }

  /** Takes back an item that was received here and that nobody has seen. */
  giveBack(item: unknown): void {
    enter();
    try {
      this.#receiving.giveBack(item);
    } finally {
      leave();
    }
  }

  /** Settles with the next item. */
  startRecv(settle: Settle<unknown>): GiveUp {
    enter();
    try {
      return this.#receiving.start(settle);
    } finally {
      leave();
    }
  }

  /** Blocks until there is an item; NOTHING: the time was up. */
  recvSync(timeoutMs: number): unknown {
    enter();
    try {
      return this.#receiving.recvSync(timeoutMs);
    } finally {
      leave();
    }
  }

  /** Ends sending, for everybody. With `force` the channel ends at once and items are dropped. */
  closeSend(force: boolean): void {
    this.#close(() => {
      const core = this.#core;
      if (force || core.ring.isEmpty()) return CLOSED;
      if (core.state === CLOSING) throw core.closedError("close", "its sending end is closed");
      return CLOSING;
    });
    if (force) this.#receiving.drop();
  }

  /** Ends the channel at once, for everybody; items that are left take a `force`. */
  closeRecv(force: boolean): void {
    this.#close(() => {
      const left = this.#core.ring.live() + this.#receiving.keeps;
      if (force || left === 0) return CLOSED;
      throw new ChannelNotEmptyError(
        `Cannot close channel ${this.id}: ${
          left === 1 ? "an item is left; receive it" : `${left} items are left; receive them`
        }, or close with { force: true }`,
      );
    });
    if (force) this.#receiving.drop();
  }

  /**
   * Gives this interpreter's sending end up, its own waits end with an error and their
   * items are withdrawn; `false` if it was given up, or the channel closed.
   */
  releaseSend(): boolean {
    const isReleased = this.#release(ROW_SEND);
    if (isReleased) {
      this.#sending.rejectAll(
        this.#core.closedError("send on", "this interpreter has released that end"),
      );
    }
    return isReleased;
  }

  /** Gives this interpreter's receiving end up; its own waits end with an error. */
  releaseRecv(): boolean {
    const isReleased = this.#release(ROW_RECV);
    if (isReleased) {
      this.#receiving.rejectAll(
        this.#core.closedError("receive from", "this interpreter has released that end"),
      );
    }
    return isReleased;
  }

  /** Clears up after an interpreter whose thread is gone; for the main interpreter only. */
  bury(deadId: number): void {
    repair(this.#core, deadId);
  }

  #close(next: () => number): void {
    const core = this.#core;
    enter();
    try {
      const state = core.locked(() => {
        if (core.state >= CLOSED) throw core.closedError("close");
        const newState = next();
        store(core.memory.header, STATE, newState);
        return newState;
      });
      if (state === CLOSED) core.wakeAll();
    } finally {
      leave();
    }
  }

  #release(use: typeof ROW_SEND | typeof ROW_RECV): boolean {
    const core = this.#core;
    let isLast = false;
    enter();
    try {
      const isReleased = core.locked(() => {
        if (core.state >= CLOSED || !core.releaseRow(use)) return false;
        isLast = !hasUsers(core.memory.header);
        if (isLast) store(core.memory.header, STATE, CLOSED);
        return true;
      });
      if (isLast) core.wakeAll();
      return isReleased;
    } finally {
      leave();
    }
  }
}
