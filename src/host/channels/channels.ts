// The host's side of the channels. It gives them their ids, knows them all, keeps the shared
// memory that items refer to, and clears up after a close or a death. Items do not pass
// through here: they go from thread to thread.

import type { StoredChannelOptions } from "../../api/options.ts";
import type { Channel } from "../../channel/channel.ts";
import { ChannelRegistry } from "../../channel/registry.ts";
import { setDeposits } from "../../channel/deposits.ts";
import { ChannelNotFoundError } from "../../errors.ts";
import { tellFreed } from "../../runtime/collector.ts";
import { ChannelMemory, type Maker } from "./memory.ts";

interface Deposit {
  readonly channel: number;
  readonly buffers: readonly SharedArrayBuffer[];
  /** Channels that the receiver may use from then on. */
  readonly channels: readonly number[];
}

/** The most deposits that are kept of one sender: a flood of them must not fill the host's memory. */
const MAX_DEPOSITS = 10_000;
/** A deposit counts once, and once more for each so many pieces in it. */
const PIECES = 16;

function sizeOf({ buffers, channels }: Deposit): number {
  return 1 + Math.floor((buffers.length + channels.length) / PIECES);
}

/**
 * How long the deposits of a closed channel are kept. Whoever has received its last item may be
 * about to ask for them.
 */
const SWEEP_MS = 100;

const MAIN = 0;
const BY_MAIN: Maker = { maker: MAIN, counted: MAIN };

/** All channels of the process. */
export class HostChannels {
  readonly #registry = new ChannelRegistry(MAIN, ({ id }, buffer) => this.#onClosed(id, buffer));
  readonly #memory = new ChannelMemory();
  readonly #drain: () => void;
  readonly #tell: (guest: number, id: number) => void;
  readonly #deposits = new Map<string, Deposit>();
  /** The size of what is kept, by sender. */
  readonly #counts = new Map<number, number>();
  #isSweeping = false;
  #nextId = 0;
  #lastInternalId = 0;
  #lastToken = 0;
  /** The guest that has just said that it gave up the memory of a channel. */
  #closer = MAIN;

  /**
   * @param drain Handles frames that have arrived: a deposit may be among them.
   * @param tell Tells a guest that a channel which it has met is closed.
   */
  constructor(drain: () => void, tell: (guest: number, id: number) => void) {
    this.#drain = drain;
    this.#tell = tell;
    setDeposits({
      deposit: (channel, buffers, channels) => {
        const token = ++this.#lastToken;
        this.deposit(0, { token, channel, buffers, channels });
        return token;
      },
      discard: (token) => this.discard(0, token),
      withdraw: (channel, sender, token) => {
        drain();
        return this.withdraw({ channel, sender, token })?.buffers ?? [];
      },
    });
  }

  /**
   * Makes a channel.
   *
   * @throws {RangeError} There are too many already.
   */
  create(options: StoredChannelOptions, by: Maker = BY_MAIN): Channel {
    const buffer = this.#memory.take(this.#nextId, by, options);
    this.#nextId++;
    return this.#registry.add(buffer);
  }

  /**
   * Makes a channel of the module's own. Its id is negative: no handle can have it, so source
   * cannot open the channel, and no list has it.
   *
   * @throws {RangeError} There are too many channels already.
   */
  createInternal(options: StoredChannelOptions, by: Maker): Channel {
    const id = this.#lastInternalId - 1;
    const buffer = this.#memory.take(id, by, options);
    this.#lastInternalId = id;
    return this.#registry.add(buffer);
  }

  /** The channel, `undefined` if it is closed and gone; throws if there never was one. */
  open(id: number): Channel | undefined {
    const channel = this.#registry.get(id);
    if (channel === undefined && !(Number.isSafeInteger(id) && id >= 0 && id < this.#nextId)) {
      throw new ChannelNotFoundError(`Cannot use channel ${id}: channel ${id} not found`);
    }
    return channel;
  }

  /** The memory of a channel for a guest; `undefined` if it is closed. */
  lend(id: number, guest: number): SharedArrayBuffer | undefined {
    const buffer = this.open(id)?.buffer;
    if (buffer !== undefined) this.#memory.lend(id, guest);
    return buffer;
  }

  /** A guest has found a channel closed and given up its memory. */
  onClosed(id: number, guest: number): void {
    this.#closer = guest;
    try {
      this.#registry.look(id);
    } finally {
      this.#closer = MAIN;
    }
  }

  /** The memory of closed channels has been collected in a guest. */
  onCollected(ids: readonly number[], guest: number): void {
    for (const id of ids) this.#memory.forget(id, guest);
  }

  #onClosed(id: number, buffer: SharedArrayBuffer): void {
    for (const guest of this.#memory.holdersOf(id)) {
      if (guest !== this.#closer) this.#tell(guest, id);
    }
    if (!this.#memory.reuse(id, buffer, this.#closer)) tellFreed(buffer.byteLength);
    if (this.#deposits.size > 0) this.#sweepSoon();
  }

  /** Ids of the channels that are not closed, ascending. */
  list(): readonly number[] {
    return this.#registry.openIds().filter((id) => id >= 0);
  }

  /** Keeps shared memory that an item refers to until its receiver asks for it. */
  deposit(sender: number, { token, ...kept }: Deposit & { readonly token: number }): void {
    const key = `${sender}:${token}`;
    this.#forget(key);
    const count = (this.#counts.get(sender) ?? 0) + sizeOf(kept);
    if (sender !== 0 && count > MAX_DEPOSITS) return;
    this.#counts.set(sender, count);
    this.#deposits.set(key, kept);
    if (!this.isOpen(kept.channel)) this.#sweepSoon();
  }

  /** Forgets what was deposited for an item that nobody will receive. */
  discard(sender: number, token: number): void {
    this.#forget(`${sender}:${token}`);
  }

  /** Hands out what was deposited; an item is received once, so it is asked for once. */
  withdraw(
    { channel, sender, token }: { channel: number; sender: number; token: number },
  ): Deposit | undefined {
    const key = `${sender}:${token}`;
    const kept = this.#deposits.get(key);
    // Tokens can be guessed: whoever has nothing to do with the channel gets nothing.
    if (kept?.channel !== channel) return undefined;
    this.#forget(key);
    return kept;
  }

  /** Whether a channel is there and not closed. */
  isOpen(id: number): boolean {
    return this.#registry.get(id)?.isRecvClosed === false;
  }

  #forget(key: string): void {
    const kept = this.#deposits.get(key);
    if (kept === undefined) return;
    this.#deposits.delete(key);
    const sender = Number.parseInt(key, 10);
    const count = (this.#counts.get(sender) ?? 0) - sizeOf(kept);
    if (count > 0) this.#counts.set(sender, count);
    else this.#counts.delete(sender);
  }

  /** Clears up after an interpreter whose thread is gone. */
  bury(id: number): void {
    for (const channelId of this.#registry.openIds()) this.#registry.get(channelId)?.bury(id);
    this.#memory.bury(id);
    this.#sweepSoon();
  }

  #sweepSoon(): void {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    const timer: { unref(): void } = setTimeout(() => {
      this.#isSweeping = false;
      // A receiver that has asked by now still gets it.
      this.#drain();
      this.#sweep();
    }, SWEEP_MS);
    timer.unref();
  }

  /** Forgets what belongs to channels that have closed with items in them. */
  #sweep(): void {
    for (const [key, { channel }] of this.#deposits) {
      if (!this.isOpen(channel)) this.#forget(key);
    }
  }
}
