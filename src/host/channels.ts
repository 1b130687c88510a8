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
}

/** All channels of the process. */
export class HostChannels {
  readonly #registry = new ChannelRegistry(0);
  readonly #vault = new Map<string, Deposit>();
  #nextId = 0;
  #lastToken = 0;

  /** @param drain Handles frames that have arrived: a deposit may be among them. */
  constructor(drain: () => void) {
    setVault({
      deposit: (channel, buffers) => {
        const token = ++this.#lastToken;
        this.deposit(0, { token, channel, buffers });
        return token;
      },
      withdraw: (_channel, sender, token) => {
        drain();
        return this.withdraw(sender, token);
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
    this.#vault.set(`${sender}:${token}`, kept);
  }

  /** Hands out what was deposited; an item is received once, so it is asked for once. */
  withdraw(sender: number, token: number): readonly SharedArrayBuffer[] {
    const key = `${sender}:${token}`;
    const kept = this.#vault.get(key);
    this.#vault.delete(key);
    return kept?.buffers ?? [];
  }

  /** Clears up after an interpreter whose thread is gone. */
  bury(id: number): void {
    const open = new Set(this.#registry.openIds());
    for (const channelId of open) {
      this.#registry.get(channelId)?.bury(id);
    }
    for (const [key, { channel }] of this.#vault) {
      if (!open.has(channel)) this.#vault.delete(key);
    }
  }
}
