// The objects of one value, numbered in the order in which they are met: what makes
// shared references and cycles survive.

// Taken now: source may declare names of its own that hide these.
const { Map } = globalThis;
/** Objects up to this number are looked up one by one, more of them by a map. */
const LINEAR = 8;
/** Stands where an object was remembered. */
const NOBODY = {};

/** The objects met so far. */
export class Seen {
  readonly #first: object[] = [];
  #count = 0;
  #index: Map<object, number> | undefined;

  /** The number of an object met before; -1 if it is new, and remembered now. */
  add(object: object): number {
    const count = this.#count;
    if (this.#index === undefined) {
      const first = this.#first;
      for (let i = 0; i < count; i++) if (first[i] === object) return i;
      if (count < LINEAR) {
        first[count] = object;
        this.#count = count + 1;
        return -1;
      }
      this.#index = new Map(first.map((one, i) => [one, i]));
    } else {
      const known = this.#index.get(object);
      if (known !== undefined) return known;
    }
    this.#index.set(object, count);
    this.#count = count + 1;
    return -1;
  }

  /** Forgets them: what was sent must not be kept alive from here. */
  clear(): void {
    for (let i = 0; i < this.#count && i < LINEAR; i++) this.#first[i] = NOBODY;
    this.#count = 0;
    this.#index = undefined;
  }
}
