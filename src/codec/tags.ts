// The one table of what a byte at the beginning of a value means. Numbers are little
// endian, lengths and counts 32 bits without sign, unless noted.

// Taken now: source may declare names of its own that hide these.
const {
  BigInt64Array,
  BigUint64Array,
  DataView,
  Float32Array,
  Float64Array,
  Int16Array,
  Int32Array,
  Int8Array,
  Reflect,
  Uint16Array,
  Uint32Array,
  Uint8Array,
  Uint8ClampedArray,
} = globalThis;
export const UNDEFINED = 0;
export const NULL = 1;
export const TRUE = 2;
export const FALSE = 3;
/** One signed byte. */
export const INT8 = 4;
/** Four bytes, signed. */
export const INT32 = 5;
/** Eight bytes. */
export const DOUBLE = 6;
/** Hexadecimal digits as a string value, with a sign. */
export const BIGINT = 7;
/** Length in one byte, then one byte for each character. */
export const LATIN1 = 8;
/** Length in bytes, then UTF-8. */
export const UTF8 = 9;
/** Length in units, then UTF-16: for what is not well formed. */
export const UTF16 = 10;
/** Count, then values. */
export const ARRAY = 11;
/** In an error: nothing is there. */
export const HOLE = 12;
/** Count, then a string value and a value for each property. */
export const OBJECT = 13;
/** As OBJECT, without a prototype. */
export const BARE_OBJECT = 14;
/** A double. */
export const DATE = 15;
/** Source and flags as string values, then the value of `lastIndex`. */
export const REGEXP = 16;
/** Count, then a value for the key and a value for each entry. */
export const MAP = 17;
/** Count, then values. */
export const SET = 18;
/** Name, message, stack as string values, then cause (or HOLE), errors (or HOLE), and the own properties as OBJECT. */
export const ERROR = 19;
/** Length, maximum length (or 2^32 - 1), then the bytes. */
export const ARRAY_BUFFER = 20;
/** Class (one byte), the buffer as a value, offset, length in elements (or 2^32 - 1: as long as the buffer). */
export const VIEW = 21;
/** Index in the list of shared buffers. */
export const SHARED = 22;
/** Kind (one byte), id as a double. */
export const HANDLE_TAG = 23;
/** Index of an object that came before, in the order of their beginnings. */
export const REFERENCE = 24;

/** Length of the block of names (one byte), the block (see shapes.ts), a value for each name. */
export const SHAPED = 25;

/** In an array: nothing is there, so many times (count). */
export const HOLES = 26;

/** Index in the list of chunks (see long_contents.ts): a buffer whose bytes lie there. */
export const CHUNK = 27;

/** Length, then one byte for each character: a long string of ASCII alone. */
export const ASCII = 28;

/** "None" where a length could be. */
export const NO_LENGTH = 0xffff_ffff;

/** Levels of nesting that encode and decode go down; the stack of a thread bears more. */
export const MAX_DEPTH = 1000;

/** Own properties of one error, its message and the like aside. */
export const MAX_ERROR_FIELDS = 1000;

type ViewClass = new (
  buffer: ArrayBufferLike,
  byteOffset: number,
  length?: number,
) => ArrayBufferView;

const float16Array: ViewClass | undefined = Reflect.get(globalThis, "Float16Array");

/** Classes of views, in the order of their numbers in a message. */
export const VIEW_CLASSES: readonly ViewClass[] = [
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  // Newer than the oldest runtime that this runs on.
  ...(float16Array === undefined ? [] : [float16Array]),
];
