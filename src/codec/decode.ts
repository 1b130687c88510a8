// From bytes to a value. The bytes may come from a hostile thread. So every length is checked
// against the bytes that are left before anything is made of it, nothing runs that the sender
// could have chosen, and bytes that make no sense are a TypeError.

import { TooMuch } from "./budget.ts";
import {
  addHoles,
  countError,
  countFields,
  endCosts,
  type Filling,
  fillingOfArray,
  fillingOfMap,
  fillingOfObject,
  fillingOfSet,
  makeRegExp,
  reserve,
} from "./costly.ts";
import { makeView } from "./brands.ts";
import {
  beginReading,
  bytesLeft,
  endReading,
  readBigInt,
  readBuffer,
  readByte,
  readCount,
  readDouble,
  readInt32,
  readInto,
  readNames,
  readString,
  readText,
  readUint32,
  senseless,
} from "./byte_reader.ts";
import { makeError } from "./error_classes.ts";
import { defineField, hideField, recordOf, setField } from "./fields.ts";
import { makeHandle } from "./handles.ts";
import type { DecodeOptions } from "./payload.ts";
import type { Piece } from "./pieces.ts";
import { ReadShapes } from "./shapes.ts";
import * as tags from "./tags.ts";

// Taken now: source may declare names of its own that hide these.
const {
  Array,
  ArrayBuffer,
  Date,
  Map,
  Object,
  Set,
  SharedArrayBuffer,
  Symbol,
  TypeError,
  Uint8Array,
  WeakMap,
} = globalThis;

const EMPTY = new Uint8Array(0);
const NONE: readonly never[] = [];
const KEPT_OBJECTS = 16;
/** Stands for a hole of an array, or an absent field of an error. */
const HOLE = Symbol("hole");

// The message that is being read. There is one at a time: nothing called from here decodes.
let depth = 0;
let pieces: readonly Piece[] = NONE;
let contents: readonly Uint8Array[] = NONE;
const noShapes = new ReadShapes();
let shapes = noShapes;
/** The objects of the message, in the order in which they begin; the list is used again. */
let objects: object[] = [];
let objectCount = 0;
/** How many holes the last HOLE stands for. */
let holeCount = 0;

const NO_OPTIONS: DecodeOptions = {};

const beginnings = new WeakMap<object, readonly unknown[]>();

/** What had been read of a list when decoding it failed with that error. */
export function beginningOf(error: unknown): readonly unknown[] {
  return typeof error === "object" && error !== null ? beginnings.get(error) ?? NONE : NONE;
}

function noteBeginning(error: TypeError): TypeError {
  const list = objectCount > 0 ? objects[0] : undefined;
  if (Array.isArray(list)) beginnings.set(error, list);
  return error;
}

/**
 * Decodes what `encode` wrote. Nothing in the result refers to the bytes.
 *
 * @param message The bytes, in memory that nobody else writes to.
 * @param beside The pieces that the message refers to.
 * @throws {TypeError} The bytes are no message, or they are one that would take far too long to
 *   read.
 */
export function decode(
  message: Uint8Array,
  beside: readonly Piece[],
  options: DecodeOptions = NO_OPTIONS,
): unknown {
  beginReading(message);
  depth = 0;
  pieces = beside;
  contents = options.contents ?? NONE;
  shapes = options.shapes ?? new ReadShapes();
  try {
    const value = readValue();
    if (bytesLeft() !== 0) throw senseless("there are bytes after the value");
    return value;
  } catch (cause) {
    // The runtime itself refuses some ids, lengths and depths.
    if (cause instanceof TypeError) throw noteBeginning(cause);
    const why = cause instanceof TooMuch ? `: ${cause.message}` : "";
    throw noteBeginning(new TypeError(`Cannot decode a message${why}`, { cause }));
  } finally {
    endReading();
    pieces = NONE;
    contents = NONE;
    shapes = noShapes;
    endCosts();
    // Nothing here may keep alive what was read.
    if (objectCount > KEPT_OBJECTS) objects = [];
    else for (let i = 0; i < objectCount; i++) objects[i] = EMPTY;
    objectCount = 0;
  }
}

function readValue(): unknown {
  const value = readElement();
  if (value === HOLE) throw senseless("there is a hole outside of an array");
  return value;
}

function readElement(): unknown {
  const tag = readByte();
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
      return (readByte() << 24) >> 24;
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
      const kind = readByte();
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
      return readProperties(remember<object>(Object.create(null)));
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
    case tags.PIECE: {
      const piece = pieces[readUint32()];
      if (piece === undefined) throw senseless("a piece is missing");
      return remember(piece);
    }
    case tags.LONG_CONTENT: {
      const content = contents[readUint32()];
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

function readProperties<T extends object>(object: T): T {
  const count = readCount(3);
  const filling = fillingOfObject(object, count);
  for (let i = 0; i < count; i++) {
    const name = readString();
    const value = readValue();
    if (filling === undefined) setField(object, name, value);
    else filling.add(name, value);
  }
  filling?.flush();
  return object;
}

function readShaped(): object {
  const { names, maker } = readNames(shapes);
  if (names.length > bytesLeft()) throw senseless("an object is cut short");
  if (maker !== undefined) return maker(remember, readValue);
  const object = recordOf(remember({}));
  // oxlint-disable-next-line typescript/no-non-null-assertion -- `i` is less than the length.
  for (let i = 0; i < names.length; i++) object[names[i]!] = readValue();
  return object;
}

function readArray(): unknown[] {
  // The count is not checked against the bytes: holes take none. Each turn of the loop reads some.
  const count = readUint32();
  const array: unknown[] = [];
  remember(array);
  let filling: Filling<number> | undefined;
  for (let i = 0; i < count; i++) {
    const item = readElement();
    if (item === HOLE) {
      if (holeCount < 1 || holeCount > count - i) throw senseless("holes make no sense");
      i += holeCount - 1;
      addHoles(array, i + 1);
      filling ??= fillingOfArray(array, count);
    } else if (filling === undefined) array[i] = item;
    else filling.add(i, item);
  }
  filling?.flush();
  return array;
}

function readRegExp(): RegExp {
  const source = readString();
  const flags = readString();
  const regExp = remember(makeRegExp(source, flags));
  // Source may have set it to anything.
  setField(regExp, "lastIndex", readValue());
  return regExp;
}

function readMap(): Map<unknown, unknown> {
  const count = readCount(2);
  const map = remember(new Map<unknown, unknown>());
  const filling = fillingOfMap(map, count);
  for (let i = 0; i < count; i++) {
    const key = readValue();
    const value = readValue();
    if (filling === undefined) map.set(key, value);
    else filling.add(key, value);
  }
  filling?.flush();
  return map;
}

function readSet(): Set<unknown> {
  const count = readCount(1);
  const set = remember(new Set<unknown>());
  const filling = fillingOfSet(set, count);
  for (let i = 0; i < count; i++) {
    const item = readValue();
    if (filling === undefined) set.add(item);
    else filling.add(item, undefined);
  }
  filling?.flush();
  return set;
}

function readError(): Error {
  const name = readString();
  const message = readString();
  const stack = readString();
  countError();
  const error = remember(makeError({ name, message, stack }));
  for (const field of ["cause", "errors"]) {
    const value = readElement();
    if (value !== HOLE) hideField(error, field, value);
  }
  if (readByte() !== tags.OBJECT) throw senseless("an error is cut short");
  // Own fields may have names that the error has already, so they are defined.
  const count = readCount(3);
  countFields(count);
  for (let i = 0; i < count; i++) {
    const field = readString();
    const value = readValue();
    defineField(error, field, value);
  }
  return error;
}

function readArrayBuffer(): ArrayBuffer {
  const length = readUint32();
  const maxByteLength = readUint32();
  if (length > bytesLeft()) throw senseless("a buffer ends too early");
  if (maxByteLength === tags.NO_LENGTH || maxByteLength < length) {
    return remember(readBuffer(length));
  }
  const buffer = reserve(length, maxByteLength);
  readInto(buffer, length);
  return remember(buffer);
}

function readView(): ArrayBufferView {
  const kind = readByte();
  // The view began before its buffer, so it has the smaller number of the two.
  const place = objectCount;
  remember(EMPTY);
  const buffer = readValue();
  if (!(buffer instanceof ArrayBuffer || buffer instanceof SharedArrayBuffer)) {
    throw senseless("a view has no buffer");
  }
  const offset = readUint32();
  const length = readUint32();
  const view = makeView(kind, { buffer, offset, length });
  objects[place] = view;
  return view;
}
