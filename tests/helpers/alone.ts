// Whether another thread of this process is busy. By its share of the processor's time, not
// by the clock: on a loaded machine a burning thread gets little of it.

import process from "node:process";

let state = 1;

/** How much this thread gets done while the process uses so much of a processor. */
function workOf(microseconds: number): number {
  const before = process.cpuUsage();
  let work = 0;
  for (let used = 0; used < microseconds; work++) {
    // Each step needs the one before, so that no compiler leaves any out.
    for (let n = 0; n < 10_000; n++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    const { user, system } = process.cpuUsage(before);
    used = user + system;
  }
  return work;
}

/** What is usual: the compilers and collectors of the runtime are busy too, for moments. */
function usualWork(times: number): number {
  const measured = Array.from({ length: times }, () => workOf(20_000));
  return measured.toSorted((a, b) => a - b)[times >> 1]!;
}

let workAlone = 0;

/** Measures what this thread gets done when no other is busy; to be called before `isAlone`. */
export function measureAlone(): void {
  // The first time warms up; a thread that an earlier test could not stop must not be the measure.
  for (let n = 0; n < 2; n++) workAlone = Math.max(workAlone, usualWork(5));
}

/**
 * Whether no other thread of this process is busy: one that is takes half of what the process
 * uses, however much else the machine has to do.
 */
export function isAlone(): boolean {
  // A collection after many other tests may take as long as some of these.
  for (let n = 0; n < 3; n++) if (usualWork(11) > 0.7 * workAlone) return true;
  return false;
}
