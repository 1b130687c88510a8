// The channels and queues that one realm knows, by key (codec/handles.ts). Closed channels are forgotten, so that their
// memory can be freed.

import { isQueueKey } from "../codec/handles.ts";
import { SafeMap } from "../primordials.ts";
import { Channel, type ChannelListener } from "./channel.ts";
import { keyIn } from "./parts.ts";
import { SharedQueue } from "./queue.ts";

/** The channels of one realm. */
export class ChannelRegistry {
  readonly #me: number;
  readonly #channels = new SafeMap<number, Channel>();
  readonly #listener: ChannelListener;

  /**
   * @param me Id of the interpreter that the realm belongs to.
   * @param onClosed Called when a channel is found closed, with the memory that it had.
   */
  constructor(me: number, onClosed: ChannelListener["onClosed"]) {
    this.#me = me;
    this.#listener = {
      onClosed: (channel, buffer) => {
        // Items that were returned can still be received in this realm.
        if (channel.isRecvClosed) this.#channels.delete(channel.id);
        onClosed(channel, buffer);
      },
      onReturned: (channel) => this.#channels.set(channel.id, channel),
    };
  }

  /** The channel in that memory. The realm knows it from now on. */
  add(buffer: SharedArrayBuffer): Channel {
    const Kind = isQueueKey(keyIn(buffer)) ? SharedQueue : Channel;
    const channel = new Kind(buffer, this.#me, this.#listener);
    const known = this.#channels.get(channel.id);
    if (known !== undefined) return known;
    this.#channels.set(channel.id, channel);
    return channel;
  }

  /** The channel with that key; `undefined` if the realm does not know it. */
  get(id: number): Channel | undefined {
    return this.#channels.get(id);
  }

  /** Looks whether a channel is closed; if so, its memory is given up. */
  look(id: number): void {
    void this.#channels.get(id)?.isRecvClosed;
  }

  /** Keys of the channels that are not closed, ascending. */
  openIds(): number[] {
    const ids: number[] = [];
    this.#channels.forEach((channel, id) => {
      if (channel.isRecvClosed) this.#channels.delete(id);
      else ids.push(id);
    });
    return ids.sort((a, b) => a - b);
  }
}
