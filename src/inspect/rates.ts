// How much a number that only grows has grown in a second, from one look to the next. Looks that
// come too soon after the last get what that got: a short time makes a rate of chance.

const LEAST_MS = 400;

interface Look {
  readonly total: number;
  readonly atMs: number;
  readonly rate: number | null;
}

/** The rates of things that have a key. */
export class Rates<Key> {
  #looks = new Map<Key, Look>();
  #seen = new Map<Key, Look>();
  readonly #wrap: number;

  /** @param wrap The totals begin again after so much. */
  constructor(wrap: number = Infinity) {
    this.#wrap = wrap;
  }

  /** What has been added in a second, lately; `null` at the first look. */
  look(key: Key, total: number | null, nowMs: number): number | null {
    if (total === null) return null;
    const last = this.#looks.get(key);
    const look = last === undefined
      ? { total, atMs: nowMs, rate: null }
      : this.#next(last, total, nowMs);
    this.#seen.set(key, look);
    return look.rate;
  }

  #next(last: Look, total: number, nowMs: number): Look {
    const passedMs = nowMs - last.atMs;
    if (passedMs < LEAST_MS) return last;
    const grown = total - last.total;
    const added = grown < 0 && this.#wrap !== Infinity ? grown + this.#wrap : Math.max(0, grown);
    return { total, atMs: nowMs, rate: (added * 1_000) / passedMs };
  }

  /** All have been looked at: those that were not are forgotten. */
  end(): void {
    this.#looks = this.#seen;
    this.#seen = new Map();
  }
}
