// Holds the end of a program up on Deno 2.9, which kills the threads that are left then, and may
// abort if one of them is loading (actors/thread.ts). So there a program ends when its threads
// have loaded. A file of `deno test` ends without being asked whether there is more to do, and
// the process goes on with the next file: its `unload` event holds it up.

import { hostSleep } from "../../channel/wake/doorbell.ts";
import { adapter } from "../../runtime/detect.ts";
import { hold, onUnload, release } from "../../runtime/keep_alive.ts";

/** The longest that the end of a program is held up. */
const LONGEST_MS = 5_000;
/** A thread that has just loaded may still fetch a part of the runtime that it uses first now. */
const SETTLING_MS = 100;

/** For each thread that loads: what handles its frames without the event loop. */
const loading = new Set<() => void>();
let isWatched = false;
/** When a thread was the last to have loaded. */
let loadedAt = -Infinity;

/**
 * Keeps the process alive, where needed, until the function returned is called; calling it again does nothing.
 *
 * @param look Handles what the thread has said, without the event loop.
 */
export function holdWhileLoading(look: () => void): () => void {
  if (adapter.capabilities.killsAnywhere) return () => {};
  if (!isWatched) onUnload(seeThrough);
  isWatched = true;
  loading.add(look);
  hold();
  return () => {
    if (!loading.delete(look)) return;
    loadedAt = performance.now();
    release();
  };
}

function seeThrough(): void {
  const areLoaded = () => {
    for (const look of loading) look();
    return loading.size === 0;
  };
  hostSleep(areLoaded, LONGEST_MS);
  hostSleep(() => performance.now() >= loadedAt + SETTLING_MS, SETTLING_MS);
}
