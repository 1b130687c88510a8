// Deno 2.9 kills the threads that are left when a program ends, and may abort if one is
// killed while it loads (actors/thread.ts). So there a program ends when its threads have loaded.
// A file of `deno test` ends without being asked whether there is more to do, and the
// process goes on with the next one: it is held up by its `unload`.

import { hostSleep } from "../../channel/wake/doorbell.ts";
import { adapter } from "../../runtime/detect.ts";
import { hold, onUnload, release } from "../../runtime/keep_alive.ts";

/** The longest that the end of a program is held up. */
const LONGEST_MS = 5_000;

/** For each thread that loads, how to hear without the event loop that it has. */
const loading = new Set<() => void>();
let isWatched = false;

/**
 * Keeps the process alive, where needed, until the function returned is called; more calls do nothing.
 *
 * @param look Hears what the thread has said, without the event loop.
 */
export function holdWhileLoading(look: () => void): () => void {
  if (adapter.capabilities.killsAnywhere) return () => {};
  if (!isWatched) onUnload(seeThrough);
  isWatched = true;
  loading.add(look);
  hold();
  return () => {
    if (loading.delete(look)) release();
  };
}

function seeThrough(): void {
  const areLoaded = () => {
    for (const look of loading) look();
    return loading.size === 0;
  };
  hostSleep(areLoaded, LONGEST_MS);
}
