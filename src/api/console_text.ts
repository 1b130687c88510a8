// How handles show on a console: as `toString` says, like Python's `repr`, and with what else
// helps whoever looks at them.

// Taken now: source may declare names of its own that hide these.
const { Object, Symbol } = globalThis;

/** What `console.log` and `inspect` of the runtimes ask an object for. Bun asks for Node's. */
const SYMBOLS = ["nodejs.util.inspect.custom", "Deno.customInspect"].map((name) =>
  Symbol.for(name)
);

/**
 * Makes the instances of a class show as text.
 *
 * @param describe What to show instead of `toString`, unless it throws.
 */
export function showAsText<T extends { toString(): string }>(
  prototype: T,
  describe?: (handle: T) => string,
): void {
  const value = function (this: T) {
    try {
      if (describe !== undefined) return describe(this);
    } catch {
      // What ends at this moment cannot answer any more.
    }
    return this.toString();
  };
  for (const symbol of SYMBOLS) {
    Object.defineProperty(prototype, symbol, { value, writable: true, configurable: true });
  }
}

/** How an end of a channel shows: `RecvChannel(id=3, open, 2 items)`. */
export function describeEnd(
  end: { toString(): string },
  { isClosed, isReleased = false, length }: {
    readonly isClosed: boolean;
    readonly isReleased: boolean | undefined;
    readonly length: number;
  },
): string {
  const state = isClosed ? "closed" : isReleased ? "released" : "open";
  return `${end.toString().slice(0, -1)}, ${state}, ${length} item${length === 1 ? "" : "s"})`;
}
