// A channel as one realm has it: what sending, receiving, closing and releasing mean
// (CONFORMANCE matrix 2.18a). The higher rooms see this class and nothing behind it.

import type { Transfer } from "../codec/transfers.ts";
import { ChannelNotEmptyError } from "../errors.ts";
import { Gate } from "./critical_section.ts";
import {
  allocate,
  CLOSED,
  CLOSING,
  type MemoryOptions,
  OPEN,
  RELEASED,
  reset,
  ROW_RECV,
  ROW_SEND,
  STATE,
} from "./memory/layout.ts";
import { findRow, NO_ROW, rowBase } from "./memory/parties.ts";
import { RELEASED_HERE, releaseEnd } from "./release.ts";
import { repair } from "./memory/repair.ts";
import { isClosedError } from "./names.ts";
import { makeParts, type Parts } from "./parts.ts";
import type { Posted } from "./send.ts";
import type { Received } from "./returned.ts";
import type { GiveUp, Settle, SettleReceived, Spinner } from "./waiting.ts";

export { NOTHING } from "./core.ts";
export type { UnboundItems } from "./memory/layout.ts";
export type { Received } from "./returned.ts";
export type { Posted } from "./send.ts";
export { type GiveUp, type Settle, type SettleReceived, Spinner } from "./waiting.ts";

// Taken now: source may declare names of its own that hide these.
const { Atomics, Math } = globalThis;

const { store } = Atomics;

/** Who hears what becomes of a channel. */
export interface ChannelListener {
  /** It is closed and this realm has given its memory up: called once, with that memory. */
  onClosed(channel: Channel, buffer: SharedArrayBuffer): void;
  /** It is closed, and an item has been returned that can still be received here. */
  onReturned(channel: Channel): void;
}

/** One channel in one realm; a realm has one of these for each channel. */
export class Channel {
  /** Its key (codec/handles.ts). */
  readonly id: number;
  protected readonly gate: Gate<Parts>;
  readonly #listener: ChannelListener | undefined;
  #place = 0;
  /** Its memory has been given up, because it is closed. */
  #isDropped = false;

  /** Makes the shared memory of a new channel; `capacity` in bytes, it grows. */
  static allocate(id: number, options: MemoryOptions): SharedArrayBuffer {
    return allocate(id, options);
  }

  /** Makes the memory of a closed channel, which nobody uses any more, that of a new one. */
  static reset(buffer: SharedArrayBuffer, id: number, options: MemoryOptions): boolean {
    return reset(buffer, id, options);
  }

  /**
   * @param me Id of the interpreter that this realm belongs to.
   * @param listener Hears what becomes of the channel.
   */
  constructor(buffer: SharedArrayBuffer, me: number, listener?: ChannelListener) {
    const parts = makeParts(buffer, me, (part) => this.#pump(part));
    this.id = parts.core.id;
    this.#listener = listener;
    const { putting } = parts;
    this.gate = new Gate(
      parts,
      putting === undefined ? () => this.#dropIfClosed(parts) : () => {
        putting.core.tellPutters();
        this.#dropIfClosed(parts);
      },
    );
  }

  /** Its memory; `undefined` if it is closed. */
  get buffer(): SharedArrayBuffer | undefined {
    const { core } = this.gate.enter();
    try {
      return core.state >= CLOSED ? undefined : core.memory.buffer;
    } finally {
      this.gate.leave();
    }
  }

  /** Whether nothing can be sent any more. */
  get isSendClosed(): boolean {
    const { core } = this.gate.enter();
    try {
      return core.state !== OPEN;
    } finally {
      this.gate.leave();
    }
  }

  /** Whether nothing can be received any more. To ask gives a closed channel's memory up. */
  get isRecvClosed(): boolean {
    const { core, receiving } = this.gate.enter();
    try {
      return core.state >= CLOSED && receiving.returnedCount === 0;
    } finally {
      this.gate.leave();
    }
  }

  /** Items that nobody has received yet, with those that were returned here. */
  get length(): number {
    const { core, receiving } = this.gate.enter();
    try {
      if (core.state >= CLOSED) return receiving.returnedCount;
      return receiving.returnedCount + core.locked(() => Math.max(0, core.ring.live()));
    } finally {
      this.gate.leave();
    }
  }

  /** Whether this interpreter has given up its sending end. */
  get isSendReleased(): boolean {
    return this.#isReleased(ROW_SEND);
  }

  /** Whether this interpreter has given up its receiving end. */
  get isRecvReleased(): boolean {
    return this.#isReleased(ROW_RECV);
  }

  /** Queues an item; whether it goes to somebody who waits in a receive now. */
  sendNowait(value: unknown, transfer?: Transfer): boolean {
    const { sending } = this.gate.enter();
    try {
      return sending.sendNowait(value, transfer);
    } finally {
      this.gate.leave();
    }
  }

  /** Queues an item that `takeBack` can withdraw. */
  post(value: unknown, transfer?: Transfer): Posted {
    const { sending } = this.gate.enter();
    try {
      return sending.post(value, transfer);
    } finally {
      this.gate.leave();
    }
  }

  /** Withdraws a posted item; `false` if it was received, or the channel is closed. */
  takeBack(posted: Posted): boolean {
    const { sending } = this.gate.enter();
    try {
      return sending.takeBack(posted);
    } finally {
      this.gate.leave();
    }
  }

  /** Whether a posted item was received, or the channel is closed. */
  hasLeft(posted: Posted): boolean {
    const { sending } = this.gate.enter();
    try {
      return sending.hasLeft(posted);
    } finally {
      this.gate.leave();
    }
  }

  /** Sends an item if somebody waits in a receive now, else does nothing: `false`. */
  sendIfAwaited(value: unknown, transfer?: Transfer): boolean {
    const { sending } = this.gate.enter();
    try {
      return sending.sendIfAwaited(value, transfer);
    } finally {
      this.gate.leave();
    }
  }

  /** Sends an item and settles when it was received; giving up withdraws it. */
  startSend(value: unknown, settle: Settle<void>, transfer?: Transfer): GiveUp {
    const { sending } = this.gate.enter();
    try {
      return this.guarded(sending.start(value, settle, transfer));
    } finally {
      this.gate.leave();
    }
  }

  /** Sends an item and blocks until it was received; `false`: the time was up, it is withdrawn. */
  sendSync(value: unknown, timeoutMs: number, transfer?: Transfer): boolean {
    const { sending } = this.gate.enter();
    try {
      return sending.sendSync(value, timeoutMs, transfer);
    } finally {
      this.gate.leave();
    }
  }

  /** The place of the item that was last taken by a call of this thread's, in the order of taking. */
  get place(): number {
    return this.#place;
  }

  /** The next item, or NOTHING. */
  tryRecv(): unknown {
    const { receiving } = this.gate.enter();
    try {
      const item = receiving.tryRecv();
      this.#place = receiving.place;
      return item;
    } finally {
      this.gate.leave();
    }
  }

  /** The first item, and behind it what else is there, at most `max` in all. */
  tryRecvMany(first: unknown, max: number): unknown[] {
    const { receiving } = this.gate.enter();
    try {
      const items = receiving.tryRecvMany(first, max);
      this.#place = receiving.place;
      return items;
    } finally {
      this.gate.leave();
    }
  }

  /** Returns an item that nobody has seen: it is the next that this interpreter receives. */
  putBack(received: Received): void {
    const { receiving } = this.gate.enter();
    try {
      receiving.putBack(received);
      if (this.#isDropped && receiving.returnedCount > 0) this.#listener?.onReturned(this);
    } finally {
      this.gate.leave();
    }
  }

  /**
   * Settles with the next item.
   *
   * @param spinner Looks for a moment before this thread has to be woken; `null`: nobody does.
   */
  startRecv(settle: SettleReceived, spinner?: Spinner | null): GiveUp {
    const { receiving } = this.gate.enter();
    try {
      return this.guarded(receiving.start(settle, spinner));
    } finally {
      this.gate.leave();
    }
  }

  /** Blocks until there is an item; NOTHING: the time was up. */
  recvSync(timeoutMs: number): unknown {
    const { receiving } = this.gate.enter();
    try {
      const item = receiving.recvSync(timeoutMs);
      this.#place = receiving.place;
      return item;
    } finally {
      this.gate.leave();
    }
  }

  /** Ends sending, for everybody. With `force` the channel ends at once and items are dropped. */
  closeSend(force: boolean): void {
    this.#close(force, ({ core }) => {
      if (force || core.ring.isEmpty()) return CLOSED;
      if (core.state === CLOSING) throw core.closedError("close", "its sending end is closed");
      return CLOSING;
    });
  }

  /** Ends the channel at once, for everybody; items that are left take a `force`. */
  closeRecv(force: boolean): void {
    this.#close(force, ({ core, receiving }) => {
      const left = core.ring.live() + receiving.returnedCount;
      if (force || left === 0) return CLOSED;
      throw new ChannelNotEmptyError(
        `Cannot close channel ${this.id}: ${
          left === 1 ? "an item is left; receive it" : `${left} items are left; receive them`
        }, or close with { force: true }`,
      );
    });
  }

  /** Ends the channel at once, whatever state its memory is in; nothing if it is closed already. */
  end(): void {
    try {
      if (!this.isRecvClosed) this.closeRecv(true);
    } catch (error) {
      // Damaged, or closed meanwhile: it is at its end.
      if (!isClosedError(error)) throw error;
    }
  }

  /**
   * Gives this interpreter's sending end up, its own waits end with an error and their
   * items are withdrawn; `false` if it was given up, or the channel closed.
   */
  releaseSend(): boolean {
    const { core, sending } = this.gate.enter();
    try {
      if (!releaseEnd(core, ROW_SEND)) return false;
      sending.rejectAll(core.closedError("send on", RELEASED_HERE));
      return true;
    } finally {
      this.gate.leave();
    }
  }

  /** Gives this interpreter's receiving end up; its own waits end with an error. */
  releaseRecv(): boolean {
    const { core, receiving } = this.gate.enter();
    try {
      if (!releaseEnd(core, ROW_RECV)) return false;
      receiving.rejectAll(core.closedError("receive from", RELEASED_HERE));
      return true;
    } finally {
      this.gate.leave();
    }
  }

  /** Clears up after an interpreter whose thread is gone; for the main interpreter only. */
  bury(deadId: number): void {
    const { core } = this.gate.enter();
    try {
      repair(core, deadId);
    } finally {
      this.gate.leave();
    }
  }

  #close(force: boolean, next: (parts: Parts) => number): void {
    const parts = this.gate.enter();
    const { core, receiving } = parts;
    try {
      const state = core.locked(() => {
        if (core.state >= CLOSED) throw core.closedError("close");
        const newState = next(parts);
        store(core.memory.header, STATE, newState);
        return newState;
      });
      if (state === CLOSED) core.wakeAll();
      if (force) receiving.dropReturned();
    } finally {
      this.gate.leave();
    }
  }

  #isReleased(use: typeof ROW_SEND | typeof ROW_RECV): boolean {
    const { core: { me, memory: { header } } } = this.gate.enter();
    try {
      const row = findRow(header, me);
      return row !== NO_ROW && header[rowBase(row) + use] === RELEASED;
    } finally {
      this.gate.leave();
    }
  }

  #pump(part: "sending" | "receiving" | "putting"): void {
    const parts = this.gate.enter();
    try {
      parts[part]?.pump();
    } finally {
      this.gate.leave();
    }
  }

  protected guarded(giveUp: GiveUp): GiveUp {
    return () => {
      this.gate.enter();
      try {
        return giveUp();
      } finally {
        this.gate.leave();
      }
    };
  }

  /** After each operation: the memory of a closed channel is of use to nobody, and may be large. */
  #dropIfClosed({ core, sending, receiving, putting }: Parts): void {
    if (core.mayBeOpen || this.#isDropped) return;
    this.#isDropped = true;
    // Nobody may be left behind who waits in it.
    sending.pump();
    receiving.pump();
    putting?.pump();
    const { buffer } = core.memory;
    core.drop();
    this.#listener?.onClosed(this, buffer);
  }
}
