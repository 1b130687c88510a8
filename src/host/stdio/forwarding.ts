// Output of an interpreter that another interpreter created, on its way to the creator.
// Few pieces may be on their way at a time: then the writer waits until the creator has
// taken some in.

import type { OutputSink } from "../../api/create_options.ts";
import type { OutputFrame, OutputStream } from "../../protocol/frames.ts";

/** Pieces that a creator may have before it; each has at most 64 KiB. */
const MAX_UNTAKEN = 32;

/** One stream on its way to the creator. */
class Forward implements OutputSink {
  readonly #post: (text: string | null) => void;
  #untaken = 0;
  #isAbandoned = false;
  #room: Promise<void> | undefined;
  #giveRoom: (() => void) | undefined;

  constructor(post: (text: string | null) => void) {
    this.#post = post;
  }

  write(text: string): PromiseLike<void> | undefined {
    if (this.#isAbandoned) return undefined;
    this.#post(text);
    if (++this.#untaken < MAX_UNTAKEN) return undefined;
    return this.#room ??= new Promise((resolve) => {
      this.#giveRoom = resolve;
    });
  }

  end(): void {
    if (!this.#isAbandoned) this.#post(null);
  }

  taken(): void {
    if (this.#untaken > 0 && --this.#untaken < MAX_UNTAKEN) this.#makeRoom();
  }

  abandon(): void {
    this.#isAbandoned = true;
    this.#makeRoom();
  }

  #makeRoom(): void {
    this.#giveRoom?.();
    this.#room = undefined;
  }
}

/** What goes to one creator. */
export class Forwarding {
  readonly #post: (frame: OutputFrame) => void;
  readonly #forwards = new Map<string, Forward>();
  #isAbandoned = false;

  constructor(post: (frame: OutputFrame) => void) {
    this.#post = post;
  }

  /** A sink that hands on to the creator; `creation` is its own number of the creation. */
  open(creation: number, stream: OutputStream): OutputSink {
    const key = `${creation}:${stream}`;
    const forward = new Forward((text) => {
      if (text === null) this.#forwards.delete(key);
      this.#post({ type: "output", creation, stream, text });
    });
    if (this.#isAbandoned) forward.abandon();
    this.#forwards.set(key, forward);
    return forward;
  }

  /** The creator has taken one piece in. */
  taken(creation: number, stream: OutputStream): void {
    this.#forwards.get(`${creation}:${stream}`)?.taken();
  }

  /** The creator is gone: what comes now is dropped. */
  abandon(): void {
    this.#isAbandoned = true;
    for (const forward of this.#forwards.values()) forward.abandon();
    this.#forwards.clear();
  }
}
