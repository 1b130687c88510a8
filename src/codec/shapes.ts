// The names of an object's properties, as one block of bytes: most objects in messages
// have the same few sets of names, which both sides then know by heart. A block is,
// for each name, its length in one byte and its characters in one byte each.

import { recordOf } from "./fields.ts";
import { latin1ToString } from "./strings.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Function, JSON, Math, Uint8Array } = globalThis;

const { stringify } = JSON;

/** Objects with more properties are written name by name. */
export const MAX_NAMES = 32;
/** Bytes of the longest block. */
const MAX_BLOCK_BYTES = 255;
const WRITE_SLOTS = 64;
const READ_SLOTS = 128;
/** Making a function costs as much as this many objects made without it. */
const USES_BEFORE_MAKER = 100;

/** Reads the properties of an object one after the other, and hands each on. */
export type Reader = (object: object, write: (value: unknown) => void) => void;

/** What the writer knows of a set of names. */
export interface WrittenShape {
  readonly names: readonly string[];
  /** Absent: these names do not go into a block. */
  readonly block: Uint8Array | undefined;
  uses: number;
  reader: Reader;
}

const written: (WrittenShape | undefined)[] = new Array(WRITE_SLOTS).fill(undefined);
/** Most messages are of the shape of the one before. */
let last: WrittenShape = { names: [], block: undefined, uses: 0, reader: readerOf([]) };

/** What is known of the names of an object's properties. */
export function shapeOf(names: readonly string[]): WrittenShape {
  if (!isSameNames(last.names, names)) last = findShape(names);
  if (last.uses++ === USES_BEFORE_MAKER && last.block !== undefined) {
    last.reader = makeReader(names) ?? last.reader;
  }
  return last;
}

function findShape(names: readonly string[]): WrittenShape {
  const { length } = names;
  const [one, other] = [names[0] ?? "", names[length - 1] ?? ""];
  const slot = (length + 7 * one.charCodeAt(0) + 13 * other.charCodeAt(0) + 31 * other.length) &
    (WRITE_SLOTS - 1);
  const known = written[slot];
  if (known !== undefined && isSameNames(known.names, names)) return known;
  return written[slot] = { names, block: makeBlock(names), uses: 0, reader: readerOf(names) };
}

function isSameNames(known: readonly string[], names: readonly string[]): boolean {
  const { length } = known;
  if (length !== names.length) return false;
  for (let i = 0; i < length; i++) if (known[i] !== names[i]) return false;
  return true;
}

function makeBlock(names: readonly string[]): Uint8Array | undefined {
  const bytes: number[] = [];
  for (const name of names) {
    // An assignment to it would set the prototype.
    if (name === "__proto__") return undefined;
    if (bytes.length + 1 + name.length > MAX_BLOCK_BYTES) return undefined;
    bytes.push(name.length);
    for (let i = 0; i < name.length; i++) {
      const code = name.charCodeAt(i);
      if (code > 0xff) return undefined;
      bytes.push(code);
    }
  }
  return Uint8Array.from(bytes);
}

/** Makes an object and fills it: tells of it first, then reads one value after the other. */
export type Maker = (remember: (object: object) => void, read: () => unknown) => object;

/** What the reader knows of a set of names. */
export interface ReadShape {
  readonly block: Uint8Array;
  readonly names: readonly string[];
  uses: number;
  maker: Maker | undefined;
}

const NO_SLOTS: (ReadShape | undefined)[] = [];

/**
 * What one reader remembers of the blocks of one sender, or of one channel: whoever may
 * write to a channel's memory can forge all of its items. Never of several: what one
 * interpreter has sent must not change what is read from another.
 */
export class ReadShapes {
  // Most senders and channels never send an object.
  #slots = NO_SLOTS;

  /** The names in a block that lies there; `undefined` if it makes no sense. */
  at(bytes: Uint8Array, start: number, length: number): ReadShape | undefined {
    let hash = length;
    // oxlint-disable-next-line typescript/no-non-null-assertion -- The block lies within the bytes.
    for (let i = start, end = start + length; i < end; i++) hash = Math.imul(hash, 31) + bytes[i]!;
    const slot = (hash ^ (hash >>> 8)) & (READ_SLOTS - 1);
    const known = this.#slots[slot];
    // By all of its bytes: blocks with the same hash are easily made.
    if (known?.block.length === length && isSameBlock(known.block, bytes, start)) {
      if (known.uses++ === USES_BEFORE_MAKER) known.maker = makeMaker(known.names);
      return known;
    }
    return this.#learn(slot, bytes.slice(start, start + length));
  }

  #learn(slot: number, block: Uint8Array): ReadShape | undefined {
    // Out of the copy, so that the names are those of the block whatever happens to the bytes.
    const names = namesIn(block);
    if (names === undefined) return undefined;
    if (this.#slots === NO_SLOTS) this.#slots = new Array<undefined>(READ_SLOTS).fill(undefined);
    return this.#slots[slot] = { block, names, uses: 0, maker: undefined };
  }
}

function isSameBlock(block: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < block.length; i++) if (block[i] !== bytes[start + i]) return false;
  return true;
}

function namesIn(block: Uint8Array): string[] | undefined {
  const names: string[] = [];
  const { length } = block;
  for (let at = 0; at < length;) {
    const count = block[at] ?? 0;
    if (at + 1 + count > length || names.length === MAX_NAMES) return undefined;
    const name = latin1ToString(block, at + 1, count);
    if (name === "__proto__" || names.includes(name)) return undefined;
    names.push(name);
    at += 1 + count;
  }
  return names;
}

/** Reads the properties by their names. */
function readerOf(names: readonly string[]): Reader {
  return (object, write) => {
    const record = recordOf(object);
    // oxlint-disable-next-line typescript/no-non-null-assertion -- `i` is less than the length.
    for (let i = 0; i < names.length; i++) write(record[names[i]!]);
  };
}

/**
 * A function that does what `readerOf` gives, several times as fast as reading
 * them by name: each read has a place of its own in the text, where the runtime
 * remembers what the objects look like.
 */
function makeReader(names: readonly string[]): Reader | undefined {
  const reads = names.map((name) => `write(object[${stringify(name)}]);`).join(" ");
  return compile<Reader>(["object", "write"], reads);
}

/**
 * A function that makes objects of these names, several times as fast as assigning
 * them by name. The names may come from a hostile thread: they get into the text as
 * string literals alone.
 */
function makeMaker(names: readonly string[]): Maker | undefined {
  const literals = names.map((name) => stringify(name));
  const fields = literals.map((literal) => `${literal}: undefined`).join(", ");
  const fills = literals.map((literal) => `object[${literal}] = read();`).join(" ");
  const text = `const object = { ${fields} }; remember(object); ${fills} return object;`;
  return compile<Maker>(["remember", "read"], text);
}

/** Where the runtime forbids making functions, there is none. */
function compile<T>(parameters: readonly string[], text: string): T | undefined {
  try {
    // oxlint-disable-next-line no-implied-eval, typescript/no-unsafe-type-assertion -- Names get into the text as literals alone; what is compiled from text has no type.
    return new Function(...parameters, text) as T;
  } catch {
    return undefined;
  }
}
