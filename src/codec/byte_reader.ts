// The bytes of a message as they are read: numbers, strings and blocks of bytes. The bytes may
// come from a hostile thread, so nothing is read before it is known to be there.

// oxlint-disable typescript/no-non-null-assertion -- skip() has checked that the bytes are there; a second check of each would cost.

import { latin1ToBigInt, parseBigInt } from "./bigints.ts";
import type { ReadShape, ReadShapes } from "./shapes.ts";
import { latin1ToString, longLatin1, unitsToString } from "./strings.ts";
import * as tags from "./tags.ts";

// Taken now: source may declare names of its own that hide these.
const { DataView, TextDecoder, TypeError, Uint8Array } = globalThis;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const EMPTY = new Uint8Array(0);

// The message that is being read. There is one at a time.
let bytes: Uint8Array = EMPTY;
let at = 0;

/** Begins a message. */
export function beginReading(message: Uint8Array): void {
  bytes = message;
  at = 0;
}

/** Ends a message, so that nothing here keeps it alive. */
export function endReading(): void {
  bytes = EMPTY;
}

/** How many bytes of the message are left. */
export function bytesLeft(): number {
  return bytes.length - at;
}

/** The error of a message that makes no sense. */
export function senseless(why: string): TypeError {
  return new TypeError(`Cannot decode a message: ${why}`);
}

/** Moves past so many bytes and returns where they begin. */
function skip(count: number): number {
  const start = at;
  if (count > bytes.length - start) throw senseless("it ends too early");
  at = start + count;
  return start;
}

/** Reads one byte. */
export function readByte(): number {
  return bytes[skip(1)]!;
}

/** Reads 32 bits as a signed number. */
export function readInt32(): number {
  const i = skip(4);
  return bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
}

/** Reads 32 bits as an unsigned number. */
export function readUint32(): number {
  return readInt32() >>> 0;
}

const doubleBytes = new Uint8Array(8);
const double = new DataView(doubleBytes.buffer);

/** Reads a double. */
export function readDouble(): number {
  const start = skip(8);
  for (let i = 0; i < 8; i++) doubleBytes[i] = bytes[start + i]!;
  return double.getFloat64(0, true);
}

/** Reads a count of things, each of which takes at least so many bytes. */
export function readCount(bytesEach: number): number {
  const count = readUint32();
  if (count * bytesEach > bytes.length - at) throw senseless("a count is too big");
  return count;
}

/** Reads a string, whose tag has been read. */
export function readText(tag: number): string {
  if (tag === tags.LATIN1) {
    const length = bytes[skip(1)]!;
    return latin1ToString(bytes, skip(length), length);
  }
  const length = readUint32();
  if (tag === tags.UTF16) return unitsToString(bytes, skip(2 * length), length);
  const start = skip(length);
  if (tag === tags.ASCII) return longLatin1(bytes, start, length);
  return utf8.decode(bytes.subarray(start, start + length));
}

/** Reads a string with its tag. */
export function readString(): string {
  const tag = bytes[skip(1)]!;
  const isText = (tag >= tags.LATIN1 && tag <= tags.UTF16) || tag === tags.ASCII;
  if (!isText) throw senseless("a string is missing");
  return readText(tag);
}

/** Reads a bigint, whose tag has been read. */
export function readBigInt(): bigint {
  if (bytes[at] !== tags.LATIN1) return parseBigInt(readString());
  const length = bytes[skip(2) + 1]!;
  return latin1ToBigInt(bytes, skip(length), length);
}

/** Reads a block of names (shapes.ts). */
export function readNames(shapes: ReadShapes): ReadShape {
  const length = bytes[skip(1)]!;
  const shape = shapes.at(bytes, skip(length), length);
  if (shape === undefined) throw senseless("the names of an object make no sense");
  return shape;
}

/** Reads so many bytes into a buffer of their own. */
export function readBuffer(length: number): ArrayBuffer {
  const start = skip(length);
  // In one step: then the runtime need not fill the memory with zeros first.
  return bytes.slice(start, start + length).buffer as ArrayBuffer;
}

/** Reads as many bytes as the buffer is long. */
export function readInto(buffer: ArrayBuffer, length: number): void {
  const start = skip(length);
  new Uint8Array(buffer).set(bytes.subarray(start, start + length));
}
