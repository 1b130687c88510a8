// Items that this interpreter has taken out of a channel and returned, because whoever took
// them left before having them. They are the front of the channel for this interpreter: its
// next receives take them first, in the order in which they were taken.

/** An item with its place in the order of taking. */
export interface Received {
  readonly item: unknown;
  readonly place: number;
}

/** What lies at a place: an item, or the error that receiving it was. */
type Entry = Received | { readonly error: unknown; readonly place: number };

/** The returned items of one channel in one realm. */
export class ReturnedItems {
  /** Ascending by place. */
  #entries: Entry[] = [];
  #isRefusing = false;

  get count(): number {
    return this.#entries.length;
  }

  /** Puts an entry where it was; it is dropped if the end is gone that would receive it. */
  add(entry: Entry): void {
    if (this.#isRefusing) return;
    const entries = this.#entries;
    let at = entries.length;
    while (at > 0 && entries[at - 1]!.place > entry.place) at--;
    entries.splice(at, 0, entry);
  }

  /** The first one, which is taken again; throws if receiving it was an error. */
  take(): Received | undefined {
    const first = this.#entries.shift();
    if (first !== undefined && "error" in first) throw first.error;
    return first;
  }

  /** Drops all, and what is returned from now on. */
  close(): void {
    this.#entries = [];
    this.#isRefusing = true;
  }
}
