// Releasing: an interpreter gives its own end of a channel up, and the last one to do so closes
// the channel.

import type { Core } from "./core.ts";
import { CLOSED, type ROW_RECV, type ROW_SEND, STATE } from "./memory/layout.ts";
import { hasUsers } from "./memory/parties.ts";

// Taken now: source may declare names of its own that hide these.
const { Atomics } = globalThis;
const { store } = Atomics;

/** Why nothing can be done with an end that was given up. */
export const RELEASED_HERE = "this interpreter has released that end";

/** Whether an interpreter's end was given up now; the last one closes the channel. */
export function releaseEnd(core: Core, use: typeof ROW_SEND | typeof ROW_RECV): boolean {
  let isLast = false;
  const isReleased = core.locked(() => {
    if (core.state >= CLOSED || !core.releaseRow(use)) return false;
    isLast = !hasUsers(core.memory.header);
    if (isLast) store(core.memory.header, STATE, CLOSED);
    return true;
  });
  if (isLast) core.wakeAll();
  return isReleased;
}
