// How handles show on a console: by what `toString` says, as Python's `repr` does.

// Taken now: source may declare names of its own that hide these.
const { Object, Symbol } = globalThis;

/** What `console.log` and `inspect` of the runtimes ask for. Bun asks for Node's. */
const SYMBOLS = ["nodejs.util.inspect.custom", "Deno.customInspect"].map((name) =>
  Symbol.for(name)
);

/** Makes the instances of a class show as text. */
export function showAsText(prototype: { toString(): string }): void {
  const value = function (this: { toString(): string }) {
    return this.toString();
  };
  for (const symbol of SYMBOLS) {
    Object.defineProperty(prototype, symbol, { value, writable: true, configurable: true });
  }
}
