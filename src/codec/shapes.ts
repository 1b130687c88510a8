// The names of an object's properties, as one block of bytes: most objects in messages
// have the same few sets of names, which both sides then know by heart. A block is,
// for each name, its length in one byte and its characters in one byte each.

import { latin1ToString } from "./strings.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Function, JSON, Math, Uint8Array } = globalThis;

const { stringify } = JSON;

/** Objects with more properties are written name by name. */
export const MAX_NAMES = 32;
/** Bytes of the longest block. */
const MAX_BLOCK_BYTES = 255;
const WRITE_SLOTS = 64;
const READ_SLOTS = 256;
/** Making a function costs as much as this many objects made without it. */
const USES_BEFORE_MAKER = 100;

/** What the writer knows of a set of names. */
interface WrittenShape {
  readonly names: readonly string[];
  /** Absent: these names do not go into a block. */
  readonly block: Uint8Array | undefined;
}

const written: (WrittenShape | undefined)[] = new Array(WRITE_SLOTS).fill(undefined);

/** The block of the names of an object's properties; `undefined` if they have none. */
export function blockOf(names: readonly string[]): Uint8Array | undefined {
  const { length } = names;
  const [first, last] = [names[0]!, names[length - 1]!];
  const slot = (length + 7 * first.charCodeAt(0) + 13 * last.charCodeAt(0) + 31 * last.length) &
    (WRITE_SLOTS - 1);
  const known = written[slot];
  if (known !== undefined && isSameNames(known.names, names)) return known.block;
  const block = makeBlock(names);
  written[slot] = { names, block };
  return block;
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

const read: (ReadShape | undefined)[] = new Array(READ_SLOTS).fill(undefined);

/** The names in a block that lies there; `undefined` if it makes no sense. */
export function shapeAt(bytes: Uint8Array, start: number, length: number): ReadShape | undefined {
  let hash = length;
  for (let i = start, end = start + length; i < end; i++) hash = Math.imul(hash, 31) + bytes[i]!;
  const slot = (hash ^ (hash >>> 8)) & (READ_SLOTS - 1);
  const known = read[slot];
  if (known?.block.length === length && isSameBlock(known.block, bytes, start)) {
    if (known.uses++ === USES_BEFORE_MAKER) known.maker = makeMaker(known.names);
    return known;
  }
  const names = namesIn(bytes, start, length);
  if (names === undefined) return undefined;
  const shape: ReadShape = {
    block: bytes.slice(start, start + length),
    names,
    uses: 0,
    maker: undefined,
  };
  read[slot] = shape;
  return shape;
}

function isSameBlock(block: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < block.length; i++) if (block[i] !== bytes[start + i]) return false;
  return true;
}

function namesIn(bytes: Uint8Array, start: number, length: number): string[] | undefined {
  const names: string[] = [];
  const end = start + length;
  for (let at = start; at < end;) {
    const count = bytes[at]!;
    if (at + 1 + count > end) return undefined;
    const name = latin1ToString(bytes, at + 1, count);
    if (name === "__proto__" || names.includes(name)) return undefined;
    names.push(name);
    at += 1 + count;
  }
  return names;
}

/**
 * A function that makes objects of these names, several times as fast as assigning
 * them by name. The names may come from a hostile thread: they get into the text as
 * string literals alone. Where the runtime forbids making functions, there is none.
 */
function makeMaker(names: readonly string[]): Maker | undefined {
  const literals = names.map((name) => stringify(name));
  const fields = literals.map((literal) => `${literal}: undefined`).join(", ");
  const fills = literals.map((literal) => `object[${literal}] = read();`).join(" ");
  const text = `const object = { ${fields} }; remember(object); ${fills} return object;`;
  try {
    // oxlint-disable-next-line no-implied-eval -- see above
    return new Function("remember", "read", text) as Maker;
  } catch {
    return undefined;
  }
}
