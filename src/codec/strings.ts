// Short strings out of bytes. Most strings in messages are short, many of them the
// same again and again (the keys of objects): those come from a small cache.

import { Buffer } from "node:buffer";

// Taken now: source may declare names of its own that hide these.
const { Array, BigInt, Function, Math, Reflect, String, TypeError } = globalThis;
const { fromCharCode } = String;

/** Three to eight times as fast as `TextDecoder` and `fromCharCode.apply` (measured on all three). */
const sliceLatin1: (bytes: Uint8Array, start: number, end: number) => string = Function.prototype
  .call.bind(Reflect.get(Buffer.prototype, "latin1Slice"));

const CACHE_SIZE = 1024;
const CACHED_CHARS = 16;
const cachedText: string[] = new Array<string>(CACHE_SIZE).fill("");

/** A string whose characters are bytes. */
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

/** As `latin1ToString`, for strings that hardly come twice. */
export function longLatin1(bytes: Uint8Array, start: number, length: number): string {
  return sliceLatin1(bytes, start, start + length);
}

const CHUNK_UNITS = 4096;

/** Writes a string as UTF-16 units; returns where it ends. */
export function writeUnits(bytes: Uint8Array, start: number, text: string): number {
  let at = start;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    bytes[at++] = code;
    bytes[at++] = code >>> 8;
  }
  return at;
}

/** A string of UTF-16 units, well formed or not. */
export function unitsToString(bytes: Uint8Array, start: number, count: number): string {
  let text = "";
  for (let first = 0; first < count; first += CHUNK_UNITS) {
    const units: number[] = [];
    for (let i = first; i < Math.min(first + CHUNK_UNITS, count); i++) {
      const at = start + 2 * i;
      // oxlint-disable-next-line typescript/no-non-null-assertion -- Whoever asks has checked that the bytes are there.
      units.push(bytes[at]! | (bytes[at + 1]! << 8));
    }
    text += fromCharCode.apply(null, units);
  }
  return text;
}

/** The bigint of hexadecimal digits with a sign. */
export function parseBigInt(text: string): bigint {
  const isNegative = text.startsWith("-");
  const digits = isNegative ? text.slice(1) : text;
  if (!/^[0-9a-f]+$/.test(digits)) {
    throw new TypeError("Cannot decode a message: a bigint has no digits");
  }
  const value = BigInt(`0x${digits}`);
  return isNegative ? -value : value;
}
