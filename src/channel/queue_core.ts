// What one realm does to one queue in one step, besides what it does to a channel. A queue is a
// channel that may be full: then putters wait for room, and not for a receiver.
//
// Putters are not counted. All of them are woken when there is room, and each tries again: so
// one that dies or gives up keeps no room from the others.

import { Core } from "./core.ts";
import type { Outgoing } from "./item.ts";
import {
  HOST_PUTS,
  MAXSIZE,
  OPEN,
  ROOM_BELL,
  ROW_SEND,
  SEND_LOCK,
  UNBOUND_ITEMS,
  UNBOUND_ITEMS_VALUES,
  type UnboundItems,
} from "./memory/layout.ts";
import { acquire, release } from "./memory/lock.ts";
import { ringAt, wakeAt } from "./wake/doorbell.ts";
import { ringHost } from "./wake/host_bell.ts";

// Taken now: source may declare names of its own that hide these.
const { Atomics } = globalThis;
const { load } = Atomics;

/** One queue in one realm. */
export class QueueCore extends Core {
  /** Most items; 0 or less: any number. */
  readonly maxsize: number;
  /** What becomes of the items of an interpreter that ends. */
  readonly unboundItems: UnboundItems;
  /** Whether items have been taken since `tellPutters`. */
  #hasTaken = false;
  /** Called when this realm's putters may find room. */
  #onRoom: () => void = () => {};

  constructor(buffer: SharedArrayBuffer, me: number) {
    super(buffer, me);
    const { header } = this.memory;
    this.maxsize = header[MAXSIZE]!;
    this.unboundItems = UNBOUND_ITEMS_VALUES[header[UNBOUND_ITEMS]!] ?? "keep";
  }

  /** Says whom to tell when this realm's putters may find room. */
  watchRoom(onRoom: () => void): void {
    this.#onRoom = onRoom;
  }

  /** Puts an encoded value if there is room for it; says whether it did. */
  pushIfRoom(outgoing: Outgoing, flags: number): boolean {
    if (!this.association.hasSent) this.associate(ROW_SEND);
    const { memory, ring, maxsize } = this;
    acquire(memory, SEND_LOCK, this.me);
    try {
      this.checkSending();
      if (maxsize > 0 && !ring.hasFewerThan(maxsize)) return false;
      if (!ring.push(outgoing, flags, this.association.row)) this.pushGrowing(outgoing, flags);
    } catch (error) {
      throw this.judge(error);
    } finally {
      release(memory, SEND_LOCK);
    }
    return true;
  }

  /** Whether a push may find room, or the end of the queue. */
  mayPush(): boolean {
    return this.state !== OPEN || this.maxsize <= 0 || this.ring.hasFewerThan(this.maxsize);
  }

  override take(asWaiter: boolean): unknown {
    // First, because what has been taken may be an error.
    this.#hasTaken = true;
    return super.take(asWaiter);
  }

  /** Tells the putters that there is room, those of this realm first. */
  tellPutters(): void {
    while (this.#hasTaken) {
      this.#hasTaken = false;
      if (this.maxsize <= 0) return;
      this.#onRoom();
      if (!this.mayPush()) continue;
      const { header } = this.memory;
      ringAt(header, ROOM_BELL);
      if (load(header, HOST_PUTS) !== 0) ringHost();
    }
  }

  override wakeAll(): void {
    wakeAt(this.memory.header, ROOM_BELL);
    super.wakeAll();
    this.#onRoom();
  }
}
