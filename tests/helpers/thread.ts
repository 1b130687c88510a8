// What Linux tells of a thread: whether it is still there, and whether it uses a processor.
// Elsewhere nothing is known, and nothing burns.

import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** Source that gives the name of the thread that it runs in, or `null`. */
export const THREAD = `(() => {
  try {
    return process.getBuiltinModule("fs").readlinkSync("/proc/thread-self");
  } catch {
    return null;
  }
})()`;

const PERIOD_MS = 50;
/** So many without use: it sleeps. */
const IDLE_PERIODS = 10;
/**
 * In the system's units, a second: more than any thread that is killed still uses. Nor does
 * a match use more on Bun 1.4: it cannot be killed, but its engine gives it up (500 ms).
 */
const BURNT_TICKS = 100;

/** Whether a thread that should have ended goes on using a processor. */
export async function burns(thread: string | null): Promise<boolean> {
  const start = ticksOf(thread);
  let used = 0;
  for (let idle = 0; idle < IDLE_PERIODS; idle++) {
    const now = ticksOf(thread);
    if (start === undefined || now === undefined) return false;
    if (now - start >= BURNT_TICKS) return true;
    if (now - start > used) idle = 0;
    used = now - start;
    await pause(PERIOD_MS);
  }
  return false;
}

/** What it has used so far, in the system's units; `undefined` if it is not there. */
function ticksOf(thread: string | null): number | undefined {
  try {
    const [, fields = ""] = readFileSync(`/proc/${thread}/stat`, "utf8").split(") ");
    const [user, system] = fields.split(" ").slice(11, 13);
    return Number(user) + Number(system);
  } catch {
    return undefined;
  }
}
