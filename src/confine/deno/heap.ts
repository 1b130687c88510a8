// How a thread notices that it ran out of its memory. Deno 2.9 stops the code that did. But if that
// ran in a microtask or in a port's listener, Deno then lets the thread go on as if nothing had
// happened, with a higher limit (measured; tests/containment/limits.test.ts).

import { builtin } from "../../runtime/builtins.ts";
import { globals } from "../../runtime/globals.ts";
import { unref } from "../../runtime/timers.ts";

// Taken now: source may declare names of its own that hide these.
const { setInterval } = globalThis;

const PERIOD_MS = 20;
/** Compiled text may take this part of the heap before the code of old scripts is freed. */
const CODE_SHARE = 1 / 64;
/** What V8 keeps of a script besides its text, in bytes. */
const SCRIPT_BYTES = 1_000;

/** Calls back once Deno has raised the heap's limit: that alone shows that memory ran out. */
export function watchHeap(onOutOfMemory: () => void): void {
  if (globals.Deno === undefined) return;
  // Loaded here: Bun, which has no use for it, would load it into every thread.
  const { getHeapStatistics } = builtin<typeof import("node:v8")>("node:v8");
  const limit = getHeapStatistics().heap_size_limit;
  const timer = setInterval(() => {
    if (getHeapStatistics().heap_size_limit > limit) onOutOfMemory();
  }, PERIOD_MS);
  unref(timer);
}

/**
 * Frees the code of old scripts before it fills a limited heap. V8 15 keeps code for three minutes,
 * and Deno 2.9 ends the thread before V8 would let go of it (measured; Node 20 does not).
 *
 * @returns What is to be told the length of each script before it is compiled.
 */
export function codeCollector(): (chars: number) => void {
  if (globals.Deno === undefined) return () => {};
  const { getHeapStatistics, setFlagsFromString } = builtin<typeof import("node:v8")>("node:v8");
  const { runInNewContext } = builtin<typeof import("node:vm")>("node:vm");
  const share = getHeapStatistics().heap_size_limit * CODE_SHARE;
  let bytes = 0;
  let collect: (() => void) | undefined;
  return (chars) => {
    bytes += chars + SCRIPT_BYTES;
    if (bytes < share) return;
    bytes = 0;
    collect ??= takeCollector(setFlagsFromString, runInNewContext);
    collect();
  };
}

/** Takes V8's collector, which a new context alone has, and only while the flag is set. */
function takeCollector(
  setFlags: (flags: string) => void,
  runInNewContext: typeof import("node:vm").runInNewContext,
): () => void {
  setFlags("--expose-gc");
  try {
    const collector: () => void = runInNewContext("gc");
    return collector;
  } finally {
    setFlags("--no-expose-gc");
  }
}
