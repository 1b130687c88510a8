// What all waits on a channel have in common.

/** Ends a wait; called once at most, possibly before the call that began it returns. */
export interface Settle<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/**
 * Gives a wait up. `true`: nothing was received or sent, and nothing will be settled
 * any more; `false`: it was settled, before or just now.
 */
export type GiveUp = () => boolean;

// About as long as waking a thread takes; longer only burns what others could use.
const SPINS = 300;

/** Looks a few times whether something happens at once, which is cheaper than to sleep. */
export function spin(happened: () => boolean): boolean {
  for (let spins = SPINS; spins > 0; spins--) if (happened()) return true;
  return false;
}
