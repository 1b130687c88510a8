// Handles in messages: an interpreter, an end of a channel or a queue, as a kind and an id. The
// classes of handles live in a higher room and register here how a handle is made.

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
/** Kind of a queue. */
export const QUEUE = 4;

/** One of these kinds. */
export type HandleKind = typeof RECV_END | typeof SEND_END | typeof INTERPRETER | typeof QUEUE;

/** What the codec knows about a handle. */
export interface Handle {
  readonly [HANDLE]: HandleKind;
  readonly id: number;
}

/** Whether an object is a handle. */
export function isHandle(value: object): value is Handle {
  return HANDLE in value;
}

// Channels and queues have keys, which differ where their ids do not. That of a channel is its
// id. That of a queue is negative and odd. The module's own channels, which no handle is of,
// have negative even ones.

/** The key of a queue. */
export function queueKey(id: number): number {
  return -1 - 2 * id;
}

/** The id of the queue that has a key. */
export function queueId(key: number): number {
  return (-1 - key) / 2;
}

/** Whether a key is that of a queue. */
export function isQueueKey(key: number): boolean {
  return key < 0 && key % 2 !== 0;
}

/** Whether a key is that of a channel which users may have. */
export function isChannelKey(key: number): boolean {
  return key >= 0;
}

/** The key of the channel or queue that a handle is of; `undefined` if it is of neither. */
export function keyOf({ [HANDLE]: kind, id }: Handle): number | undefined {
  if (kind === INTERPRETER) return undefined;
  return kind === QUEUE ? queueKey(id) : id;
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
