// Deno 2.9 kills the threads that are left when a program ends, and may abort if one is
// killed while it loads (stopping.ts). So there a program ends when its threads have loaded.

import { adapter } from "../runtime/detect.ts";
import { hold, release } from "../runtime/keep_alive.ts";

/** Keeps the process alive, where needed, until the function returned is called; more calls do nothing. */
export function holdWhileLoading(): () => void {
  if (adapter.capabilities.killsAnywhere) return () => {};
  let isHeld = true;
  hold();
  return () => {
    if (isHeld) release();
    isHeld = false;
  };
}
