// The two locks of a channel. The word of a lock names its owner, so that a lock whose owner
// is dead can be found. A guest waits for a lock as long as it takes, because a guest can be
// terminated. The main interpreter never waits for ever: it takes a lock from a dead owner,
// and gives up a channel whose lock a live owner keeps.

import { spoiledError } from "../names.ts";
import { currentHost, sleepAt } from "../wake/doorbell.ts";
import { type Memory, RECV_LOCK, SEND_LOCK, SPOILED, STATE } from "./layout.ts";
import { recountRecv, recountSend } from "./recount.ts";

// Taken now: source may declare names of its own that hide these.
const { Atomics, performance } = globalThis;

const { compareExchange, exchange, load, notify, store } = Atomics;

/** Added to the owner while somebody may sleep for the lock. */
const CONTENDED = 1 << 30;
const SPINS = 200;
const SLICE_MS = 10;
/** A thread that was told to end may still run for so long. */
const DYING_MS = 50;
/** Longer than any operation holds a lock, even to copy a huge message. */
const PATIENCE_MS = 2000;

/** Which lock: SEND_LOCK or RECV_LOCK. */
export type Lock = number;

/** Takes a lock for an interpreter. */
export function acquire(memory: Memory, lock: Lock, me: number): void {
  if (compareExchange(memory.header, lock, 0, me + 1) !== 0) acquireSlowly(memory, lock, me);
}

/** Gives a lock back. */
export function release(memory: Memory, lock: Lock): void {
  if ((exchange(memory.header, lock, 0) & CONTENDED) !== 0) notify(memory.header, lock, 1);
}

/** The interpreter that has the lock; -1 if it is free. */
export function ownerOf(memory: Memory, lock: Lock): number {
  return (load(memory.header, lock) & ~CONTENDED) - 1;
}

/** Takes a lock, even from the dead interpreter. What the lock guards may then be half done. */
export function seize(
  memory: Memory,
  lock: Lock,
  { deadId, me }: { deadId: number; me: number },
): void {
  for (;;) {
    const seen = load(memory.header, lock);
    if ((seen & ~CONTENDED) !== deadId + 1) {
      acquire(memory, lock, me);
      return;
    }
    if (compareExchange(memory.header, lock, seen, (me + 1) | CONTENDED) === seen) return;
  }
}

function acquireSlowly(memory: Memory, lock: Lock, me: number): void {
  const { header } = memory;
  for (let spins = SPINS; spins > 0; spins--) {
    if (load(header, lock) === 0 && compareExchange(header, lock, 0, me + 1) === 0) return;
  }
  const since = performance.now();
  // Others may sleep too, so whoever wakes up marks the lock as contended.
  const mine = (me + 1) | CONTENDED;
  for (;;) {
    const seen = load(header, lock);
    if (seen === 0) {
      if (compareExchange(header, lock, 0, mine) === 0) return;
      continue;
    }
    if (load(header, STATE) === SPOILED) throw spoiledError(memory.key);
    const held = seen | CONTENDED;
    if (seen !== held && compareExchange(header, lock, seen, held) !== seen) continue;
    if (takeOver(memory, { lock, held, mine, since })) return;
    sleepAt(header, { index: lock, heard: held, ms: SLICE_MS });
  }
}

/** How the main interpreter avoids waiting for ever. Says whether it now has the lock. */
function takeOver(
  memory: Memory,
  { lock, held, mine, since }: { lock: Lock; held: number; mine: number; since: number },
): boolean {
  const host = currentHost();
  if (host === undefined) return false;
  const waited = performance.now() - since;
  if (waited < DYING_MS) return false;
  if (host.isAlive((held & ~CONTENDED) - 1)) {
    // Its owner may be waiting for the other lock, and the owner of that may be dead.
    if (lock === SEND_LOCK) freeOfDead(memory, RECV_LOCK, mine);
    if (waited < PATIENCE_MS) return false;
    store(memory.header, STATE, SPOILED);
    throw spoiledError(memory.key);
  }
  if (compareExchange(memory.header, lock, held, mine) !== held) return false;
  mend(memory, lock, (mine & ~CONTENDED) - 1);
  return true;
}

/** Takes a lock from a dead owner, and gives it back. */
function freeOfDead(memory: Memory, lock: Lock, mine: number): void {
  const held = load(memory.header, lock);
  if (held === 0 || currentHost()?.isAlive((held & ~CONTENDED) - 1) !== false) return;
  if (compareExchange(memory.header, lock, held, mine) !== held) return;
  try {
    mend(memory, lock, (mine & ~CONTENDED) - 1);
  } finally {
    release(memory, lock);
  }
}

/** Recomputes what the dead owner of a lock may have left half done. */
function mend(memory: Memory, lock: Lock, me: number): void {
  if (lock === RECV_LOCK) {
    recountRecv(memory);
    return;
  }
  acquire(memory, RECV_LOCK, me);
  recountRecv(memory);
  recountSend(memory);
  release(memory, RECV_LOCK);
}
