// Control calls are callbacks inside the host, so that a host that blocks can
// finish them without promises; these turn a callback into a promise or a wait.

import { hostSleep } from "../channel/wake/doorbell.ts";
import { hold, release } from "../runtime/keep_alive.ts";

/** How a control call ended. */
export type Settled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown };

/** Called exactly once with how the call ended. */
export type Done<T> = (settled: Settled<T>) => void;

/** Starts a call; what it throws counts as its error. */
export function attempt<T>(start: (done: Done<T>) => void, done: Done<T>): void {
  try {
    start(done);
  } catch (error) {
    done({ ok: false, error });
  }
}

/** The call as a promise; it keeps the process alive while it is pending. */
export function toPromise<T>(start: (done: Done<T>) => void): Promise<T> {
  hold();
  return new Promise<T>((resolve, reject) => {
    attempt<T>(start, (settled) => {
      release();
      if (settled.ok) resolve(settled.value);
      else reject(settled.error);
    });
  });
}

/**
 * Blocks until the call is done; other interpreters' requests are served meanwhile.
 *
 * @returns How it ended; `undefined` if the time was up.
 */
export function block<T>(
  start: (done: Done<T>) => void,
  timeoutMs: number,
): Settled<T> | undefined {
  let settled: Settled<T> | undefined;
  attempt<T>(start, (end) => {
    settled = end;
  });
  hostSleep(() => settled !== undefined, timeoutMs);
  return settled;
}

/** The value of a call that is done, or its error thrown. */
export function valueOf<T>(settled: Settled<T>): T {
  if (settled.ok) return settled.value;
  throw settled.error;
}
