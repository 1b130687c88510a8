// The channels that one realm knows, by id. Closed ones are forgotten: their memory
// can then be freed.

import { SafeMap } from "../primordials.ts";
import { Channel } from "./channel.ts";

// Taken now: source may declare names of its own that hide these.
const { Math } = globalThis;

/** The channels of one realm. */
export class ChannelRegistry {
  readonly #me: number;
  readonly #channels = new SafeMap<number, Channel>();
  /** How many to hold before the next look for closed ones. */
  #limit = 64;

  /** @param me Id of the interpreter that the realm belongs to. */
  constructor(me: number) {
    this.#me = me;
  }

  /** The channel in that memory, which is made known if it was not. */
  add(buffer: SharedArrayBuffer): Channel {
    const channel = new Channel(buffer, this.#me);
    const known = this.#channels.get(channel.id);
    if (known !== undefined) return known;
    if (this.#channels.size >= this.#limit) {
      this.#forgetClosed();
      // Looking again only when as many have come costs each channel a fixed share.
      this.#limit = Math.max(64, 2 * this.#channels.size);
    }
    this.#channels.set(channel.id, channel);
    return channel;
  }

  /** The channel, `undefined` if the realm does not know it. */
  get(id: number): Channel | undefined {
    return this.#channels.get(id);
  }

  /** Ids of the channels that are not closed, ascending. */
  openIds(): number[] {
    this.#forgetClosed();
    return [...this.#channels.keys()].sort((a, b) => a - b);
  }

  #forgetClosed(): void {
    this.#channels.forEach((channel, id) => {
      if (channel.isRecvClosed) this.#channels.delete(id);
    });
  }
}
