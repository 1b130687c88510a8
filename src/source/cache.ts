// A cache: results are kept while there is room, and those that were unused longest go first.
// It is so small that a package for it would cost more to import than it saves.

/** A cache with a limit for its entries, and for the characters of their keys in all. */
export class Cache<T> {
  readonly #entries = new Map<string, T>();
  readonly #maxEntries: number;
  readonly #maxChars: number;
  #chars = 0;

  constructor(limits: { readonly maxEntries: number; readonly maxChars: number }) {
    this.#maxEntries = limits.maxEntries;
    this.#maxChars = limits.maxChars;
  }

  /** What is kept under the key. */
  get(key: string): T | undefined {
    // A key that is too long to be kept is not looked up: to compare long texts takes a while.
    const kept = key.length > this.#maxChars ? undefined : this.#entries.get(key);
    if (kept === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, kept);
    return kept;
  }

  /** Keeps a value under the key. */
  set(key: string, value: T): void {
    if (key.length > this.#maxChars) return;
    this.delete(key);
    const entries = this.#entries;
    entries.set(key, value);
    this.#chars += key.length;
    for (const oldest of entries.keys()) {
      if (entries.size <= this.#maxEntries && this.#chars <= this.#maxChars) break;
      this.delete(oldest);
    }
  }

  /** Keeps nothing under the key any more. */
  delete(key: string): void {
    if (this.#entries.delete(key)) this.#chars -= key.length;
  }
}
