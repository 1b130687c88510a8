// Keeps the process alive while something is pending, and only then. Ports,
// workers and `Atomics.waitAsync` do not hold the event loop open, so one timer
// does: it counts as work exactly while somebody holds it. And what is done at the end.

import { setInterval } from "node:timers";

// The longest delay that timers take; what it does when it fires is nothing.
const IDLE_MS = 2 ** 31 - 1;

let held = 0;
let timer: { ref(): unknown; unref(): unknown } | undefined;

/** Keeps the process alive until as many `release()` have come as `hold()`. */
export function hold(): void {
  if (held++ > 0) return;
  if (timer === undefined) timer = setInterval(() => {}, IDLE_MS);
  else timer.ref();
}

/** Ends one `hold()`. */
export function release(): void {
  if (--held === 0) timer?.unref();
}

/** Calls back at the last moment at which the program, or a file of Deno's test runner, can do something. */
export function onUnload(callback: () => void): void {
  const scope = globalThis as unknown as {
    addEventListener(type: "unload", callback: () => void): void;
  };
  scope.addEventListener("unload", callback);
}
