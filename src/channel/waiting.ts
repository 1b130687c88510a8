// What all waits on a channel have in common.

// Taken now: source may declare names of its own that hide these.
const { Math, performance } = globalThis;

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

// Longer than waking a thread takes: two that take turns never sleep once both are awake.
const LONGEST_MS = 0.05;
const SHORTEST_MS = 0.003;
/** After so many spins in vain it is tried again whether a long one pays. */
const RETRY = 64;
/** Looks between two looks at the clock. */
const LOOKS = 8;
/** It has paid if so many looks were enough; a thread that has to be woken takes longer. */
const CHEAP_LOOKS = 24;
/** Turns of an empty loop, about a quarter of a microsecond. */
const PAUSE = 200;

let turns = 0;

/** Leaves the others' cache lines alone for a moment: who looks all the time holds them up. */
function pause(): void {
  for (let i = 0; i < PAUSE; i++) turns = (turns + i) | 0;
}

/**
 * Looks for a while whether something happens at once, which is cheaper than to sleep:
 * for as long as it would take to be woken, if that was worth it before.
 */
export class Spinner {
  #longestMs = LONGEST_MS;
  #failures = 0;

  /** Whether it happened meanwhile. */
  spin(happened: () => boolean): boolean {
    const end = performance.now() + this.#longestMs;
    let looks = 0;
    do {
      do {
        if (happened()) {
          if (looks <= CHEAP_LOOKS) {
            this.#longestMs = Math.min(LONGEST_MS, 2 * this.#longestMs);
          } else this.#despond();
          return true;
        }
        pause();
      } while (++looks % LOOKS !== 0);
    } while (performance.now() < end);
    this.#despond();
    return false;
  }

  /** It would have been as well to sleep. */
  #despond(): void {
    this.#longestMs = ++this.#failures % RETRY === 0
      ? LONGEST_MS
      : Math.max(SHORTEST_MS, this.#longestMs / 4);
  }
}
