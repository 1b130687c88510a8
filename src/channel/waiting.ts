// What all waits on a channel share: how they are settled and given up, and the spin that comes
// before a sleep.

// Taken now: source may declare names of its own that hide these.
const { Math, performance } = globalThis;

/**
 * Settles a wait. It is called once at most, perhaps before the call that began the wait returns.
 */
export interface Settle<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** As `Settle`; an item comes with its place in the order of taking, for those who return it. */
export interface SettleReceived {
  resolve(item: unknown, place: number): void;
  reject(error: unknown): void;
}

/**
 * Gives a wait up. `true` means that nothing was received or sent, and that the wait will never
 * be settled. `false` means that it was settled, before or just now.
 */
export type GiveUp = () => boolean;

/** How often it looks between two readings of the clock. */
const LOOKS = 8;
/** Rounds of an empty loop, about a quarter of a microsecond. */
const PAUSE = 200;

/** How a spinner learns. */
interface Patience {
  /** The shortest spin. */
  readonly shortestMs: number;
  /**
   * The longest spin. It takes longer than to wake a thread, so two threads that take turns never
   * sleep.
   */
  readonly longestMs: number;
  /** After so many spins in vain a long one is tried again. */
  readonly retry: number;
  /** A spin has paid if so many looks were enough: to wake a thread takes longer. */
  readonly cheapLooks: number;
}

/** Of whoever may wait for anything. */
const MODEST: Patience = { shortestMs: 0.003, longestMs: 0.05, retry: 64, cheapLooks: 24 };
/**
 * Of whoever waits for one answer alone. If both sides of a call slept once, each would be late
 * for the spin of the other from then on: so it tries again soon.
 */
const EAGER: Patience = { shortestMs: 0.006, longestMs: 0.1, retry: 8, cheapLooks: 400 };

let turns = 0;

/** Leaves the cache lines of the others alone for a moment: constant looks would hold them up. */
function pause(): void {
  for (let i = 0; i < PAUSE; i++) turns = (turns + i) | 0;
}

/**
 * Spins: looks again and again whether something happens soon, which is cheaper than to sleep.
 * A spin lasts as long as a wake-up takes, and less if spins were in vain before.
 */
export class Spinner {
  readonly #patience: Patience;
  #longestMs: number;
  #failures = 0;

  /** @param isEager Whether one answer alone is waited for, which may come very soon. */
  constructor(isEager = false) {
    this.#patience = isEager ? EAGER : MODEST;
    this.#longestMs = this.#patience.longestMs;
  }

  /** Spins, and says whether it happened meanwhile. */
  spin(happened: () => boolean): boolean {
    const end = performance.now() + this.#longestMs;
    let looks = 0;
    do {
      do {
        if (happened()) {
          if (looks <= this.#patience.cheapLooks) {
            this.#longestMs = Math.min(this.#patience.longestMs, 2 * this.#longestMs);
          } else this.#shorten();
          return true;
        }
        pause();
      } while (++looks % LOOKS !== 0);
    } while (performance.now() < end);
    this.#shorten();
    return false;
  }

  /** The spin was in vain, so the next ones are shorter. */
  #shorten(): void {
    const { retry, shortestMs, longestMs } = this.#patience;
    this.#longestMs = ++this.#failures % retry === 0
      ? longestMs
      : Math.max(shortestMs, this.#longestMs / 4);
  }
}
