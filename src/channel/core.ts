// What one realm does to one channel in one step, under the right locks, with the checks and
// the wake-ups that belong to it. Sending, receiving and closing are made of these steps. No
// step waits for anything but a lock.
//
// An item is as good as received while enough receivers wait for it and for all items before
// it: one of them must take it, and nobody else may.

import type { Transfer } from "../codec/transfers.ts";
import { Association, type End } from "./association.ts";
import { ringAt, wakeAt } from "./wake/doorbell.ts";
import { ringHost } from "./wake/host_bell.ts";
import { Failed, type Origin, originOf, type Outgoing, packItem, unpackItem } from "./item.ts";
import {
  CLOSED,
  closedMemory,
  CLOSING,
  HEAD_SEQ,
  HOST_SLEEPS,
  Memory,
  OPEN,
  RECV_BELL,
  RECV_LOCK,
  RECV_WAITERS,
  RENDEZVOUS,
  ROW_BELL,
  ROW_OWNER,
  ROW_RECV,
  ROW_SEND,
  ROW_SHIFT,
  ROW_WAITERS,
  SEND_LOCK,
  SPOILED,
  STATE,
} from "./memory/layout.ts";
import { acquire, release } from "./memory/lock.ts";
import { rowBase, rowCount } from "./memory/parties.ts";
import { NonsenseError } from "./memory/recount.ts";
import { Ring } from "./memory/ring.ts";
import { type Action, cannot, closedError, spoiledError } from "./names.ts";

// Taken now: source may declare names of its own that hide these.
const { Atomics, RangeError } = globalThis;
const { load, store } = Atomics;

/** The result of a receive that found no item. */
// oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; isolatedDeclarations wants the global.
export const NOTHING: unique symbol = Symbol("nothing");

/** What is known about an item that was sent. */
export type Progress = "waiting" | "received" | "closed";

/** One channel in one realm. */
export class Core {
  /** The key (codec/handles.ts). */
  readonly id: number;
  readonly me: number;
  memory: Memory;
  ring: Ring;
  protected readonly association: Association;
  /** Where the item that was taken last comes from. */
  #origin: Origin;
  /** Called after this realm has changed what its own waiters wait for. */
  #onReceivable: () => void = () => {};
  #onReceived: () => void = () => {};
  /** Waiting receivers of this realm. */
  waiters = 0;

  constructor(buffer: SharedArrayBuffer, me: number) {
    this.memory = new Memory(buffer);
    this.ring = new Ring(this.memory, me);
    this.id = this.memory.key;
    this.me = me;
    this.association = new Association(this.id, me);
    this.#origin = originOf(this.memory, this.ring);
  }

  /** Lets go of the memory of a closed channel. Whoever asks still finds the channel closed. */
  drop(): void {
    this.memory = closedMemory(this.state === SPOILED ? SPOILED : CLOSED);
    this.ring = new Ring(this.memory, this.me);
    this.#origin = originOf(this.memory, this.ring);
  }

  /**
   * Says whom to tell when this realm's waiters may find items, or news about items that they sent.
   */
  watch(listener: { onReceivable: () => void; onReceived: () => void }): void {
    this.#onReceivable = listener.onReceivable;
    this.#onReceived = listener.onReceived;
  }

  get state(): number {
    return load(this.memory.header, STATE);
  }

  /** Cheaper than `state`. It sees what this realm did at once, and what others did late. */
  get mayBeOpen(): boolean {
    return this.memory.header[STATE]! < CLOSED;
  }

  /** Word index of this interpreter's bell for news of sent items. */
  get sendBell(): number {
    return rowBase(this.association.row) + ROW_BELL;
  }

  /** Runs a step under both locks. Nonsense in the memory ends the channel. */
  locked<T>(step: () => T): T {
    acquire(this.memory, SEND_LOCK, this.me);
    try {
      acquire(this.memory, RECV_LOCK, this.me);
      try {
        return step();
      } finally {
        release(this.memory, RECV_LOCK);
      }
    } catch (error) {
      throw this.judge(error);
    } finally {
      release(this.memory, SEND_LOCK);
    }
  }

  /** Encodes a value. Its pieces are deposited, and what moves is detached. */
  pack(value: unknown, transfer?: Transfer): Outgoing {
    return packItem(this.id, value, transfer);
  }

  /**
   * Queues an encoded value. Its sequence number is then `ring.pushedSeq`.
   *
   * @returns Whether it is as good as received.
   */
  push(outgoing: Outgoing, isRendezvous: boolean): boolean {
    if (!this.association.hasSent) this.associate(ROW_SEND);
    const { memory: { header }, memory, me } = this;
    const flags = isRendezvous ? outgoing.flags | RENDEZVOUS : outgoing.flags;
    let isAwaited = false;
    acquire(memory, SEND_LOCK, me);
    try {
      this.checkSending();
      const waiters = header[RECV_WAITERS]!;
      if (waiters === 0 || this.ring.hasFor(waiters)) {
        if (!this.ring.push(outgoing, flags, this.association.row)) {
          this.pushGrowing(outgoing, flags);
        }
      } else {
        // Only under both locks can be told whether a waiting receiver will get it.
        acquire(memory, RECV_LOCK, me);
        try {
          isAwaited = load(header, RECV_WAITERS) > this.ring.live();
          if (!this.ring.push(outgoing, flags, this.association.row)) {
            this.#grow(outgoing.length);
            this.#pushGrown(outgoing, flags);
          }
        } finally {
          release(memory, RECV_LOCK);
        }
      }
    } catch (error) {
      throw this.judge(error);
    } finally {
      release(memory, SEND_LOCK);
    }
    return isAwaited;
  }

  /** Queues an encoded value only if it then is as good as received; says whether it did. */
  pushIfAwaited(outgoing: Outgoing): boolean {
    if (!this.association.hasSent) this.associate(ROW_SEND);
    return this.locked(() => {
      this.checkSending();
      if (load(this.memory.header, RECV_WAITERS) <= this.ring.live()) return false;
      if (!this.ring.push(outgoing, outgoing.flags, this.association.row)) {
        this.#grow(outgoing.length);
        this.#pushGrown(outgoing, outgoing.flags);
      }
      return true;
    });
  }

  /** Tells the waiting receivers that an item was queued, those of this realm first. */
  ringReceivers(): void {
    const { header } = this.memory;
    // The read need not be atomic: the release of the lock lies between it and the store of TAIL.
    if (header[RECV_WAITERS] === 0) return;
    if (this.waiters > 0) this.#onReceivable();
    if (this.ring.isEmpty() || load(header, RECV_WAITERS) <= this.waiters) return;
    ringAt(header, RECV_BELL);
    if (load(header, HOST_SLEEPS) !== 0) ringHost();
  }

  /**
   * Takes the next item. A caller that does not wait leaves alone the items that are as good
   * as received. A waiter that takes an item is no longer counted.
   */
  take(asWaiter: boolean): unknown {
    if (!this.association.hasReceived) this.associate(ROW_RECV);
    const { memory: { header }, memory, ring } = this;
    let isDrained = false;
    acquire(memory, RECV_LOCK, this.me);
    try {
      this.#checkReceiving();
      const others = asWaiter ? 0 : header[RECV_WAITERS]!;
      if (others > 0 && ring.live() <= others) return NOTHING;
      if (!ring.take()) return NOTHING;
      if (asWaiter) this.#count(-1);
      isDrained = this.#closeIfDrained();
    } catch (error) {
      throw this.judge(error);
    } finally {
      release(memory, RECV_LOCK);
    }
    return this.#deliver(isDrained);
  }

  /** Counts one more waiting receiver of this realm. */
  enlist(): void {
    if (!this.association.hasReceived) this.associate(ROW_RECV);
    acquire(this.memory, RECV_LOCK, this.me);
    try {
      this.#checkReceiving();
      this.#count(1);
    } catch (error) {
      throw this.judge(error);
    } finally {
      release(this.memory, RECV_LOCK);
    }
  }

  /**
   * Stops counting a waiting receiver of this realm. `false` if an item is as good as received
   * by it: then it must take that item.
   */
  resign(): boolean {
    return this.locked(() => {
      const { header } = this.memory;
      if (header[STATE]! >= CLOSED) return true;
      const live = this.ring.live();
      if (live > 0 && live >= load(header, RECV_WAITERS)) return false;
      this.#count(-1);
      return true;
    });
  }

  /** Whether the item with that sequence number has been received. */
  progress(seq: number): Progress {
    // Read in this order: after a channel is closed nothing is received any more.
    const isClosed = this.state >= CLOSED;
    if (((seq - load(this.memory.header, HEAD_SEQ)) | 0) < 0) return "received";
    return isClosed ? "closed" : "waiting";
  }

  /** Takes an item back, unless it was received or the channel is closed. Says how it stood. */
  withdraw(seq: number): Progress {
    let isDrained = false;
    const progress = this.locked(() => {
      const now = this.progress(seq);
      if (now !== "waiting") return now;
      this.ring.withdraw(seq);
      isDrained = this.#closeIfDrained();
      return "waiting";
    });
    if (isDrained) this.wakeAll();
    return progress;
  }

  /** Wakes whoever waits on the channel, in any interpreter. */
  wakeAll(): void {
    const { header } = this.memory;
    wakeAt(header, RECV_BELL);
    for (let row = 0; row < rowCount(header); row++) {
      const base = rowBase(row);
      if (header[base + ROW_OWNER] !== 0) wakeAt(header, base + ROW_BELL);
    }
    ringHost();
    this.#onReceivable();
    this.#onReceived();
  }

  /** Marks this interpreter's end as released, under both locks; `false` if it already was. */
  releaseRow(use: End): boolean {
    if (!this.association.release(this.memory.header, use)) return false;
    if (use === ROW_SEND) return true;
    while (this.waiters > 0) this.#count(-1);
    return true;
  }

  /** The error of an operation on a closed channel. */
  closedError(action: Action, why?: string): Error {
    return this.state === SPOILED ? spoiledError(this.id) : closedError(this.id, action, why);
  }

  /** Under RECV_LOCK: closes a channel that is closing and has nothing left. */
  #closeIfDrained(): boolean {
    const { header } = this.memory;
    if (header[STATE] !== CLOSING || !this.ring.isEmpty()) return false;
    store(header, STATE, CLOSED);
    return true;
  }

  #deliver(isDrained: boolean): unknown {
    // Read now: while shared memory is asked for, other items may be taken.
    const { takenFlags: flags, takenSender: sender } = this.ring;
    const item = unpackItem(this.ring, this.#origin);
    if ((flags & RENDEZVOUS) !== 0) this.#tellSender(flags >>> ROW_SHIFT, sender);
    if (isDrained) this.wakeAll();
    if (item instanceof Failed) throw item.error;
    return item;
  }

  #tellSender(row: number, sender: number): void {
    if (sender === this.me) {
      this.#onReceived();
      return;
    }
    if (row < rowCount(this.memory.header)) ringAt(this.memory.header, rowBase(row) + ROW_BELL);
    if (sender === 0) ringHost();
  }

  /** Counts waiting receivers, under RECV_LOCK. The store of RECV_WAITERS comes last. */
  #count(change: 1 | -1): void {
    const { header } = this.memory;
    const index = rowBase(this.association.row) + ROW_WAITERS;
    this.waiters += change;
    header[index] = header[index]! + change;
    store(header, RECV_WAITERS, header[RECV_WAITERS]! + change);
  }

  /** Enters the first use of an end in the party table. */
  protected associate(use: End): void {
    acquire(this.memory, SEND_LOCK, this.me);
    try {
      if (use === ROW_SEND) this.checkSending();
      else this.#checkReceiving();
      if (!this.association.begin(this.memory.header, use)) {
        const action = use === ROW_SEND ? "send on" : "receive from";
        throw this.closedError(action, "this interpreter has released that end");
      }
    } finally {
      release(this.memory, SEND_LOCK);
    }
  }

  protected checkSending(): void {
    const state = this.memory.header[STATE]!;
    if (state === OPEN) return;
    throw this.closedError("send on", state === CLOSING ? "its sending end is closed" : undefined);
  }

  #checkReceiving(): void {
    if (this.memory.header[STATE]! >= CLOSED) throw this.closedError("receive from");
  }

  #grow(length: number): void {
    try {
      this.ring.grow(length);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RangeError(`${cannot("send on", this.id)}: ${error.message}`);
    }
  }

  /** Pushes into a ring that has no room yet, under SEND_LOCK. */
  protected pushGrowing(outgoing: Outgoing, flags: number): void {
    acquire(this.memory, RECV_LOCK, this.me);
    try {
      this.#grow(outgoing.length);
    } finally {
      release(this.memory, RECV_LOCK);
    }
    this.#pushGrown(outgoing, flags);
  }

  #pushGrown(outgoing: Outgoing, flags: number): void {
    if (!this.ring.push(outgoing, flags, this.association.row)) {
      throw new NonsenseError("there is no room in a ring that grew");
    }
  }

  /**
   * The error to throw. If it is about nonsense in the memory, the channel ends and all waiters are
   * woken.
   */
  protected judge(error: unknown): unknown {
    if (!(error instanceof NonsenseError)) return error;
    store(this.memory.header, STATE, SPOILED);
    this.wakeAll();
    return spoiledError(this.id);
  }
}
