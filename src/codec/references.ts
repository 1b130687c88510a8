// The objects of one value, numbered in the order in which the encoder meets them. An object
// that is met again is written as its number, so shared references and cycles survive.

// Taken now: source may declare names of its own that hide these.
const { Map } = globalThis;
/** So many objects are compared one by one; a map finds further ones. */
const LINEAR = 8;
/** Takes the place of an object that is forgotten. */
const NOBODY = {};

/** The objects of one value that were met so far. */
export class References {
  readonly #first: object[] = [];
  #count = 0;
  #index: Map<object, number> | undefined;

  /** The number of an object that was met before; -1 if it is new, and then it is remembered. */
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

  /** Forgets them, so that nothing here keeps alive what was sent. */
  clear(): void {
    for (let i = 0; i < this.#count && i < LINEAR; i++) this.#first[i] = NOBODY;
    this.#count = 0;
    this.#index = undefined;
  }
}
