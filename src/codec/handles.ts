// Handles in messages: an interpreter or an end of a channel, as a kind and an id. The classes
// of handles live in a higher room and register here how a handle is made.

// Taken now: source may declare names of its own that hide these.
const { TypeError } = globalThis;
/** The key under which the prototype of a handle class has the kind of its handles. */
// oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; isolatedDeclarations wants the global.
export const HANDLE: unique symbol = Symbol("subinterpreters.handle");

/** Kind of the receiving end of a channel. */
export const RECV_END = 1;
/** Kind of the sending end of a channel. */
export const SEND_END = 2;
/** Kind of an interpreter. */
export const INTERPRETER = 3;

/** One of these kinds. */
export type HandleKind = typeof RECV_END | typeof SEND_END | typeof INTERPRETER;

/** What the codec knows about a handle. */
export interface Handle {
  readonly [HANDLE]: HandleKind;
  readonly id: number;
}

/** Whether an object is a handle. */
export function isHandle(value: object): value is Handle {
  return HANDLE in value;
}

const factories: (((id: number) => object) | undefined)[] = [];

/** Registers how a handle of that kind is made from an id. */
export function setHandleFactory(kind: HandleKind, make: (id: number) => object): void {
  factories[kind] = make;
}

/** Makes a handle; throws if the kind is unknown or no handle can have that id. */
export function makeHandle(kind: number, id: number): object {
  const make = factories[kind];
  if (make === undefined) throw new TypeError(`there is no handle of kind ${kind}`);
  return make(id);
}
