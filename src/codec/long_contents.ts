// Long contents: the bytes of buffers that are too long to be copied twice. The encoder does
// not copy them; they are copied straight from the value into the ring of a channel.

import { Refusal } from "./brands.ts";
import { checkLength, NONE } from "./payload.ts";

/**
 * Contents from this length on count as long. For shorter ones the table costs more than a second
 * copy.
 */
export const LONG_BYTES: number = 2 ** 14;

/** The long contents of one value. */
export class LongContents {
  #contents: Uint8Array[] | undefined;
  #lengths: number[] = [];
  #total = 0;

  /** Adds a content and returns its number. */
  add(content: Uint8Array): number {
    this.#total += content.length;
    checkLength(this.#total);
    this.#lengths.push(content.length);
    return (this.#contents ??= []).push(content) - 1;
  }

  /**
   * All of them. A content that a getter of the same value has transferred away since is refused.
   */
  all(): readonly Uint8Array[] {
    const contents = this.#contents;
    if (contents === undefined) return NONE;
    for (let i = 0; i < contents.length; i++) {
      if (contents[i]?.length !== this.#lengths[i]) throw new Refusal();
    }
    return contents;
  }

  /** Forgets them, so that nothing here keeps alive what was sent. */
  clear(): void {
    if (this.#contents === undefined) return;
    this.#contents = undefined;
    this.#lengths = [];
    this.#total = 0;
  }
}
