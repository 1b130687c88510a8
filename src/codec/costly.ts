// Bounds for what takes a decoder far more time or memory than its bytes tell: keys that all
// have one hash, errors (the runtime notes where each was made), regular expressions, arrays
// of holes, buffers that reserve memory. A hostile sender could hold its receiver up with them.

import { Budget } from "./budget.ts";
import { makeResizable } from "./brands.ts";
import { setField } from "./fields.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Math, Object, Reflect, RegExp, TypeError, performance } = globalThis;

const { floor, random } = Math;
const { defineProperty, hasOwn } = Object;
const { getOwnPropertyDescriptor } = Reflect;
const now = performance.now.bind(performance);

/** Keys go into a collection in groups of so many. Collections with fewer keys are not watched. */
const GROUP_KEYS = 256;
/**
 * How long one key may take: 10 to 100 times what it takes on any machine. V8 and
 * JavaScriptCore give a number the same hash in every process, so a sender can find numbers
 * that all have one hash: 100,000 of them, in less than 1 MiB, took 13 s.
 */
const KEY_MS = 0.002;
/** How many keys of slow groups are looked up again, in all and of each group. */
const MAX_SUSPECTS = 256;
const SUSPECTS_OF_GROUP = 16;
/**
 * The fastest of so many rounds counts: in the others the thread may have waited for a processor.
 */
const LOOKUPS = 4;

/** Fills one collection that is to have many keys, and watches how long that takes. */
export class Filling<K> {
  readonly #insert: (key: K, value: unknown) => void;
  readonly #has: (key: K) => boolean;
  #keys: K[] = [];
  #values: unknown[] = [];
  readonly #suspects: K[] = [];
  #suspected = 0;

  /** @param has Whether the collection has the key. */
  constructor(insert: (key: K, value: unknown) => void, has: (key: K) => boolean) {
    this.#insert = insert;
    this.#has = has;
  }

  /**
   * Adds one more key.
   *
   * @throws {TypeError} The keys take far too long, because they all have one hash.
   */
  add(key: K, value: unknown): void {
    const keys = this.#keys;
    this.#values[keys.length] = value;
    keys[keys.length] = key;
    if (keys.length === GROUP_KEYS) this.flush();
  }

  /** Inserts the keys that were added since the last group. */
  flush(): void {
    const [keys, values] = [this.#keys, this.#values];
    const startedAt = now();
    // oxlint-disable-next-line typescript/no-non-null-assertion -- `i` is less than the length.
    for (let i = 0; i < keys.length; i++) this.#insert(keys[i]!, values[i]);
    if (now() - startedAt > GROUP_KEYS * KEY_MS) this.#suspect(keys);
    this.#keys = [];
    this.#values = [];
  }

  /** Finds out whether the keys were slow, or the machine: looks some of them up again. */
  #suspect(keys: readonly K[]): void {
    const suspects = this.#suspects;
    for (let i = 0; i < SUSPECTS_OF_GROUP; i++) {
      // Taken from all groups alike: among keys of one hash, the latest are found first.
      const at = this.#suspected++ < MAX_SUSPECTS
        ? suspects.length
        : floor(random() * this.#suspected);
      // oxlint-disable-next-line typescript/no-non-null-assertion -- A random number is less than 1.
      if (at < MAX_SUSPECTS) suspects[at] = keys[floor(random() * keys.length)]!;
    }
    for (let n = 0; n < LOOKUPS; n++) {
      const startedAt = now();
      // oxlint-disable-next-line typescript/no-non-null-assertion -- `i` is less than the length.
      for (let i = 0; i < suspects.length; i++) this.#has(suspects[i]!);
      if (now() - startedAt < suspects.length * KEY_MS) return;
    }
    throw new TypeError(
      "Cannot decode a message: too many keys of one Map, Set or object have the same hash, and making it would take too long",
    );
  }
}

/**
 * What fills a set that is to have so many items; `undefined` if they are too few to be watched.
 */
export function fillingOfSet(set: Set<unknown>, count: number): Filling<unknown> | undefined {
  if (count < GROUP_KEYS) return undefined;
  return new Filling((item) => void set.add(item), (item) => set.has(item));
}

/** As `fillingOfSet`, for a map. */
export function fillingOfMap(
  map: Map<unknown, unknown>,
  count: number,
): Filling<unknown> | undefined {
  if (count < GROUP_KEYS) return undefined;
  return new Filling((key, value) => void map.set(key, value), (key) => map.has(key));
}

/** As `fillingOfSet`, for the properties of an object. */
export function fillingOfObject(object: object, count: number): Filling<string> | undefined {
  if (count < GROUP_KEYS) return undefined;
  return new Filling(
    (name, value) => setField(object, name, value),
    (name) => hasOwn(object, name),
  );
}

/** As `fillingOfSet`, for an array with holes. */
export function fillingOfArray(array: unknown[], count: number): Filling<number> | undefined {
  if (count < GROUP_KEYS) return undefined;
  return new Filling(
    (index, item) => {
      array[index] = item;
    },
    (index) => hasOwn(array, index),
  );
}

/**
 * Holes that may take memory, in all arrays of a message. Arrays with further holes are made
 * sparse.
 */
const DENSE_HOLES = 2 ** 16;
/** So few holes take hardly more memory than the bytes that stand for them. */
const FEW_HOLES = 16;

/** What is left of these bounds for the message that is being read. */
const budget = new Budget();
let denseHoles = DENSE_HOLES;
/**
 * The realm's `Error.stackTraceLimit` while it is 0 for a message; `undefined` if it was not
 * changed.
 */
let traces: PropertyDescriptor | undefined;
let isFresh = true;

/** To be called when the message has been read: the next one has all bounds anew. */
export function endCosts(): void {
  if (isFresh) return;
  isFresh = true;
  budget.renew();
  denseHoles = DENSE_HOLES;
  if (traces !== undefined) defineProperty(Error, "stackTraceLimit", traces);
  traces = undefined;
}

/**
 * Counts one more error of the message. Until the end of the message no error notes where it was
 * made.
 */
export function countError(): void {
  isFresh = false;
  budget.countError();
  if (traces !== undefined) return;
  const found = getOwnPropertyDescriptor(Error, "stackTraceLimit");
  // Only if it is plain data: a setter would run code of source in the middle of a message.
  if (found?.writable !== true) return;
  traces = found;
  defineProperty(Error, "stackTraceLimit", { ...found, value: 0 });
}

/** Counts the own properties of one error. */
export function countFields(count: number): void {
  budget.countFields(count);
}

/** Makes a regular expression of the message; throws if it is wrong, or if there are too many. */
export function makeRegExp(source: string, flags: string): RegExp {
  isFresh = false;
  budget.countRegExp(source);
  try {
    return new RegExp(source, flags);
  } catch (cause) {
    throw new TypeError("Cannot decode a message: a regular expression is wrong", { cause });
  }
}

/** Makes a resizable buffer of the message; throws if all of them would reserve too much memory. */
export function reserve(length: number, maxByteLength: number): ArrayBuffer {
  isFresh = false;
  budget.countResizable(maxByteLength);
  return makeResizable(length, maxByteLength);
}

const MAX_ARRAY_LENGTH = 2 ** 32 - 1;

/**
 * Adds holes at the end of an array. Ten bytes stand for any number of holes, and V8 takes
 * memory for each place of an array of up to 32 million places, unless it was longer before.
 */
export function addHoles(array: unknown[], length: number): void {
  const count = length - array.length;
  if (count > FEW_HOLES) {
    isFresh = false;
    denseHoles -= count;
    if (denseHoles < 0) array.length = MAX_ARRAY_LENGTH;
  }
  array.length = length;
}
