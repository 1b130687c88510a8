// The one way in which something of the realm is replaced by something of the module's.

// Taken now: source may declare names of its own that hide these.
const { Object } = globalThis;

/** Gives a property another value, whatever it was. */
export function replace(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, writable: true, configurable: true });
}
