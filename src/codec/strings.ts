// Strings and bigints from and to bytes. Most strings in messages are short, and many come
// again and again, as names of properties do: a small cache has those.

import { Buffer } from "node:buffer";

// Taken now: source may declare names of its own that hide these.
const { Array, Function, Math, Reflect, String } = globalThis;
const { fromCharCode } = String;

/**
 * Three to eight times as fast as `TextDecoder` and `fromCharCode.apply` (measured on Deno 2.9,
 * Bun 1.4 and Node 20).
 */
const sliceLatin1: (bytes: Uint8Array, start: number, end: number) => string = Function.prototype
  .call.bind(Reflect.get(Buffer.prototype, "latin1Slice"));

/** Ten times as fast as a loop from some 50 units on (measured on Deno 2.9, Bun 1.4, Node 20). */
const sliceUnits: (bytes: Uint8Array, start: number, end: number) => string = Function.prototype
  .call.bind(Reflect.get(Buffer.prototype, "ucs2Slice"));

const CACHE_SIZE = 1024;
const CACHED_CHARS = 16;
const cachedText: string[] = new Array<string>(CACHE_SIZE).fill("");

/** The string whose characters are these bytes. */
export function latin1ToString(bytes: Uint8Array, start: number, length: number): string {
  if (length === 0) return "";
  if (length > CACHED_CHARS) return longLatin1(bytes, start, length);
  const end = start + length;
  let hash = length;
  // oxlint-disable-next-line typescript/no-non-null-assertion -- Whoever asks has checked that the bytes are there.
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
  const slot = (hash ^ (hash >>> 10)) & (CACHE_SIZE - 1);
  // oxlint-disable-next-line typescript/no-non-null-assertion -- The cache has a string in each slot.
  const known = cachedText[slot]!;
  if (known.length === length && isSame(known, bytes, start)) return known;
  const text = longLatin1(bytes, start, length);
  cachedText[slot] = text;
  return text;
}

function isSame(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== bytes[start + i]) return false;
  }
  return true;
}

/** As `latin1ToString`, without the cache, for strings that hardly come twice. */
export function longLatin1(bytes: Uint8Array, start: number, length: number): string {
  return sliceLatin1(bytes, start, start + length);
}

/** Up to this length the loop is faster. */
const LOOP_UNITS = 16;

/** Writes a string as UTF-16 and returns where it ends. */
export function writeUnits(bytes: Uint8Array, start: number, text: string): number {
  let at = start;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    bytes[at++] = code;
    bytes[at++] = code >>> 8;
  }
  return at;
}

/** The string of these UTF-16 units, which may be ill formed. */
export function unitsToString(bytes: Uint8Array, start: number, count: number): string {
  if (count > LOOP_UNITS) return sliceUnits(bytes, start, start + 2 * count);
  const units: number[] = [];
  for (let i = 0; i < count; i++) {
    const at = start + 2 * i;
    // oxlint-disable-next-line typescript/no-non-null-assertion -- Whoever asks has checked that the bytes are there.
    units[i] = bytes[at]! | (bytes[at + 1]! << 8);
  }
  return fromCharCode.apply(null, units);
}
