// Finds where the holes of an array end. It does not look at each hole: there may be billions.

// Taken now: source may declare names of its own that hide these.
const { Number, Object } = globalThis;

const { keys } = Object;

/** The holes of one array; to be asked about in ascending order. */
export class Holes {
  readonly #array: readonly unknown[];
  /** The keys of the array: its indexes in ascending order, then other names. */
  readonly #keys: readonly string[];
  #at = 0;

  constructor(array: readonly unknown[]) {
    this.#array = array;
    this.#keys = keys(array);
  }

  /** Index of the first element after a hole; the array's length if there is none. */
  endOf(hole: number): number {
    const { length } = this.#array;
    while (Number(this.#keys[this.#at]) <= hole) this.#at++;
    const next = Number(this.#keys[this.#at]);
    return next < length ? next : length;
  }
}
