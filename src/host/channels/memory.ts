// The memory of channels: how much of it there may be, and what is used again. The memory of a
// channel can grow, so it takes two of the system's mappings. A process has some 65,000 of
// these, and one more ends it. So the memory of a channel counts until it has been collected, in
// the host and in each interpreter that has met the channel, even if the channel is closed.

import { Channel } from "../../channel/channel.ts";
import type { MemoryOptions } from "../../channel/memory/layout.ts";
import { isQueueKey } from "../../codec/handles.ts";

const MAIN = 0;
/** What one guest may have, with those that it created. */
export const MAX_OF_GUEST = 4096;

/** How many channels there may be. */
export interface ChannelLimits {
  readonly ofGuest: number;
  /** Of all guests. */
  readonly ofGuests: number;
  /** Of the process: the main interpreter has what the guests do not use. */
  readonly ofAll: number;
}

const LIMITS: ChannelLimits = {
  ofGuest: MAX_OF_GUEST,
  ofGuests: 3 * MAX_OF_GUEST,
  ofAll: 5 * MAX_OF_GUEST,
};
/** How much memory is kept of each interpreter to be used again. */
const MAX_SPARES = 16;
/** Larger memory is let go, because shared memory cannot shrink. */
const MAX_SPARE_BYTES = 2 ** 18;

/** The maker of a channel, and the interpreter that it counts for: the maker, or its first ancestor. */
export interface Maker {
  readonly maker: number;
  readonly counted: number;
}

interface Holding extends Maker {
  /** The channel that has it now. */
  id: number;
  /** The guests that have met it and have not said that it was collected there. */
  readonly holders: Set<number>;
  isCollected: boolean;
}

/** Memory that only its maker has met, so that nobody else can take the next channel for the last. */
interface Spare {
  readonly buffer: SharedArrayBuffer;
  readonly holding: Holding;
}

/** The memory of all channels of the process. */
export class ChannelMemory {
  /** By the channel's id. */
  readonly #holdings = new Map<number, Holding>();
  readonly #counts = new Map<number, number>();
  /** By the maker. */
  readonly #spares = new Map<number, Spare[]>();
  readonly #collected = new FinalizationRegistry<Holding>((holding) => {
    holding.isCollected = true;
    this.#settle(holding);
  });
  #ofGuests = 0;
  #ofAll = 0;
  readonly #limits: ChannelLimits;

  constructor(limits: ChannelLimits = LIMITS) {
    this.#limits = limits;
  }

  /**
   * Memory for a new channel.
   *
   * @throws {RangeError} There is too much already.
   */
  take(id: number, { maker, counted }: Maker, options: MemoryOptions): SharedArrayBuffer {
    const spares = this.#spares.get(maker) ?? [];
    const at = spares.findIndex(({ buffer }) => Channel.reset(buffer, id, options));
    const [spare] = at < 0 ? [] : spares.splice(at, 1);
    if (spare !== undefined) {
      spare.holding.id = id;
      this.#holdings.set(id, spare.holding);
      return spare.buffer;
    }
    const count = this.#counts.get(counted) ?? 0;
    this.#check(isQueueKey(id) ? "queue" : "channel", counted, count);
    const buffer = Channel.allocate(id, options);
    const holding = { id, maker, counted, holders: new Set<number>(), isCollected: false };
    this.#holdings.set(id, holding);
    this.#counts.set(counted, count + 1);
    this.#ofAll++;
    if (counted !== MAIN) this.#ofGuests++;
    this.#collected.register(buffer, holding);
    return buffer;
  }

  /** A guest is given the memory of a channel. */
  lend(id: number, guest: number): void {
    this.#holdings.get(id)?.holders.add(guest);
  }

  /** The interpreter that made a channel. */
  makerOf(id: number): number {
    return this.#holdings.get(id)?.maker ?? MAIN;
  }

  /** The guests that have met a channel. */
  holdersOf(id: number): readonly number[] {
    return [...this.#holdings.get(id)?.holders ?? []];
  }

  /**
   * Keeps the memory of a closed channel for the next one, if only its maker has met it.
   *
   * @param by The guest that gave it up before the host did.
   * @returns Whether it is kept.
   */
  reuse(id: number, buffer: SharedArrayBuffer, by: number): boolean {
    const holding = this.#holdings.get(id);
    if (holding === undefined) return false;
    const { maker, holders } = holding;
    const isPrivate = maker === MAIN
      ? holders.size === 0
      : holders.size === 1 && holders.has(maker);
    if (!isPrivate || by !== maker || buffer.byteLength > MAX_SPARE_BYTES) return false;
    const spares = this.#spares.get(maker) ?? [];
    if (spares.length >= MAX_SPARES) return false;
    spares.push({ buffer, holding });
    this.#spares.set(maker, spares);
    this.#holdings.delete(id);
    return true;
  }

  /** The memory of a channel has been collected in a guest. */
  forget(id: number, guest: number): void {
    const holding = this.#holdings.get(id);
    if (holding?.holders.delete(guest) === true) this.#settle(holding);
  }

  /** The thread of a guest is gone, and with it what it had met. */
  bury(guest: number): void {
    for (const { holding } of this.#spares.get(guest) ?? []) holding.holders.clear();
    this.#spares.delete(guest);
    for (const holding of this.#holdings.values()) {
      if (holding.holders.delete(guest)) this.#settle(holding);
    }
  }

  #check(kind: "channel" | "queue", counted: number, count: number): void {
    const tooMany = (most: number, whose: string): RangeError =>
      new RangeError(
        `Cannot create a ${kind}: ${whose} the memory of ${most} already; close some, and let the event loop turn until they are collected`,
      );
    const { ofGuest, ofGuests, ofAll } = this.#limits;
    if (counted !== MAIN) {
      if (count >= ofGuest) {
        throw tooMany(count, `interpreter ${counted}, with those that it created, has`);
      }
      if (this.#ofGuests >= ofGuests) {
        throw tooMany(this.#ofGuests, "all interpreters but the main one have");
      }
    }
    if (this.#ofAll >= ofAll) throw tooMany(this.#ofAll, "all interpreters have");
  }

  #settle(holding: Holding): void {
    const { id, counted, holders, isCollected } = holding;
    if (!isCollected || holders.size > 0) return;
    if (this.#holdings.get(id) === holding) this.#holdings.delete(id);
    const count = (this.#counts.get(counted) ?? 0) - 1;
    if (count > 0) this.#counts.set(counted, count);
    else this.#counts.delete(counted);
    this.#ofAll--;
    if (counted !== MAIN) this.#ofGuests--;
  }
}
