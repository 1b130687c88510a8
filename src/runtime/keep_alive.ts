// Keeps the process alive while something is pending, and only then. Ports, workers and
// `Atomics.waitAsync` do not hold the event loop open, so one timer does, while somebody holds it.
// It starts with the import and never ends: what starts in a test and goes on is a leak to
// `deno test`.

import { setInterval } from "node:timers";

/** The longest delay that timers take; nothing happens when it has passed. */
const IDLE_MS = 2 ** 31 - 1;

let held = 0;
const timer: { ref(): unknown; unref(): unknown } = setInterval(() => {}, IDLE_MS);
timer.unref();

/** Keeps the process alive until as many `release()` have come as `hold()`. */
export function hold(): void {
  if (held++ === 0) timer.ref();
}

/** Ends one `hold()`. */
export function release(): void {
  if (--held === 0) timer.unref();
}
