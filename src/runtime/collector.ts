// Telling the collector of memory that it does not see. V8 takes shared memory for nothing,
// as it may belong to other threads too: 64 MiB that have just become free look like an object
// of some bytes, for which no collection is worth while, and stay for ever. JavaScriptCore
// counts it, but a thread that is idle collects nothing (Bun 1.4, Deno 2.9, measured).

import { globals } from "./globals.ts";

// Taken now: source may declare names of its own that hide these.
const { ArrayBuffer, Math, setTimeout } = globalThis;
const collect = globals.Bun?.gc;

/** So much is worth a collection; a whole one, at once, on Bun. */
const ENOUGH = collect === undefined ? 2 ** 24 : 2 ** 26;
/** More is nothing that V8 would do more for. */
const MOST = 2 ** 28;
/** V8 marks step by step, and looks whether to take the next one when it is told again. */
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
  const timer = setTimeout(step, STEP_MS) as { unref?(): void };
  timer.unref?.();
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
    // Counts as much, and is never touched: so it takes addresses, no memory.
    void new ArrayBuffer(Math.min(bytes, MOST));
  } catch {
    // No addresses are left to tell it with.
  }
}
