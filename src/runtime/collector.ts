// How the collector hears of memory that it does not see. V8 does not count shared memory, as it
// may belong to other threads too. So 64 MiB that have just become free look like an object of some
// bytes: no collection is worth while, and the memory stays for ever. JavaScriptCore counts it, but
// a thread that is idle collects nothing (Bun 1.4, Deno 2.9, measured).

import { globals } from "./globals.ts";
import { unref } from "./timers.ts";

// Taken now: source may declare names of its own that hide these.
const { ArrayBuffer, Math, setTimeout } = globalThis;
const collect = globals.Bun?.gc;

/** So many bytes are worth a collection; on Bun that is a whole one, at once. */
const ENOUGH = collect === undefined ? 2 ** 24 : 2 ** 26;
/** V8 does no more for more bytes. */
const MOST = 2 ** 28;
/** V8 marks step by step, and decides about the next step when it is told again. */
const STEPS = 6;
const STEP_MS = 10;

let freed = 0;
let steps = 0;

/** Says that so many bytes of shared memory hang on something that is garbage now. */
export function tellFreed(bytes: number): void {
  freed += bytes;
  if (collect === undefined) press(bytes);
  if (freed < ENOUGH) return;
  if (steps === 0) soon();
  steps = STEPS;
}

function soon(): void {
  unref(setTimeout(step, STEP_MS));
}

function step(): void {
  if (collect === undefined) {
    press(freed);
    steps--;
  } else {
    // `gc(false)` does nothing for a thread that is idle.
    collect(true);
    steps = 0;
  }
  if (steps === 0) freed = 0;
  else soon();
}

function press(bytes: number): void {
  try {
    // The buffer counts as much, and is never touched: so it takes addresses, no memory.
    void new ArrayBuffer(Math.min(bytes, MOST));
  } catch {
    // No addresses are left to tell it with.
  }
}
