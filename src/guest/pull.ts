// Items that an iterator inside an interpreter waits for: promises, because Effect is not
// loaded there.

import type { Caller } from "../api/caller.ts";
import { receiveFrom } from "../api/ends.ts";
import { LEFT, type Pull } from "../api/realm.ts";
import type { Channel, GiveUp, Received, Settle } from "../channel/channel.ts";
import { SafeMap } from "../primordials.ts";
import { waitWithin } from "./waits.ts";

/** The items of one channel that are still to come. */
export class GuestPull implements Pull {
  readonly #channel: Channel;
  readonly #waits = new SafeMap<Settle<Received>, GiveUp>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  next(caller: Caller): Promise<Received> {
    const begin = receiveFrom(this.#channel);
    return waitWithin<Received>((settle) => {
      const known: Settle<Received> = {
        resolve: (received) => {
          this.#waits.delete(known);
          settle.resolve(received);
        },
        reject: (error) => {
          this.#waits.delete(known);
          settle.reject(error);
        },
      };
      const giveUp = begin(known);
      this.#waits.set(known, giveUp);
      return giveUp;
    }, { signal: undefined, timeoutMs: Infinity, onTimeout: () => LEFT, caller });
  }

  leave(): void {
    this.#waits.forEach((giveUp, settle) => {
      if (giveUp()) settle.reject(LEFT);
    });
  }
}
