// Runs what the host sends, one run at a time, and reports how it ended. What a
// run leaves behind (timers, promises) goes on; an error that nobody caught
// fails the run in progress, or is reported when there is none.

import { RecvChannel } from "../api/recv_channel.ts";
import { SendChannel } from "../api/send_channel.ts";
import { encode } from "../codec/encode.ts";
import { toExcinfo } from "../codec/excinfo.ts";
import { NotShareableError } from "../errors.ts";
import type { Boot, HostFrame, PassedChannels, PassedEnd } from "../protocol/frames.ts";
import { realm } from "../api/realm.ts";
import { Evaluator } from "./evaluate.ts";
import type { GuestRealm } from "./realm.ts";
import type { Wire } from "./wire.ts";

type RunFrame = Extract<HostFrame, { type: "run" }>;

/** The runs of one guest. */
export class Runner {
  readonly #wire: Wire;
  readonly #evaluator: Evaluator;
  #current: RunFrame | undefined;

  constructor(boot: Boot, wire: Wire) {
    this.#wire = wire;
    this.#evaluator = new Evaluator(boot.baseUrl);
  }

  /** Runs one source. */
  onRun(frame: RunFrame): void {
    this.#current = frame;
    try {
      if (frame.channels !== null) this.#bind(frame.channels);
      const value = this.#evaluator.run(frame.script, frame.filename);
      if (frame.script.isAsync || (frame.wantsValue && value instanceof Promise)) {
        void this.#settle(frame, value);
      } else {
        this.#done(frame, value);
      }
    } catch (error) {
      this.#failed(frame, error);
    }
  }

  /** An error that source did not catch, from a timer or a promise. */
  onStrayError(error: unknown): void {
    if (this.#current !== undefined) this.#failed(this.#current, error);
    else this.#wire.post({ type: "uncaught", excinfo: toExcinfo(error) });
  }

  async #settle(frame: RunFrame, value: unknown): Promise<void> {
    try {
      this.#done(frame, await value);
    } catch (error) {
      this.#failed(frame, error);
    }
  }

  #done(frame: RunFrame, value: unknown): void {
    if (this.#current !== frame) return;
    if (!frame.wantsValue || value === undefined) {
      this.#current = undefined;
      this.#wire.post({ type: "done", call: frame.call, value: null });
      return;
    }
    try {
      const { bytes, shared } = encode(value);
      this.#current = undefined;
      this.#wire.post({
        type: "done",
        call: frame.call,
        value: { bytes: bytes.slice(), shared },
      });
    } catch (error) {
      if (!(error instanceof NotShareableError)) throw error;
      this.#current = undefined;
      this.#wire.post({ type: "unshareable", call: frame.call, message: error.message });
    }
  }

  #failed(frame: RunFrame, error: unknown): void {
    if (this.#current !== frame) return;
    this.#current = undefined;
    this.#wire.post({ type: "failed", call: frame.call, excinfo: toExcinfo(error) });
  }

  #bind(channels: PassedChannels): void {
    if (channels.kind === "pair") {
      this.#evaluator.assign(["channels"], [channels.pair.map(toEnd)]);
    } else {
      this.#evaluator.assign(channels.names, channels.ends.map(toEnd));
    }
  }
}

function toEnd({ end, buffer }: PassedEnd): RecvChannel | SendChannel {
  const { id } = (realm() as GuestRealm).channels.add(buffer);
  return end === "recv" ? new RecvChannel(id) : new SendChannel(id);
}
