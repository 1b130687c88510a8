// Handles in messages: an interpreter, an end of a channel, a queue or a pool, as a kind and an id.
// The classes of handles live in a higher room and register here how a handle is made.

// Taken now: source may declare names of its own that hide these.
const { Reflect, TypeError } = globalThis;
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
/** Kind of a pool of interpreters. */
export const POOL = 5;

/** One of these kinds. */
export type HandleKind =
  | typeof RECV_END
  | typeof SEND_END
  | typeof INTERPRETER
  | typeof QUEUE
  | typeof POOL;

/** What the codec knows about a handle. */
export interface Handle {
  readonly [HANDLE]: HandleKind;
  readonly id: number;
}

/** Whether an object is a handle. */
export function isHandle(value: object): value is Handle {
  return HANDLE in value;
}

/** Under this key the handles of every copy of the module say which copy they are of. */
// oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads, as above.
const COPY = Symbol.for("subinterpreters.copy");

/** Lets the handles of a class say of which copy of the module they are. */
export function markCopy(prototype: object, copy: string): void {
  Reflect.defineProperty(prototype, COPY, { value: copy });
}

/** What a handle of another copy of the module is, in words; `undefined` of anything else. */
export function describeForeign(value: object): string | undefined {
  if (isHandle(value)) return undefined;
  const copy: unknown = Reflect.get(value, COPY);
  if (typeof copy !== "string") return undefined;
  return `a ${value.constructor.name} of another copy of subinterpreters (${copy})`;
}

// Channels, queues and pools have keys, which differ where their ids do not. That of a channel is
// its id. That of a queue is negative and odd. The module's own channels, which no handle is of,
// have negative even ones. That of a pool is larger than any id can become.

/** The keys of pools are larger. */
const BELOW_POOLS = 2 ** 52;

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
  return key >= 0 && key < BELOW_POOLS;
}

/** The key of a pool. */
export function poolKey(id: number): number {
  return BELOW_POOLS + id;
}

/** The id of the pool that has a key. */
export function poolId(key: number): number {
  return key - BELOW_POOLS;
}

/** Whether a key is that of a pool. */
export function isPoolKey(key: number): boolean {
  return key >= BELOW_POOLS;
}

/** The key of what a handle is of; `undefined` if that has none, as an interpreter. */
export function keyOf({ [HANDLE]: kind, id }: Handle): number | undefined {
  switch (kind) {
    case INTERPRETER:
      return undefined;
    case QUEUE:
      return queueKey(id);
    case POOL:
      return poolKey(id);
    default:
      // No channel has such an id, which would be the key of a pool.
      return isChannelKey(id) ? id : undefined;
  }
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
