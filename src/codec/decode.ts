// Bytes to values. The bytes may come from a hostile thread: every length is checked
// against the bytes that are left before anything is made of it, nothing runs that
// the sender could have chosen, and what makes no sense is a TypeError.

import { makeResizable } from "./brands.ts";
import { makeError } from "./error_classes.ts";
import { makeHandle } from "./handles.ts";
import { shapeAt } from "./shapes.ts";
import { latin1ToString, longLatin1, unitsToString } from "./strings.ts";
import * as tags from "./tags.ts";

// Taken now: source may declare names of its own that hide these.
const {
  ArrayBuffer,
  BigInt,
  DataView,
  Date,
  Map,
  Object,
  RegExp,
  Set,
  SharedArrayBuffer,
  TextDecoder,
  TypeError,
  Uint8Array,
} = globalThis;

const { defineProperty } = Object;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const EMPTY = new Uint8Array(0);
const NONE: readonly SharedArrayBuffer[] = [];
const NO_CHUNKS: readonly Uint8Array[] = [];
const KEPT_OBJECTS = 16;
/** Stands for "nothing is there". */
const HOLE = Symbol("hole");

// The message being read. One at a time: nothing that is called from here decodes.
let bytes: Uint8Array = EMPTY;
let at = 0;
let depth = 0;
let shared: readonly SharedArrayBuffer[] = NONE;
let chunks: readonly Uint8Array[] = NO_CHUNKS;
/** What has been read, in the order of the beginnings; used again for the next message. */
let objects: object[] = [];
let objectCount = 0;
/** How many holes the last one stands for. */
let holeCount = 0;

/**
 * Decodes what `encode` wrote. Nothing in the result refers to the bytes.
 *
 * @param message The bytes, in memory that nobody else writes to.
 * @param buffers The shared memory that the message refers to.
 * @param contents Its chunks, which become parts of the value.
 * @throws {TypeError} The bytes are no message.
 */
export function decode(
  message: Uint8Array,
  buffers: readonly SharedArrayBuffer[],
  contents: readonly Uint8Array[] = NO_CHUNKS,
): unknown {
  bytes = message;
  at = 0;
  depth = 0;
  shared = buffers;
  chunks = contents;
  try {
    const value = readValue();
    if (at !== message.length) throw senseless("there are bytes behind the value");
    return value;
  } catch (cause) {
    // An id, a length or a depth that the runtime itself refuses.
    throw cause instanceof TypeError ? cause : new TypeError("Cannot decode a message", { cause });
  } finally {
    bytes = EMPTY;
    shared = NONE;
    chunks = NO_CHUNKS;
    // What was read must not be kept alive from here.
    if (objectCount > KEPT_OBJECTS) objects = [];
    else for (let i = 0; i < objectCount; i++) objects[i] = EMPTY;
    objectCount = 0;
  }
}

function senseless(why: string): TypeError {
  return new TypeError(`Cannot decode a message: ${why}`);
}

/** Moves on by so many bytes; returns where they begin. */
function skip(count: number): number {
  const start = at;
  if (count > bytes.length - start) throw senseless("it ends too early");
  at = start + count;
  return start;
}

function readInt32(): number {
  const i = skip(4);
  return bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
}

function readUint32(): number {
  return readInt32() >>> 0;
}

const doubleBytes = new Uint8Array(8);
const double = new DataView(doubleBytes.buffer);

function readDouble(): number {
  const start = skip(8);
  for (let i = 0; i < 8; i++) doubleBytes[i] = bytes[start + i]!;
  return double.getFloat64(0, true);
}

/** A count of things that take so many bytes each at least. */
function readCount(bytesEach: number): number {
  const count = readUint32();
  if (count * bytesEach > bytes.length - at) throw senseless("a count is too big");
  return count;
}

function readValue(): unknown {
  const value = readElement();
  if (value === HOLE) throw senseless("there is a hole outside of an array");
  return value;
}

function readElement(): unknown {
  const tag = bytes[skip(1)]!;
  switch (tag) {
    case tags.UNDEFINED:
      return undefined;
    case tags.NULL:
      return null;
    case tags.TRUE:
      return true;
    case tags.FALSE:
      return false;
    case tags.INT8:
      return (bytes[skip(1)]! << 24) >> 24;
    case tags.INT32:
      return readInt32();
    case tags.DOUBLE:
      return readDouble();
    case tags.LATIN1:
    case tags.UTF8:
    case tags.UTF16:
    case tags.ASCII:
      return readText(tag);
    case tags.HOLE:
      holeCount = 0;
      return HOLE;
    case tags.HOLES:
      holeCount = readUint32();
      return HOLE;
    case tags.REFERENCE: {
      const index = readUint32();
      if (index >= objectCount) throw senseless("a reference leads nowhere");
      return objects[index];
    }
    case tags.BIGINT:
      return readBigInt();
    case tags.HANDLE_TAG: {
      const kind = bytes[skip(1)]!;
      return remember(makeHandle(kind, readDouble()));
    }
    default:
      return readNested(tag);
  }
}

function readNested(tag: number): object {
  if (++depth > tags.MAX_DEPTH + 1) throw senseless("it is nested too deeply");
  const object = readObject(tag);
  depth--;
  return object;
}

function readObject(tag: number): object {
  switch (tag) {
    case tags.SHAPED:
      return readShaped();
    case tags.OBJECT:
      return readProperties(remember({}));
    case tags.ARRAY:
      return readArray();
    case tags.BARE_OBJECT:
      return readProperties(remember(Object.create(null) as object));
    case tags.DATE:
      return remember(new Date(readDouble()));
    case tags.REGEXP:
      return readRegExp();
    case tags.MAP:
      return readMap();
    case tags.SET:
      return readSet();
    case tags.ERROR:
      return readError();
    case tags.ARRAY_BUFFER:
      return readArrayBuffer();
    case tags.VIEW:
      return readView();
    case tags.SHARED: {
      const buffer = shared[readUint32()];
      if (buffer === undefined) throw senseless("shared memory is missing");
      return remember(buffer);
    }
    case tags.CHUNK: {
      const content = chunks[readUint32()];
      if (content === undefined) throw senseless("a buffer is missing");
      return remember(content.buffer);
    }
    default:
      throw senseless(`there is no tag ${tag}`);
  }
}

function remember<T extends object>(object: T): T {
  objects[objectCount++] = object;
  return object;
}

function readText(tag: number): string {
  if (tag === tags.LATIN1) {
    const length = bytes[skip(1)]!;
    return latin1ToString(bytes, skip(length), length);
  }
  const length = readUint32();
  if (tag === tags.UTF16) return unitsToString(bytes, skip(2 * length), length);
  const start = skip(length);
  if (tag === tags.ASCII) return longLatin1(bytes, start, length);
  return utf8.decode(bytes.subarray(start, start + length));
}

function readString(): string {
  const tag = bytes[skip(1)]!;
  const isText = (tag >= tags.LATIN1 && tag <= tags.UTF16) || tag === tags.ASCII;
  if (!isText) throw senseless("a string is missing");
  return readText(tag);
}

function readBigInt(): bigint {
  const text = readString();
  const isNegative = text.startsWith("-");
  const digits = isNegative ? text.slice(1) : text;
  if (!/^[0-9a-f]+$/.test(digits)) throw senseless("a bigint has no digits");
  const value = BigInt(`0x${digits}`);
  return isNegative ? -value : value;
}

function readProperties<T extends object>(object: T): T {
  const count = readCount(3);
  for (let i = 0; i < count; i++) {
    const name = readString();
    const value = readValue();
    if (name === "__proto__") {
      // An assignment would set the prototype.
      defineProperty(object, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    } else (object as Record<string, unknown>)[name] = value;
  }
  return object;
}

function readShaped(): object {
  const length = bytes[skip(1)]!;
  const shape = shapeAt(bytes, skip(length), length);
  if (shape === undefined) throw senseless("the names of an object make no sense");
  const { names, maker } = shape;
  if (names.length > bytes.length - at) throw senseless("an object is cut short");
  if (maker !== undefined) return maker(remember, readValue);
  const object = remember({}) as Record<string, unknown>;
  for (let i = 0; i < names.length; i++) object[names[i]!] = readValue();
  return object;
}

function readArray(): unknown[] {
  // Not checked against the bytes: holes take none. Each turn of the loop reads some.
  const count = readUint32();
  const array: unknown[] = [];
  remember(array);
  for (let i = 0; i < count; i++) {
    const item = readElement();
    if (item === HOLE) {
      if (holeCount < 1 || holeCount > count - i) throw senseless("holes make no sense");
      i += holeCount - 1;
      array.length = i + 1;
    } else array[i] = item;
  }
  return array;
}

function readRegExp(): RegExp {
  const source = readString();
  const flags = readString();
  const regExp = remember(makeRegExp(source, flags));
  regExp.lastIndex = readValue() as number; // whatever it was
  return regExp;
}

function makeRegExp(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (cause) {
    throw new TypeError("Cannot decode a message: a regular expression is wrong", { cause });
  }
}

function readMap(): Map<unknown, unknown> {
  const count = readCount(2);
  const map = remember(new Map<unknown, unknown>());
  for (let i = 0; i < count; i++) {
    const key = readValue();
    map.set(key, readValue());
  }
  return map;
}

function readSet(): Set<unknown> {
  const count = readCount(1);
  const set = remember(new Set<unknown>());
  for (let i = 0; i < count; i++) set.add(readValue());
  return set;
}

function readError(): Error {
  const name = readString();
  const message = readString();
  const stack = readString();
  const error = remember(makeError({ name, message, stack }));
  for (const field of ["cause", "errors"]) {
    const value = readElement();
    if (value !== HOLE) hide(error, field, value);
  }
  if (bytes[skip(1)] !== tags.OBJECT) throw senseless("an error is cut short");
  // Own fields may have the name of what is there already.
  const count = readCount(3);
  for (let i = 0; i < count; i++) {
    const field = readString();
    const value = readValue();
    defineProperty(error, field, { value, writable: true, enumerable: true, configurable: true });
  }
  return error;
}

function hide(error: Error, field: string, value: unknown): void {
  defineProperty(error, field, { value, writable: true, enumerable: false, configurable: true });
}

function readArrayBuffer(): ArrayBuffer {
  const length = readUint32();
  const maxByteLength = readUint32();
  if (length > bytes.length - at) throw senseless("a buffer ends too early");
  const start = skip(length);
  if (maxByteLength === tags.NO_LENGTH || maxByteLength < length) {
    // One step: memory that is overwritten at once need not be zeroed first.
    return remember(bytes.slice(start, start + length).buffer as ArrayBuffer);
  }
  const buffer = makeResizable(length, maxByteLength);
  new Uint8Array(buffer).set(bytes.subarray(start, start + length));
  return remember(buffer);
}

function readView(): ArrayBufferView {
  const kind = bytes[skip(1)]!;
  // The view began before its buffer, so it has the smaller number.
  const place = objectCount;
  remember(EMPTY);
  const buffer = readValue();
  if (!(buffer instanceof ArrayBuffer || buffer instanceof SharedArrayBuffer)) {
    throw senseless("a view has no buffer");
  }
  const offset = readUint32();
  const length = readUint32();
  const constructor = tags.VIEW_CLASSES[kind] as ViewConstructor | undefined;
  if (constructor === undefined) throw senseless(`there is no view class ${kind}`);
  try {
    const view = length === tags.NO_LENGTH
      ? new constructor(buffer, offset)
      : new constructor(buffer, offset, length);
    objects[place] = view;
    return view;
  } catch (cause) {
    throw new TypeError("Cannot decode a message: a view does not fit its buffer", { cause });
  }
}

type ViewConstructor = new (
  buffer: ArrayBuffer | SharedArrayBuffer,
  offset: number,
  length?: number,
) => ArrayBufferView;
