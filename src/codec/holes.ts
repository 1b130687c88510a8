// Where the holes of an array end, without looking at each: there may be billions.

// Taken now: source may declare names of its own that hide these.
const { Number, Object } = globalThis;

const { keys } = Object;

/** The holes of one array, asked for in ascending order. */
export class Holes {
  readonly #array: readonly unknown[];
  /** The keys: indexes in ascending order, then names. */
  readonly #keys: readonly string[];
  #at = 0;

  constructor(array: readonly unknown[]) {
    this.#array = array;
    this.#keys = keys(array);
  }

  /** Index of the first element behind a hole; the array's length if there is none. */
  endOf(hole: number): number {
    const { length } = this.#array;
    while (Number(this.#keys[this.#at]) <= hole) this.#at++;
    const next = Number(this.#keys[this.#at]);
    return next < length ? next : length;
  }
}
