// How long the event loop of a test's process was held up.

import { setTimeout as pause } from "node:timers/promises";

const TICK_MS = 5;

/** The longest time for which nothing else could happen while the work went on, in milliseconds. */
export async function worstGap(work: () => Promise<unknown>): Promise<number> {
  let worst = 0;
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    worst = Math.max(worst, now - last);
    last = now;
  };
  const ticks = setInterval(look, TICK_MS);
  try {
    await work();
    // What was held up until now shows in one more turn.
    await pause(TICK_MS);
    look();
    return worst;
  } finally {
    clearInterval(ticks);
  }
}
