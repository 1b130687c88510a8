// Shapes: the names of an object's properties, as one block of bytes. Most objects in messages
// have one of a few sets of names, and both sides remember those. A block has, for each name,
// its length in one byte and then one byte for each character.

import { recordOf } from "./fields.ts";
import { latin1ToString } from "./strings.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Function, JSON, Math, Uint8Array } = globalThis;

const { stringify } = JSON;

/** Objects with more properties than this are written name by name. */
export const MAX_NAMES = 32;
/** The most bytes that a block can have. */
const MAX_BLOCK_BYTES = 255;
const WRITE_SLOTS = 64;
const READ_SLOTS = 128;
/** After so many objects of one shape a function of its own pays: it costs as much as they did. */
const USES_BEFORE_MAKER = 100;

/** Reads the properties of an object one after the other and hands each on. */
export type Reader = (object: object, write: (value: unknown) => void) => void;

/** What the encoder knows about a set of names. */
export interface WrittenShape {
  readonly names: readonly string[];
  /** `undefined` if these names do not fit into a block. */
  readonly block: Uint8Array | undefined;
  uses: number;
  reader: Reader;
}

const written: (WrittenShape | undefined)[] = new Array(WRITE_SLOTS).fill(undefined);
/** The shape written last: most objects have the shape of the one before. */
let last: WrittenShape = { names: [], block: undefined, uses: 0, reader: readerOf([]) };

/** The shape of an object whose properties have these names. */
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
    // An assignment to this name would set the prototype.
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

/** Makes an object: hands it to `remember` while it is empty, then reads its values one by one. */
export type Maker = (remember: (object: object) => void, read: () => unknown) => object;

/** What the decoder knows about a set of names. */
export interface ReadShape {
  readonly block: Uint8Array;
  readonly names: readonly string[];
  uses: number;
  maker: Maker | undefined;
}

const NO_SLOTS: (ReadShape | undefined)[] = [];

/**
 * The blocks that one reader remembers of one sender, or of one channel. It is never shared
 * between them: what one interpreter has sent must not change what is read from another. A
 * channel counts as one sender, because whoever may write to its memory can forge all its items.
 */
export class ReadShapes {
  // Shared and empty at first: most channels never carry an object.
  #slots = NO_SLOTS;

  /** The shape of the block that lies there; `undefined` if the block makes no sense. */
  at(bytes: Uint8Array, start: number, length: number): ReadShape | undefined {
    let hash = length;
    // oxlint-disable-next-line typescript/no-non-null-assertion -- The block lies within the bytes.
    for (let i = start, end = start + length; i < end; i++) hash = Math.imul(hash, 31) + bytes[i]!;
    const slot = (hash ^ (hash >>> 8)) & (READ_SLOTS - 1);
    const known = this.#slots[slot];
    // All bytes are compared: a hostile sender can easily make blocks with the same hash.
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

/** A reader that looks each property up by its name. */
function readerOf(names: readonly string[]): Reader {
  return (object, write) => {
    const record = recordOf(object);
    // oxlint-disable-next-line typescript/no-non-null-assertion -- `i` is less than the length.
    for (let i = 0; i < names.length; i++) write(record[names[i]!]);
  };
}

/**
 * A function that does what `readerOf` does, several times as fast. Each read has a place of
 * its own in the text of the function, where the runtime remembers what the objects look like.
 */
function makeReader(names: readonly string[]): Reader | undefined {
  const reads = names.map((name) => `write(object[${stringify(name)}]);`).join(" ");
  return compile<Reader>(["object", "write"], reads);
}

/**
 * A function that makes objects of these names, several times as fast as assignments by name.
 * The names may come from a hostile thread; they get into the text as string literals only.
 */
function makeMaker(names: readonly string[]): Maker | undefined {
  const literals = names.map((name) => stringify(name));
  const fields = literals.map((literal) => `${literal}: undefined`).join(", ");
  const fills = literals.map((literal) => `object[${literal}] = read();`).join(" ");
  const text = `const object = { ${fields} }; remember(object); ${fills} return object;`;
  return compile<Maker>(["remember", "read"], text);
}

/** A function of that text; `undefined` where the runtime forbids to make functions of text. */
function compile<T>(parameters: readonly string[], text: string): T | undefined {
  try {
    // oxlint-disable-next-line no-implied-eval, typescript/no-unsafe-type-assertion -- Names get into the text as literals alone; what is compiled from text has no type.
    return new Function(...parameters, text) as T;
  } catch {
    return undefined;
  }
}
