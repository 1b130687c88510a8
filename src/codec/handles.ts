// Handles inside messages: a kind and an id. The classes live in a higher room, so
// they register here how one is made.

// Taken now: source may declare names of its own that hide these.
const { TypeError } = globalThis;
/** The property under which the prototype of a handle class says its kind. */
// oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; isolatedDeclarations wants the global.
export const HANDLE: unique symbol = Symbol("subinterpreters.handle");

/** The receiving end of a channel. */
export const RECV_END = 1;
/** The sending end of a channel. */
export const SEND_END = 2;
/** An interpreter. */
export const INTERPRETER = 3;

/** What a handle stands for. */
export type HandleKind = typeof RECV_END | typeof SEND_END | typeof INTERPRETER;

/** What the codec knows of a handle. */
export interface Handle {
  readonly [HANDLE]: HandleKind;
  readonly id: number;
}

/** Whether an object is a handle. */
export function isHandle(value: object): value is Handle {
  return HANDLE in value;
}

const factories: (((id: number) => object) | undefined)[] = [];

/** Says how a handle of that kind is made from an id. */
export function setHandleFactory(kind: HandleKind, make: (id: number) => object): void {
  factories[kind] = make;
}

/** Makes a handle; throws if the kind is unknown or the id is none. */
export function makeHandle(kind: number, id: number): object {
  const make = factories[kind];
  if (make === undefined) throw new TypeError(`there is no handle of kind ${kind}`);
  return make(id);
}
