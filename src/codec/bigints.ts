// Bigints out of bytes. A message has them as hexadecimal digits with a sign.

import { longLatin1 } from "./strings.ts";

// Taken now: source may declare names of its own that hide these.
const { BigInt, DataView, TypeError, Uint8Array } = globalThis;

/** The bigint of hexadecimal digits, with a `-` before them if it is negative. */
export function parseBigInt(text: string): bigint {
  const isNegative = text.startsWith("-");
  const digits = isNegative ? text.slice(1) : text;
  if (!/^[0-9a-f]+$/.test(digits)) throw noDigits();
  const value = BigInt(`0x${digits}`);
  return isNegative ? -value : value;
}

const MINUS = 0x2d;
const WORD_DIGITS = 8;
const PAIR_DIGITS = 2 * WORD_DIGITS;
const PAIR_BITS = 64n;
/** So many digits are read without making a string of them, several times as fast. */
const SHORT_DIGITS = 48;
const pair = new DataView(new Uint8Array(8).buffer);

/** The same of characters of one byte each. */
export function latin1ToBigInt(bytes: Uint8Array, start: number, length: number): bigint {
  const end = start + length;
  const isNegative = bytes[start] === MINUS;
  const first = isNegative ? start + 1 : start;
  const count = end - first;
  if (count < 1 || count > SHORT_DIGITS) return parseBigInt(longLatin1(bytes, start, length));
  let next = first + (count % PAIR_DIGITS || PAIR_DIGITS);
  let value = readPair(bytes, first, next);
  for (; next < end; next += PAIR_DIGITS) {
    value = (value << PAIR_BITS) | readPair(bytes, next, next + PAIR_DIGITS);
  }
  return isNegative ? -value : value;
}

/** The bigint of up to 16 digits. */
function readPair(bytes: Uint8Array, start: number, end: number): bigint {
  const low = end - start > WORD_DIGITS ? end - WORD_DIGITS : start;
  pair.setUint32(4, low === start ? 0 : readWord(bytes, start, low), true);
  pair.setUint32(0, readWord(bytes, low, end), true);
  return pair.getBigUint64(0, true);
}

/** The number of up to eight digits. */
function readWord(bytes: Uint8Array, start: number, end: number): number {
  let word = 0;
  for (let i = start; i < end; i++) {
    const code = bytes[i] ?? 0;
    const digit = code < 0x3a ? code - 0x30 : code - 0x57;
    if (digit < 0 || digit > 15 || (code > 0x39 && code < 0x61)) throw noDigits();
    word = (word << 4) | digit;
  }
  return word;
}

function noDigits(): TypeError {
  return new TypeError("Cannot decode a message: a bigint has no digits");
}
