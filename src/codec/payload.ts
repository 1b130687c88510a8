// What the encoder hands out, bytes that are to be copied before it is used again, and what
// the decoder takes.

import type { ReadShapes } from "./shapes.ts";

// Taken now: source may declare names of its own that hide these.
const { Object } = globalThis;

/** Bytes that a message can have at most. */
export const MAX_MESSAGE_BYTES: number = 2 ** 30 - 2 ** 16;

/** Up to this length a payload can be copied by whole words. */
export const PADDED_BYTES = 128;

/** What goes into a record. */
export interface Payload {
  readonly bytes: Uint8Array;
  /** The same memory as words; up to PADDED_BYTES the last one is filled up with zeros. */
  readonly words: Int32Array;
  /** What follows the bytes: see channel/memory/long_contents.ts. */
  readonly chunks: readonly Uint8Array[];
}

/** A value as bytes, and the shared memory that it refers to; scratch memory, valid until the next `encode`. */
export interface Encoded extends Payload {
  readonly shared: readonly SharedArrayBuffer[];
  /** Ids of the channels whose handles are in it. */
  readonly channels: readonly number[];
}

/** An object that is filled again for the next message. */
export type Reused<T> = { -readonly [Key in keyof T]: T[Key] };

export const NONE: readonly never[] = Object.freeze([]);

/** What is filled for each message that refers to nothing. */
export function makeEncoded(bytes: Uint8Array, words: Int32Array): Reused<Encoded> {
  return { bytes, words, chunks: NONE, shared: NONE, channels: NONE };
}

/** Fills the last word up: what an earlier message left there is not for who receives this one. */
export function pad(bytes: Uint8Array, length: number): void {
  if (length > PADDED_BYTES) return;
  for (let i = length; (i & 3) !== 0; i++) bytes[i] = 0;
}

/** What belongs to a message besides its bytes and the shared memory. */
export interface DecodeOptions {
  /** Its chunks, which become parts of the value. */
  readonly chunks?: readonly Uint8Array[];
  /** What is remembered of this sender's messages. */
  readonly shapes?: ReadShapes | undefined;
}
