// Noticing inside a thread that it ran out of its memory. Deno 2.9 stops the code that
// did, but if that ran in a microtask or in a port's listener, it then lets the thread go
// on as if nothing had happened, with a higher limit (measured; containment/limits.test.ts).

import { builtin } from "./builtins.ts";
import { globals } from "./globals.ts";

// Taken now: source may declare names of its own that hide these.
const { setInterval } = globalThis;

const PERIOD_MS = 20;

/** Calls back once the heap's limit has been raised, which is what remains to be seen. */
export function watchHeap(onOutOfMemory: () => void): void {
  if (globals.Deno === undefined) return;
  // Taken here: Bun, which has no use for it, would load it into every thread.
  const { getHeapStatistics } = builtin<typeof import("node:v8")>("node:v8");
  const limit = getHeapStatistics().heap_size_limit;
  const timer = setInterval(() => {
    if (getHeapStatistics().heap_size_limit > limit) onOutOfMemory();
  }, PERIOD_MS) as unknown as { unref?(): void };
  timer.unref?.();
}
