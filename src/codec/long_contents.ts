// Contents of buffers that are too long to be copied twice: the encoder hands them on as
// they are, and they are copied straight from the value into the ring.

import { Refusal } from "./brands.ts";
import { MAX_MESSAGE_BYTES, NONE } from "./payload.ts";

// Taken now: source may declare names of its own that hide these.
const { RangeError } = globalThis;

/** From this length on a content is a chunk: below, a table of them costs more than a copy. */
export const CHUNK_BYTES: number = 2 ** 14;

/** The chunks of one value. */
export class Chunks {
  #contents: Uint8Array[] | undefined;
  #lengths: number[] = [];
  #total = 0;

  /** The number of a content. */
  add(content: Uint8Array): number {
    this.#total += content.length;
    if (this.#total > MAX_MESSAGE_BYTES) {
      throw new RangeError(
        `Cannot send: the message has more than ${MAX_MESSAGE_BYTES} bytes, which is the limit`,
      );
    }
    this.#lengths.push(content.length);
    return (this.#contents ??= []).push(content) - 1;
  }

  /** All of them; refuses those that a getter of the same value has transferred away since. */
  all(): readonly Uint8Array[] {
    const contents = this.#contents;
    if (contents === undefined) return NONE;
    for (let i = 0; i < contents.length; i++) {
      if (contents[i]?.length !== this.#lengths[i]) throw new Refusal();
    }
    return contents;
  }

  /** Forgets them: what was sent must not be kept alive from here. */
  clear(): void {
    if (this.#contents === undefined) return;
    this.#contents = undefined;
    this.#lengths = [];
    this.#total = 0;
  }
}
