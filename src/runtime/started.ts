// Where the first file of a thread (guest/entry.ts) leaves what the adapter has handed to it, for the
// rest to find. An export could be imported by source as well, which could then be told of a port.

const { Reflect } = globalThis;

/** The name on the global object. */
const MESSAGE = "subinterpreters·message";

/** Takes the message off the global object, before any source runs; `undefined` if there is none. */
export function takeMessage(): unknown {
  const found: unknown = Reflect.get(globalThis, MESSAGE);
  Reflect.deleteProperty(globalThis, MESSAGE);
  return found;
}
