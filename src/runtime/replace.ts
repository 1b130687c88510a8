// The one way in which something of the realm is replaced by something of the module's.

// Taken now: source may declare names of its own that hide these.
const { Object, Reflect } = globalThis;

/** Gives a property another value, whatever it was. */
export function replace(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}

/**
 * Gives what stands for a function the properties of that; `util.promisify` reads one. Not its
 * `prototype`, of which the original is the constructor.
 */
export function resemble(substitute: object, original: object): void {
  for (const key of Reflect.ownKeys(original)) {
    const own = Reflect.getOwnPropertyDescriptor(original, key);
    if (key !== "prototype" && own !== undefined) Object.defineProperty(substitute, key, own);
  }
}
