// Whether another thread of this process is busy. By its share of the processor's time, not
// by the clock: on a loaded machine a burning thread gets little of it.

import process from "node:process";

/** How much this thread gets done while the process uses so much of a processor. */
function workOf(microseconds: number): number {
  const before = process.cpuUsage();
  let work = 0;
  for (let used = 0; used < microseconds; work++) {
    for (let n = 0; n < 10_000; n++) Math.sqrt(n);
    const { user, system } = process.cpuUsage(before);
    used = user + system;
  }
  return work;
}

let workAlone = 0;

/**
 * Whether no other thread of this process is busy: one that is takes half of what the process
 * uses, however much else the machine has to do.
 */
export function isAlone(): boolean {
  // What the runtime does in the background (compiling, cleaning up) is soon over.
  for (let n = 0; n < 6; n++) if (workOf(50_000) > 0.75 * workAlone) return true;
  return false;
}

/** Measures what this thread gets done when no other is busy; to be called before `isAlone`. */
export function measureAlone(): void {
  // The first time warms up.
  for (let n = 0; n < 2; n++) workAlone = Math.max(workAlone, workOf(50_000));
}
