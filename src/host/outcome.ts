// Control calls are callbacks inside the host, so that a host that blocks can finish them
// without promises. These turn such a call into a promise, or block until it is done.

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
 * Blocks until the call is done; requests of interpreters are served meanwhile.
 *
 * @returns Its value.
 * @throws The error that it ended with.
 */
export function block<T>(start: (done: Done<T>) => void): T {
  const end: { settled?: Settled<T> } = {};
  attempt<T>(start, (settled) => {
    end.settled = settled;
  });
  hostSleep(() => end.settled !== undefined, Infinity);
  const { settled } = end;
  if (settled === undefined) throw new Error("Invariant: a wait without a limit has an end");
  if (settled.ok) return settled.value;
  throw settled.error;
}
