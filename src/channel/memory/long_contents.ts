// Long contents in a record: the bytes of long buffers (codec/long_contents.ts). They are
// copied once on each side: from the value into the ring, and from the ring into the buffer
// that the receiver gets. The payload of such a record is a table, then the encoded bytes, then
// one content after the other. Each content begins at a multiple of 8 bytes, because V8 copies
// to and from shared memory byte by byte if the two sides are not aligned alike (366 instead of
// 66 µs for 1 MiB, Node 20.20, measured; see nodejs/node#62032).
//
// The table has the number of contents, the length of the encoded bytes, and the length of
// each content.

import { NONE } from "../../codec/payload.ts";

// Taken now: source may declare names of its own that hide these.
const { Int32Array, Uint8Array } = globalThis;

/** The table for these contents and the encoded bytes, filled up to a multiple of 8 bytes. */
export function withTable(bytes: Uint8Array, contents: readonly Uint8Array[]): Uint8Array {
  const tableBytes = tableLength(contents.length);
  const head = new Uint8Array(aligned(tableBytes + bytes.length));
  const table = new Int32Array(head.buffer, 0, tableBytes >> 2);
  table[0] = contents.length;
  table[1] = bytes.length;
  for (let i = 0; i < contents.length; i++) table[2 + i] = contents[i]!.length;
  head.set(bytes, tableBytes);
  return head;
}

/** How many bytes the contents take in a record. */
export function lengthInRecord(contents: readonly Uint8Array[]): number {
  let length = 0;
  for (let i = 0; i < contents.length; i++) length += aligned(contents[i]!.length);
  return length;
}

/** Writes the contents one after the other. */
export function writeContents(
  ring: Uint8Array,
  start: number,
  contents: readonly Uint8Array[],
): void {
  let at = start;
  for (let i = 0; i < contents.length; i++) {
    ring.set(contents[i]!, at);
    at += aligned(contents[i]!.length);
  }
}

/** Where the encoded bytes of a payload lie, and copies of its contents. */
export interface Parts {
  readonly start: number;
  readonly length: number;
  readonly contents: readonly Uint8Array[];
}

/**
 * Takes a payload apart. A hostile sender may change it meanwhile, so each word is read once.
 * A table that makes no sense gives no bytes, which cannot be decoded.
 */
export function readParts(
  { words, bytes }: { readonly words: Int32Array; readonly bytes: Uint8Array },
  { start, length }: { readonly start: number; readonly length: number },
): Parts {
  const senseless: Parts = { start, length: 0, contents: NONE };
  const at = start >> 2;
  const count = words[at]!;
  const encoded = words[at + 1]!;
  // `!(…)` instead of inverted comparisons, so that `undefined` fails too.
  if (!(count > 0 && encoded >= 0 && tableLength(count) + encoded <= length)) return senseless;
  const encodedStart = start + tableLength(count);
  const end = start + length;
  let from = start + aligned(encodedStart - start + encoded);
  const contents: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const size = words[at + 2 + i]!;
    if (!(size >= 0 && size <= end - from)) return senseless;
    // Not `slice`, which would ask a class that source may have changed. Not in two steps
    // either: then the runtimes would fill the new memory with zeros first.
    contents[i] = new Uint8Array(bytes.subarray(from, from + size));
    from += aligned(size);
  }
  return from > end ? senseless : { start: encodedStart, length: encoded, contents };
}

/** How many bytes the table for so many contents takes. */
export function tableLength(count: number): number {
  return 8 + 4 * count;
}

function aligned(length: number): number {
  return (length + 7) & ~7;
}
