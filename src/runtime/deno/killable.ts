// Makes a thread on Deno killable at any instruction. `terminate()` ends a thread at its next turn of
// the event loop; one that holds a Web Lock it stops at once, infinite loops included. But Deno 2.9
// aborts the whole process if it stops a thread that is loading one of the runtime's own modules. So
// a thread takes its lock when it has loaded, and ends at a turn before that (all measured, and read
// in Deno's runtime/ops/worker_host.rs; denoland/deno#35657 is about the same abort).

import { globals } from "../globals.ts";

// Taken now: confine/deno/locks.ts refuses these names later, and source may declare names of its own.
const { Promise, setTimeout } = globalThis;
const locks = globals.Deno === undefined ? undefined : globals.navigator?.locks;
const request = locks?.request.bind(locks);

/** Resolves when this thread can be killed, in a turn in which source may begin. */
export function whenKillable(lockName: string): Promise<void> {
  return new Promise((resolve) => {
    if (request === undefined) return resolve();
    void request(lockName, () => {
      // Code that runs in the turn of this callback could not be killed (Deno 2.9, measured).
      setTimeout(resolve, 0);
      return new Promise(() => {});
    });
  });
}
