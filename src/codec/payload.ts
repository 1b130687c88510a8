// What the encoder hands out and what the decoder takes. The encoder's bytes lie in memory
// that it uses again: they must be copied before the next value is encoded.

import type { Piece } from "./pieces.ts";
import type { ReadShapes } from "./shapes.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, RangeError } = globalThis;

/** The most bytes that a message can have. */
export const MAX_MESSAGE_BYTES: number = 2 ** 30 - 2 ** 16;

/** Throws if a message would have more. */
export function checkLength(bytes: number): void {
  if (bytes <= MAX_MESSAGE_BYTES) return;
  throw new RangeError(
    `Cannot send: the message has more than ${MAX_MESSAGE_BYTES} bytes, which is the limit`,
  );
}

/** Payloads up to this length can be copied by whole words of four bytes. */
export const PADDED_BYTES = 128;

/** What goes into a record, which is the place of one item in a channel's memory. */
export interface Payload {
  readonly bytes: Uint8Array;
  /** The same memory as words. Up to PADDED_BYTES, zeros fill up the last word. */
  readonly words: Int32Array;
  /** Long contents, which follow the bytes: see channel/memory/long_contents.ts. */
  readonly contents: readonly Uint8Array[];
}

/** What of a value is not written as bytes. */
export interface Encoding {
  /** The contents of long buffers. */
  readonly leavesLongOut: boolean;
  /** Buffers that are moved. */
  readonly moved: ReadonlySet<ArrayBuffer> | undefined;
}

/** A value as bytes, and what it refers to. It is valid until the next value is encoded. */
export interface Encoded extends Payload {
  /** Buffers in it are to be moved, and are still the sender's. */
  readonly shared: readonly Piece[];
  /** Keys of the channels and queues whose handles are in the value. */
  readonly channels: readonly number[];
}

/** An object that is filled anew for each message. */
export type Reused<T> = { -readonly [Key in keyof T]: T[Key] };

export const NONE: readonly never[] = Object.freeze([]);

/** Makes what the encoder fills anew for each message. */
export function makeEncoded(bytes: Uint8Array, words: Int32Array): Reused<Encoded> {
  return { bytes, words, contents: NONE, shared: NONE, channels: NONE };
}

/** Fills the last word with zeros: what an earlier message left there is not for this receiver. */
export function pad(bytes: Uint8Array, length: number): void {
  if (length > PADDED_BYTES) return;
  for (let i = length; (i & 3) !== 0; i++) bytes[i] = 0;
}

/** What belongs to a message besides its bytes and its pieces. */
export interface DecodeOptions {
  /** Its long contents, whose memory becomes part of the value. */
  readonly contents?: readonly Uint8Array[];
  /** What was learned from earlier messages of the same sender. */
  readonly shapes?: ReadShapes | undefined;
}
