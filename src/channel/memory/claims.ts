// Which deposits the records of a channel refer to: the host forgets those that no record
// refers to any more, when an interpreter has ended.

import {
  HAS_LONG_CONTENTS,
  HAS_SHARED,
  Memory,
  RECORD_FLAGS,
  RECORD_HEADER_BYTES,
  RECORD_SENDER,
  RECV_LOCK,
  SEND_LOCK,
  UNBOUND_ITEM,
  WITHDRAWN,
} from "./layout.ts";
import { acquire, release } from "./lock.ts";
import { tableLength } from "./long_contents.ts";
import { walk } from "./recount.ts";

const MAIN = 0;

/** Calls back with sender and token of each record that refers to a deposit. */
export type Visit = (sender: number, token: number) => void;

/**
 * Visits the records of the channel in that memory, for the main interpreter.
 *
 * @throws The memory makes no sense, or somebody does not give a lock back.
 */
export function eachClaim(buffer: SharedArrayBuffer, visit: Visit): void {
  const memory = new Memory(buffer);
  acquire(memory, SEND_LOCK, MAIN);
  try {
    acquire(memory, RECV_LOCK, MAIN);
    try {
      walkClaims(memory, visit);
    } finally {
      release(memory, RECV_LOCK);
    }
  } finally {
    release(memory, SEND_LOCK);
  }
}

function walkClaims(memory: Memory, visit: Visit): void {
  walk(memory, (at) => {
    const { words } = memory;
    const flags = words[at + RECORD_FLAGS]!;
    if ((flags & HAS_SHARED) === 0 || (flags & (WITHDRAWN | UNBOUND_ITEM)) !== 0) return;
    const start = at + (RECORD_HEADER_BYTES >> 2);
    const table = (flags & HAS_LONG_CONTENTS) === 0 ? 0 : tableLength(words[start]!) >> 2;
    // Tokens are big-endian, as a DataView writes them. A hostile sender's lead nowhere.
    const token = words[start + table];
    if (token !== undefined) visit(words[at + RECORD_SENDER]!, swapped(token));
  });
}

function swapped(word: number): number {
  return ((word >>> 24) | ((word >>> 8) & 0xff00) | ((word & 0xff00) << 8) | (word << 24)) >>> 0;
}
