// The waits of a guest, which end by their result, the signal or the timeout. The host's
// are Effect fibers (host/channels/waits.ts); a guest does not load Effect.

import { atCaller } from "../api/caller.ts";
import { LONGEST_DELAY_MS, type Start, type WaitLimits } from "../api/realm.ts";
import { runCritical } from "../channel/critical_section.ts";
import { SafeMap } from "../primordials.ts";

// Taken now: source may declare names of its own that hide these.
const { Promise, clearTimeout, queueMicrotask, setTimeout } = globalThis;

/** The waits in progress that have a signal, by what ends them. */
const abortable = new SafeMap<() => void, AbortSignal>();

/** Ends the waits whose signal has fired: source was interrupted, maybe in the middle of that. */
export function endAborted(): void {
  abortable.forEach(({ aborted }, onAbort) => {
    if (aborted) onAbort();
  });
}

/** Waits for what `start` settles; see `Realm.wait`. */
export function waitWithin<A>(
  start: Start<A>,
  { signal, timeoutMs, onTimeout, caller }: WaitLimits,
): Promise<A> {
  return new Promise<A>((resolve, reject) => {
    let isSettled = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let onAbort: (() => void) | undefined;
    const finish = () => {
      isSettled = true;
      clearTimeout(timer);
      if (signal === undefined || onAbort === undefined) return;
      signal.removeEventListener("abort", onAbort);
      abortable.delete(onAbort);
    };
    // Not in the middle of what the channel does: to read a stack may be to run source.
    const fail = (reason: () => unknown) =>
      queueMicrotask(() => reject(atCaller(reason(), caller, signal)));
    const begin = () => {
      const giveUp = start({
        resolve(value) {
          finish();
          resolve(value);
        },
        reject(error) {
          finish();
          fail(() => error);
        },
      });
      const end = (reason: () => unknown) =>
        runCritical(() => {
          if (!giveUp()) return;
          finish();
          fail(reason);
        });
      if (isSettled) return;
      if (timeoutMs < LONGEST_DELAY_MS) timer = setTimeout(() => end(onTimeout), timeoutMs);
      if (signal === undefined) return;
      onAbort = () => end(() => signal.reason);
      signal.addEventListener("abort", onAbort);
      abortable.set(onAbort, signal);
    };
    try {
      // A wait that has begun and hears of no signal would take an item that nobody sees.
      runCritical(begin);
    } catch (error) {
      fail(() => error);
    }
  });
}
