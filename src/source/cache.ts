// Results that are kept while there is room, the longest unused go first. Small
// enough that a package for it would cost more to import than it saves.

/** A cache that holds so many entries, of so many characters in all. */
export class Cache<T> {
  readonly #entries = new Map<string, T>();
  readonly #maxEntries: number;
  readonly #maxChars: number;
  #chars = 0;

  constructor(limits: { readonly maxEntries: number; readonly maxChars: number }) {
    this.#maxEntries = limits.maxEntries;
    this.#maxChars = limits.maxChars;
  }

  /** What is kept under the key, else what `make` gives, kept from now on. */
  get(key: string, make: () => T): T {
    const entries = this.#entries;
    const kept = entries.get(key);
    if (kept !== undefined) {
      entries.delete(key);
      entries.set(key, kept);
      return kept;
    }
    const made = make();
    entries.set(key, made);
    this.#chars += key.length;
    for (const oldest of entries.keys()) {
      if (entries.size <= this.#maxEntries && this.#chars <= this.#maxChars) break;
      entries.delete(oldest);
      this.#chars -= oldest.length;
    }
    return made;
  }
}
