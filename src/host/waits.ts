// Waiting in the host: every wait on a channel is an Effect fiber, holds the
// process while it lasts, and settles exactly once, whatever comes first.

import * as Effect from "effect/Effect";
import { LONGEST_DELAY_MS, type WaitLimits } from "../api/realm.ts";
import type { GiveUp, Settle } from "../channel/channel.ts";
import { hold, release } from "../runtime/keep_alive.ts";

/** What waits for `start` to settle, as an effect: interrupting it gives the wait up. */
export function waiting<A>(start: (settle: Settle<A>) => GiveUp): Effect.Effect<A, unknown> {
  return Effect.callback<A, unknown>((resume) => {
    const giveUp = start({
      resolve: (value) => resume(Effect.succeed(value)),
      reject: (error) => resume(Effect.fail(error)),
    });
    return Effect.sync(() => {
      giveUp();
    });
  });
}

/** Waits for what `start` settles, within the limits. */
export function waitWithin<A>(
  start: (settle: Settle<A>) => GiveUp,
  { signal, timeoutMs, onTimeout }: WaitLimits,
): Promise<A> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onAbort: (() => void) | undefined;
  const limited = (settle: Settle<A>): GiveUp => {
    const giveUp = start(settle);
    // A wait that cannot be given up any more has its result: then that counts.
    const end = (reason: () => unknown) => {
      if (giveUp()) settle.reject(reason());
    };
    if (timeoutMs < LONGEST_DELAY_MS) timer = setTimeout(() => end(onTimeout), timeoutMs);
    if (signal !== undefined) {
      onAbort = () => end(() => signal.reason);
      signal.addEventListener("abort", onAbort);
    }
    return giveUp;
  };
  hold();
  return Effect.runPromise(waiting(limited)).finally(() => {
    release();
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
  });
}
