// The host's side of the channels: it gives them their ids, knows them all, keeps
// the shared memory that items refer to, and clears up after a death. No item
// passes through here.

import type { ChannelOptions } from "../api/options.ts";
import { Channel } from "../channel/channel.ts";
import { ChannelRegistry } from "../channel/registry.ts";
import { setVault } from "../channel/vault.ts";
import { ChannelNotFoundError } from "../errors.ts";

interface Deposit {
  readonly channel: number;
  readonly buffers: readonly SharedArrayBuffer[];
  /** Channels that the receiver may use from then on. */
  readonly channels: readonly number[];
}

/** What is kept of one sender at most: a flood of deposits must not fill the host's memory. */
const MAX_DEPOSITS = 10_000;
/** So many pieces of one deposit count as one more. */
const PIECES = 16;

function sizeOf({ buffers, channels }: Deposit): number {
  return 1 + Math.floor((buffers.length + channels.length) / PIECES);
}

/** So many deposits may lie there before it is looked whether their channels are closed. */
const MIN_SWEEP = 64;

/** All channels of the process. */
export class HostChannels {
  readonly #registry = new ChannelRegistry(0);
  readonly #vault = new Map<string, Deposit>();
  /** The size of what is kept, by sender. */
  readonly #counts = new Map<number, number>();
  #sweepAt = MIN_SWEEP;
  #nextId = 0;
  #lastToken = 0;

  /** @param drain Handles frames that have arrived: a deposit may be among them. */
  constructor(drain: () => void) {
    setVault({
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

  /** Makes a channel. */
  create({ unboundItems, capacity }: Required<ChannelOptions>): Channel {
    const id = this.#nextId++;
    return this.#registry.add(Channel.allocate(id, { unboundItems, capacity }));
  }

  /** The channel, `undefined` if it is closed and gone; throws if there never was one. */
  open(id: number): Channel | undefined {
    const channel = this.#registry.get(id);
    if (channel === undefined && !(Number.isSafeInteger(id) && id >= 0 && id < this.#nextId)) {
      throw new ChannelNotFoundError(`Cannot use channel ${id}: channel ${id} not found`);
    }
    return channel;
  }

  /** Ids of the channels that are not closed, ascending. */
  list(): readonly number[] {
    return this.#registry.openIds();
  }

  /** Keeps shared memory that an item refers to until its receiver asks for it. */
  deposit(sender: number, { token, ...kept }: Deposit & { readonly token: number }): void {
    const key = `${sender}:${token}`;
    this.#forget(key);
    const count = (this.#counts.get(sender) ?? 0) + sizeOf(kept);
    if (sender !== 0 && count > MAX_DEPOSITS) return;
    this.#counts.set(sender, count);
    this.#vault.set(key, kept);
    if (this.#vault.size >= this.#sweepAt) this.#sweep();
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
    const kept = this.#vault.get(key);
    // Tokens can be guessed: who has nothing to do with the channel gets nothing.
    if (kept?.channel !== channel) return undefined;
    this.#forget(key);
    return kept;
  }

  /** Whether a channel is there and not closed. */
  isOpen(id: number): boolean {
    return this.#registry.get(id)?.isRecvClosed === false;
  }

  #forget(key: string): void {
    const kept = this.#vault.get(key);
    if (kept === undefined) return;
    this.#vault.delete(key);
    const sender = Number.parseInt(key, 10);
    const count = (this.#counts.get(sender) ?? 0) - sizeOf(kept);
    if (count > 0) this.#counts.set(sender, count);
    else this.#counts.delete(sender);
  }

  /** Clears up after an interpreter whose thread is gone. */
  bury(id: number): void {
    for (const channelId of this.#registry.openIds()) this.#registry.get(channelId)?.bury(id);
    this.#sweep();
  }

  /** Forgets what belongs to channels that have closed with items in them. */
  #sweep(): void {
    const open = new Set(this.#registry.openIds());
    for (const [key, { channel }] of this.#vault) {
      if (!open.has(channel)) this.#forget(key);
    }
    this.#sweepAt = Math.max(MIN_SWEEP, 2 * this.#vault.size);
  }
}
