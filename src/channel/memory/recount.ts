// Computes the derived words of a header from the truth (layout.ts), after a thread has died
// between two stores. Also has the walk over the records that all searches share.
//
// The caller holds RECV_LOCK, so nothing before TAIL changes. To recount the senders' side it
// holds SEND_LOCK too.

import {
  FOLDED,
  HEAD,
  HEAD_SEEN,
  HEAD_SEQ,
  JUMP,
  JUMP_BYTES,
  type Memory,
  PARTIES,
  RECORD_FLAGS,
  RECORD_HEADER_BYTES,
  RECORD_LENGTH,
  RECORD_SEQ,
  RECV_WAITERS,
  ROW_OWNER,
  ROW_WAITERS,
  ROW_WORDS,
  TAIL,
  TAIL_SEEN,
  TAIL_SEQ,
  TOMBSTONES,
  WITHDRAWN,
} from "./layout.ts";
import { rowCount } from "./parties.ts";

const { Atomics } = globalThis;
const Error: ErrorConstructor = globalThis.Error;
const { load, store } = Atomics;

/** Thrown for offsets and lengths in the ring that cannot be if all is well. */
export class NonsenseError extends Error {}

/** The offset after the record at that offset; throws if the record makes no sense. */
export function recordEnd(memory: Memory, offset: number): number {
  const room = memory.capacity - offset - RECORD_HEADER_BYTES;
  const length = memory.words[(offset >> 2) + RECORD_LENGTH]!;
  // `!(…)` instead of inverted comparisons, so that `undefined` fails too.
  if ((offset & 7) !== 0 || !(length >= 0 && length <= room)) {
    throw new NonsenseError("a record has an impossible length");
  }
  return offset + RECORD_HEADER_BYTES + ((length + 7) & ~7);
}

/** Where the jump at that offset leads; throws if it leads out of the ring. */
export function jumpTarget(memory: Memory, offset: number): number {
  const target = memory.words[(offset >> 2) + RECORD_LENGTH]!;
  if (!(target >= 0 && target <= memory.capacity - JUMP_BYTES) || (target & 7) !== 0) {
    throw new NonsenseError("a jump leads out of the ring");
  }
  return target;
}

/**
 * Visits the word index of each record from HEAD to TAIL, tombstones included, until the
 * visitor returns `false`.
 *
 * @returns Whether a jump to higher offsets was met.
 */
export function walk(memory: Memory, visit: (at: number) => boolean | void): boolean {
  memory.refresh();
  const { header, words, capacity } = memory;
  const tail = load(header, TAIL);
  let offset = header[HEAD]!;
  let isFolded = false;
  // Each record and each jump takes at least eight bytes, so more steps than that are a circle.
  for (let steps = capacity / JUMP_BYTES; offset !== tail; steps--) {
    if (steps < 0 || !(offset >= 0 && offset < capacity)) {
      throw new NonsenseError("the records do not lead to the tail");
    }
    const at = offset >> 2;
    if ((words[at + RECORD_FLAGS]! & JUMP) !== 0) {
      const target = jumpTarget(memory, offset);
      isFolded ||= target > offset;
      offset = target;
      continue;
    }
    offset = recordEnd(memory, offset);
    if (visit(at) === false) break;
  }
  return isFolded;
}

/** Recomputes the receivers' side; the caller holds RECV_LOCK. */
export function recountRecv(memory: Memory): void {
  const { header } = memory;
  let first: number | undefined;
  let tombstones = 0;
  const isFolded = walk(memory, (at) => {
    first ??= memory.words[at + RECORD_SEQ]!;
    if ((memory.words[at + RECORD_FLAGS]! & WITHDRAWN) !== 0) tombstones++;
  });
  // In an empty ring, whatever was sent has been received.
  header[HEAD_SEQ] = first ?? latest(header[HEAD_SEQ]!, header[TAIL_SEQ]!);
  header[TOMBSTONES] = tombstones;
  header[TAIL_SEEN] = load(header, TAIL);
  header[FOLDED] = isFolded ? 1 : 0;
  let waiters = 0;
  for (let row = 0; row < rowCount(header); row++) {
    const base = PARTIES + row * ROW_WORDS;
    if (header[base + ROW_OWNER] !== 0) waiters += header[base + ROW_WAITERS]!;
  }
  store(header, RECV_WAITERS, waiters);
}

/** Recomputes the senders' side; the caller holds both locks. */
export function recountSend(memory: Memory): void {
  const { header } = memory;
  let last: number | undefined;
  walk(memory, (at) => {
    last = memory.words[at + RECORD_SEQ]!;
  });
  header[HEAD_SEEN] = load(header, HEAD);
  header[TAIL_SEQ] = last === undefined
    ? latest(header[HEAD_SEQ]!, header[TAIL_SEQ]!)
    : (last + 1) | 0;
}

/** The later of two sequence numbers, which wrap around. */
function latest(a: number, b: number): number {
  return ((a - b) | 0) > 0 ? a : b;
}
