// Waiting in the host: every wait on a channel is an Effect fiber, holds the
// process while it lasts, and settles exactly once, whatever comes first.
//
// Effect loads with the first wait and not with the module: it is two thirds of what
// an import would cost, and a program that runs source alone never needs it. A wait
// begins at once all the same, so that waits keep the order of their calls.

import type * as EffectModule from "effect/Effect";
import { atCaller } from "../../api/caller.ts";
import { LONGEST_DELAY_MS, type WaitLimits } from "../../api/realm.ts";
import type { GiveUp, Settle } from "../../channel/channel.ts";
import { hold, release } from "../../runtime/keep_alive.ts";

type Start<A> = (settle: Settle<A>) => GiveUp;

let effect: typeof EffectModule | undefined;
let loading: Promise<typeof EffectModule> | undefined;

/** Waits for what `start` settles, within the limits. */
export function waitWithin<A>(
  start: Start<A>,
  { signal, timeoutMs, onTimeout, caller }: WaitLimits,
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
  const result = runFiber(limited);
  hold();
  const finish = () => {
    release();
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener("abort", onAbort);
  };
  return result.then((value) => {
    finish();
    return value;
  }, (error: unknown) => {
    finish();
    throw atCaller(error, caller, signal);
  });
}

function runFiber<A>(start: Start<A>): Promise<A> {
  if (effect !== undefined) return effect.runPromise(waiting(effect, start));
  const started = startNow(start);
  loading ??= import("effect/Effect").then((loaded) => effect = loaded);
  return loading.then((loaded) => loaded.runPromise(waiting(loaded, started)));
}

/** What waits for `start` to settle, as an effect: interrupting it gives the wait up. */
function waiting<A>(
  { callback, fail, succeed, sync }: typeof EffectModule,
  start: Start<A>,
): EffectModule.Effect<A, unknown> {
  return callback<A, unknown>((resume) => {
    const giveUp = start({
      resolve: (value) => resume(succeed(value)),
      reject: (error) => resume(fail(error)),
    });
    return sync(() => {
      giveUp();
    });
  });
}

/** Starts, and keeps how it ended until somebody asks. */
function startNow<A>(start: Start<A>): Start<A> {
  let asker: Settle<A> | undefined;
  let answer: ((asker: Settle<A>) => void) | undefined;
  const settle = (how: (asker: Settle<A>) => void) => {
    if (asker === undefined) answer = how;
    else how(asker);
  };
  const giveUp = start({
    resolve: (value) => settle((to) => to.resolve(value)),
    reject: (error) => settle((to) => to.reject(error)),
  });
  return (who) => {
    asker = who;
    answer?.(who);
    return giveUp;
  };
}
