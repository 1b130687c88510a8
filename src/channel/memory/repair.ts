// Clears up after an interpreter whose thread is gone, at whatever instruction it stopped.
// Only the main interpreter does this. Whatever the dead thread had committed counts. Whatever
// it had not committed is as if it had never begun. Everything derived is recounted.

import type { Core } from "../core.ts";
import {
  choiceOf,
  CLOSED,
  CLOSING,
  RECORD_FLAGS,
  RECORD_SENDER,
  RECV_LOCK,
  RENDEZVOUS,
  SEND_LOCK,
  SPOILED,
  STATE,
  UNBOUND_ITEM,
  WITHDRAWN,
} from "./layout.ts";
import { ownerOf, release, seize } from "./lock.ts";
import { findRow, freeRow, NO_ROW } from "./parties.ts";
import { recountRecv, recountSend } from "./recount.ts";

const { Atomics } = globalThis;
const { store } = Atomics;

/** Clears up after a dead interpreter on one channel. */
export function repair(core: Core, deadId: number): void {
  const { memory } = core;
  const isHolding = [SEND_LOCK, RECV_LOCK].some((lock) => ownerOf(memory, lock) === deadId);
  if (!isHolding && findRow(memory.header, deadId) === NO_ROW) return;
  try {
    seize(memory, SEND_LOCK, { deadId, me: core.me });
    try {
      seize(memory, RECV_LOCK, { deadId, me: core.me });
      try {
        repairLocked(core, deadId);
      } finally {
        release(memory, RECV_LOCK);
      }
    } finally {
      release(memory, SEND_LOCK);
    }
  } catch {
    // The channel is damaged for good: its users get that error, the main interpreter none.
    store(memory.header, STATE, SPOILED);
  }
  core.wakeAll();
}

/** The repair itself, under both locks. */
function repairLocked(core: Core, deadId: number): void {
  const { header } = core.memory;
  const row = findRow(header, deadId);
  if (row !== NO_ROW) freeRow(header, row);
  recountRecv(core.memory);
  recountSend(core.memory);
  core.ring.settleHead();
  if (header[STATE]! >= CLOSED) return;
  withdrawItems(core, deadId);
  if (header[STATE] === CLOSING && core.ring.isEmpty()) store(header, STATE, CLOSED);
}

function withdrawItems({ memory, ring }: Core, deadId: number): void {
  const isOfDead = (at: number) => memory.words[at + RECORD_SENDER] === deadId;
  const choiceAt = (at: number) => choiceOf(memory.header, memory.words[at + RECORD_FLAGS]!);
  ring.mark(
    (at) =>
      isOfDead(at) &&
      (choiceAt(at) === "remove" || (memory.words[at + RECORD_FLAGS]! & RENDEZVOUS) !== 0),
    WITHDRAWN,
  );
  ring.mark((at) => isOfDead(at) && choiceAt(at) !== "keep", UNBOUND_ITEM);
}
