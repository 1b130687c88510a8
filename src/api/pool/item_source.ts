// Where `map` takes its items from, a column for each iterable: lists that were made of the
// iterables when it was called, or the iterables themselves as their items are needed.

// Taken now: source may declare names of its own that hide these.
const { Infinity: UNLIMITED, Symbol } = globalThis;

/** Items that were taken. */
export interface Taken {
  readonly columns: unknown[][];
  /** There is no more; what an iterable threw, if one did. */
  readonly end: { readonly failure: { readonly error: unknown } | undefined } | undefined;
}

/** Gives items, row by row. */
export interface ItemSource {
  /** Takes so many rows, or what is left. */
  take(size: number): Taken;
  /** Lets go of the iterables, as a loop does that is left. */
  close(): void;
  /** The same because of an error, which counts more than one of theirs. */
  closeAfterError(): void;
}

/** The items of some iterables. Without a `buffersize` those that are there now. */
export function itemSource(
  iterables: readonly Iterable<unknown>[],
  buffersize: number,
): ItemSource {
  if (buffersize !== UNLIMITED) return new Iterated(iterables);
  const [first, ...others] = iterables;
  if (others.length === 0) return new Listed(first === undefined ? [] : [[...first]]);
  // Only one of them need end.
  const { columns, end } = new Iterated(iterables).take(UNLIMITED);
  if (end?.failure !== undefined) throw end.failure.error;
  return new Listed(columns);
}

/** Lists of one length. */
class Listed implements ItemSource {
  readonly #lists: readonly (readonly unknown[])[];
  #at = 0;

  constructor(lists: readonly (readonly unknown[])[]) {
    this.#lists = lists;
  }

  take(size: number): Taken {
    const from = this.#at;
    this.#at += size;
    const columns = this.#lists.map((list) => list.slice(from, this.#at));
    const isAll = (columns[0]?.length ?? 0) < size;
    return { columns, end: isAll ? { failure: undefined } : undefined };
  }

  close(): void {}

  closeAfterError(): void {}
}

class Iterated implements ItemSource {
  readonly #iterators: readonly Iterator<unknown>[];

  constructor(iterables: readonly Iterable<unknown>[]) {
    this.#iterators = iterables.map((items) => items[Symbol.iterator]());
  }

  take(size: number): Taken {
    const columns: unknown[][] = this.#iterators.map(() => []);
    try {
      for (let row = 0; row < size; row++) {
        const values = [];
        for (const iterator of this.#iterators) {
          const { done, value } = iterator.next();
          if (done === true) {
            for (const other of this.#iterators) if (other !== iterator) other.return?.();
            return { columns, end: { failure: undefined } };
          }
          values.push(value);
        }
        for (const [n, column] of columns.entries()) column.push(values[n]);
      }
      return { columns, end: undefined };
    } catch (error) {
      this.closeAfterError();
      return { columns, end: { failure: { error } } };
    }
  }

  close(): void {
    for (const iterator of this.#iterators) iterator.return?.();
  }

  closeAfterError(): void {
    for (const iterator of this.#iterators) {
      try {
        iterator.return?.();
      } catch {
        // The first error is the one that is thrown.
      }
    }
  }
}
