// The tags: the byte at the beginning of each value in a message, and what follows it.
// Numbers are little endian. Lengths and counts are unsigned 32-bit numbers, unless noted.

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
/** A string value: hexadecimal digits, with a `-` before them if the number is negative. */
export const BIGINT = 7;
/** Length (one byte), then one byte for each character. */
export const LATIN1 = 8;
/** Length in bytes, then UTF-8. */
export const UTF8 = 9;
/** Length in units, then UTF-16, for a string that is not well formed. */
export const UTF16 = 10;
/** Count, then values. */
export const ARRAY = 11;
/** In an error: the field is absent. */
export const HOLE = 12;
/** Count, then for each property a string value (the name) and a value. */
export const OBJECT = 13;
/** As OBJECT, for an object without a prototype. */
export const BARE_OBJECT = 14;
/** A double. */
export const DATE = 15;
/** Source and flags as string values, then the value of `lastIndex`. */
export const REGEXP = 16;
/** Count, then for each entry two values: key and value. */
export const MAP = 17;
/** Count, then values. */
export const SET = 18;
/**
 * Name, message and stack as string values; cause or HOLE; errors or HOLE; the own properties as
 * OBJECT.
 */
export const ERROR = 19;
/** Length, maximum length (NO_LENGTH: it cannot be resized), then the bytes. */
export const ARRAY_BUFFER = 20;
/**
 * Class (one byte), the buffer as a value, offset, length in elements (NO_LENGTH: it follows its
 * buffer).
 */
export const VIEW = 21;
/** Index in the list of pieces that travels beside the bytes (see pieces.ts). */
export const PIECE = 22;
/** Kind (one byte), id as a double. */
export const HANDLE_TAG = 23;
/** Number of an object that came before; objects are numbered in the order in which they begin. */
export const REFERENCE = 24;

/**
 * Length of the block of names (one byte), the block (see shapes.ts), then a value for each name.
 */
export const SHAPED = 25;

/** In an array: a count of holes, which are elements that are not there. */
export const HOLES = 26;

/**
 * Index in the list of long contents (see long_contents.ts), which has the bytes of this buffer.
 */
export const LONG_CONTENT = 27;

/** Length, then one byte for each character: a long string of nothing but ASCII. */
export const ASCII = 28;

/** Stands where a length could be, and says that there is none. */
export const NO_LENGTH = 0xffff_ffff;

/** Levels of nesting that may cross. The stack of a thread has room for more. */
export const MAX_DEPTH = 1000;

type ViewClass = new (
  buffer: ArrayBufferLike,
  byteOffset: number,
  length?: number,
) => ArrayBufferView;

const float16Array: ViewClass | undefined = Reflect.get(globalThis, "Float16Array");

/** The classes of views. A view in a message names its class by the index in this list. */
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
  // Node 20 and 22 do not have it.
  ...(float16Array === undefined ? [] : [float16Array]),
];
