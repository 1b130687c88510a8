// How a channel stands, read from its memory without a lock: whoever only looks must not hold
// anybody up. Another thread may change the words meanwhile, so a count of records holds only if
// head and tail are the same before and after it.

import {
  CAPACITY,
  HEAD,
  HEAD_SEQ,
  HEADER_WORDS,
  MAXSIZE,
  Memory,
  RECORD_FLAGS,
  RECV_WAITERS,
  RENDEZVOUS,
  TAIL,
  TAIL_SEQ,
  TOMBSTONES,
  WITHDRAWN,
} from "./layout.ts";
import { walk } from "./recount.ts";

const { Atomics } = globalThis;
const { load } = Atomics;

/** More records than this are not looked at one by one. */
const MOST_RECORDS = 256;

/** How a channel stands. */
export interface Gauge {
  /** Most items; 0 or less: any number. */
  readonly maxsize: number;
  /** Items that wait to be received. */
  readonly depth: number;
  /** Items that have been received, modulo 2 ** 32. */
  readonly received: number;
  readonly waitingReceivers: number;
  /** Senders that wait for their item to be received; `null`: that could not be counted. */
  readonly waitingSenders: number | null;
  /** Bytes of its ring. */
  readonly byteLength: number;
}

/** Reads how the channel in that memory stands. */
export function readGauge(buffer: SharedArrayBuffer): Gauge {
  // Not all the views of a Memory: there may be thousands of channels to look at.
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  // In this order the depth is never less than none: a receive stores HEAD_SEQ first.
  const tombstones = load(header, TOMBSTONES);
  const received = load(header, HEAD_SEQ);
  const depth = Math.max(0, (load(header, TAIL_SEQ) - received - tombstones) | 0);
  return {
    maxsize: header[MAXSIZE] ?? 0,
    depth,
    received: received >>> 0,
    waitingReceivers: Math.max(0, load(header, RECV_WAITERS)),
    waitingSenders: depth === 0
      ? 0
      : depth > MOST_RECORDS
      ? null
      : countRendezvous(new Memory(buffer)),
    byteLength: Math.max(0, header[CAPACITY] ?? 0),
  };
}

function countRendezvous(memory: Memory): number | null {
  const { header } = memory;
  const head = load(header, HEAD);
  const tail = load(header, TAIL);
  let count = 0;
  let records = 0;
  try {
    walk(memory, (at) => {
      const flags = memory.words[at + RECORD_FLAGS] ?? 0;
      if ((flags & RENDEZVOUS) !== 0 && (flags & WITHDRAWN) === 0) count++;
      return ++records <= 2 * MOST_RECORDS;
    });
  } catch {
    // Somebody has written meanwhile, or the memory makes no sense.
    return null;
  }
  return load(header, HEAD) === head && load(header, TAIL) === tail ? count : null;
}
