// From a value to bytes, in one pass over the value. The bytes lie in scratch memory, which
// the next message uses again. This file alone decides what is refused; explain.ts says why.

import * as types from "node:util/types";
import {
  brandOf,
  type BrandWriter,
  contentOf,
  lengthOf,
  ownFieldsOf,
  Refusal,
  textsOf,
  TooDeep,
} from "./brands.ts";
import { LONG_BYTES, LongContents } from "./long_contents.ts";
import { HANDLE, type Handle, isHandle, keyOf } from "./handles.ts";
import { recordOf } from "./fields.ts";
import { Holes } from "./holes.ts";
import type { Piece } from "./pieces.ts";
import { checkLength, type Encoded, type Encoding, makeEncoded, NONE, pad } from "./payload.ts";
import { References } from "./references.ts";
import { MAX_NAMES, shapeOf } from "./shapes.ts";
import { writeUnits } from "./strings.ts";
import * as tags from "./tags.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, DataView, Error, Int32Array, Math, Object } = globalThis;
const { TextEncoder, Uint8Array } = globalThis;

const { isArray } = Array;
const { getOwnPropertySymbols, getPrototypeOf, hasOwn, keys } = Object;
const objectPrototype = Object.prototype;
const arrayPrototype = Array.prototype;
const { isProxy } = types;
const utf8 = new TextEncoder();

const FIRST_BYTES = 4096;
/** Scratch memory longer than this is let go of after the message. */
const KEPT_BYTES = 2 ** 22;
/** Strings up to this length are written by a loop, which is faster than a call. */
const LOOP_CHARS = 48;
/** Text that takes more in UTF-8 goes as UTF-16 from this length on, which is read faster. */
const WIDE_CHARS = 256;
/** Views of the scratch memory are kept for lengths below this: small messages make none. */
const VIEWS = 256;

const AS_BYTES: Encoding = { leavesLongOut: false, moved: undefined };

/** Encodes one value at a time. */
export class Encoder implements BrandWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #words = new Int32Array(this.#bytes.buffer);
  #smallViews: Uint8Array[] = [];
  /** Handed out again for each message, as the memory in it is. */
  readonly #encoded = makeEncoded(this.#bytes, this.#words);
  #length = 0;
  #depth = 0;
  readonly #references = new References();
  #how: Encoding = AS_BYTES;
  readonly #contents = new LongContents();
  #pieces: Piece[] | undefined;
  #channels: number[] | undefined;
  readonly #write = (value: unknown): void => this.#value(value);

  encode(value: unknown, how: Encoding): Encoded {
    this.#how = how;
    this.#length = 0;
    this.#depth = 0;
    try {
      this.#value(value);
      const length = this.#length;
      const bytes = length < VIEWS
        ? this.#smallViews[length] ??= this.#bytes.subarray(0, length)
        : this.#bytes.subarray(0, length);
      pad(this.#bytes, length);
      const encoded = this.#encoded;
      encoded.bytes = bytes;
      encoded.words = this.#words;
      encoded.contents = this.#contents.all();
      encoded.shared = this.#pieces ?? NONE;
      encoded.channels = this.#channels ?? NONE;
      return encoded;
    } finally {
      this.#references.clear();
      this.#contents.clear();
      this.#pieces = undefined;
      this.#how = AS_BYTES;
      this.#channels = undefined;
      if (this.#bytes.length > KEPT_BYTES) this.#replace(new Uint8Array(FIRST_BYTES));
    }
  }

  #replace(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#words = new Int32Array(bytes.buffer);
    this.#smallViews = [];
  }

  /** Makes room for so many more bytes. */
  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    checkLength(needed);
    const size = Math.min(Math.max(2 * this.#bytes.length, needed), 2 ** 30);
    const grown = new Uint8Array((size + 3) & ~3);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#replace(grown);
  }

  #value(value: unknown): void {
    this.#reserve(16);
    switch (typeof value) {
      case "number":
        this.#number(value);
        return;
      case "string":
        this.#string(value);
        return;
      case "object":
        if (value === null) this.#bytes[this.#length++] = tags.NULL;
        else this.#object(value);
        return;
      case "boolean":
        this.#bytes[this.#length++] = value ? tags.TRUE : tags.FALSE;
        return;
      case "undefined":
        this.#bytes[this.#length++] = tags.UNDEFINED;
        return;
      case "bigint":
        this.#bytes[this.#length++] = tags.BIGINT;
        this.#string(value.toString(16));
        return;
      default:
        throw new Refusal();
    }
  }

  #number(value: number): void {
    const bytes = this.#bytes;
    const int = value | 0;
    if (int !== value || (int === 0 && 1 / value < 0)) {
      bytes[this.#length++] = tags.DOUBLE;
      this.#double(value);
    } else if (int >= -128 && int < 128) {
      bytes[this.#length++] = tags.INT8;
      bytes[this.#length++] = int;
    } else {
      bytes[this.#length++] = tags.INT32;
      this.#uint32(int);
    }
  }

  #double(value: number): void {
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  #uint32(value: number): void {
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
    bytes[at + 2] = value >>> 16;
    bytes[at + 3] = value >>> 24;
    this.#length = at + 4;
  }

  #string(value: string): void {
    const { length } = value;
    if (length > LOOP_CHARS) {
      this.#longString(value);
      return;
    }
    this.#reserve(length + 16);
    const bytes = this.#bytes;
    const start = this.#length;
    let at = start + 2;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0xff) {
        this.#longString(value);
        return;
      }
      bytes[at++] = code;
    }
    bytes[start] = tags.LATIN1;
    bytes[start + 1] = length;
    this.#length = at;
  }

  #longString(value: string): void {
    const { length } = value;
    // Most long strings are ASCII, one byte a character. Only others ask for three times the room.
    this.#reserve(length + 16);
    const start = this.#length;
    let { read, written } = utf8.encodeInto(value, this.#bytes.subarray(start + 5));
    if (length >= WIDE_CHARS && written > 1.5 * read) return this.#units(value);
    if (read < length || (written > length && !value.isWellFormed())) {
      if (!value.isWellFormed()) return this.#units(value);
      this.#reserve(3 * length + 16);
      ({ read, written } = utf8.encodeInto(value, this.#bytes.subarray(start + 5)));
    }
    this.#head(written === length ? tags.ASCII : tags.UTF8, written);
    this.#length += written;
  }

  #units(value: string): void {
    const { length } = value;
    this.#reserve(2 * length + 16);
    this.#head(tags.UTF16, length);
    this.#length = writeUnits(this.#bytes, this.#length, value);
  }

  /** Writes a reference if the object came before, else remembers it. Says which. */
  #isKnown(value: object): boolean {
    const index = this.#references.add(value);
    if (index < 0) return false;
    this.#head(tags.REFERENCE, index);
    return true;
  }

  #head(tag: number, number: number): void {
    this.#bytes[this.#length++] = tag;
    this.#uint32(number);
  }

  #object(value: object): void {
    if (this.#isKnown(value)) return;
    if (++this.#depth > tags.MAX_DEPTH) throw new TooDeep();
    if (isProxy(value)) throw new Refusal();
    const prototype = getPrototypeOf(value);
    if (prototype === objectPrototype) this.#properties(tags.OBJECT, value);
    else if (isArray(value)) this.#array(value, prototype);
    else if (prototype === null) this.#properties(tags.BARE_OBJECT, value);
    else this.#special(value, prototype);
    this.#depth--;
  }

  #properties(tag: number, value: object): void {
    if (getOwnPropertySymbols(value).length > 0) throw new Refusal();
    const names = keys(value);
    const { length } = names;
    if (tag === tags.OBJECT && length > 0 && length <= MAX_NAMES) {
      const { block, reader } = shapeOf(names);
      if (block !== undefined) {
        this.#names(block);
        reader(value, this.#write);
        return;
      }
    }
    this.#named(tag, value);
  }

  /** As `#properties`, but writes each name in full. */
  #named(tag: number, value: object): void {
    const names = keys(value);
    const { length } = names;
    const record = recordOf(value);
    this.#head(tag, length);
    for (let i = 0; i < length; i++) {
      // oxlint-disable-next-line typescript/no-non-null-assertion -- `i` is less than the length.
      const name = names[i]!;
      this.#string(name);
      this.#value(record[name]);
    }
  }

  #names(block: Uint8Array): void {
    const { length } = block;
    this.#reserve(length + 16);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = tags.SHAPED;
    bytes[at++] = length;
    // oxlint-disable-next-line typescript/no-non-null-assertion -- `i` is less than the length.
    for (let i = 0; i < length; i++) bytes[at++] = block[i]!;
    this.#length = at;
  }

  #array(value: unknown[], prototype: unknown): void {
    if (prototype !== arrayPrototype) throw new Refusal();
    const { length } = value;
    this.#head(tags.ARRAY, length);
    let present = 0;
    let holes: Holes | undefined;
    for (let i = 0; i < length;) {
      const item = value[i];
      if (item !== undefined || hasOwn(value, i)) {
        present++;
        i++;
        this.#value(item);
      } else {
        holes ??= new Holes(value);
        const end = holes.endOf(i);
        this.#reserve(16);
        this.#head(tags.HOLES, end - i);
        i = end;
      }
    }
    // Other properties than elements, as the array of a regular expression match has, would be
    // lost.
    const isWhole = keys(value).length === present && getOwnPropertySymbols(value).length === 0;
    if (!isWhole) throw new Refusal();
  }

  #special(value: object, prototype: object): void {
    const brand = brandOf(prototype);
    if (brand !== undefined) {
      if (!brand(this, value)) throw new Refusal();
    } else if (isHandle(value)) this.#handle(value);
    else if (value instanceof Error) this.#error(value);
    else throw new Refusal();
  }

  #handle(handle: Handle): void {
    this.#bytes[this.#length++] = tags.HANDLE_TAG;
    this.#bytes[this.#length++] = handle[HANDLE];
    this.#double(handle.id);
    const key = keyOf(handle);
    if (key !== undefined) (this.#channels ??= []).push(key);
  }

  date(value: Date): void {
    this.#bytes[this.#length++] = tags.DATE;
    this.#double(value.getTime());
  }

  regExp(value: RegExp): void {
    this.#bytes[this.#length++] = tags.REGEXP;
    this.#string(value.source);
    this.#string(value.flags);
    this.#value(value.lastIndex);
  }

  map(value: Map<unknown, unknown>): void {
    this.#bytes[this.#length++] = tags.MAP;
    // A getter of an entry may add more entries, but the count has been written by then.
    const entries = [...value];
    this.#uint32(entries.length);
    for (const [key, item] of entries) {
      this.#value(key);
      this.#value(item);
    }
  }

  set(value: Set<unknown>): void {
    this.#bytes[this.#length++] = tags.SET;
    const items = [...value];
    this.#uint32(items.length);
    for (const item of items) this.#value(item);
  }

  #error(value: Error): void {
    this.#bytes[this.#length++] = tags.ERROR;
    for (const text of textsOf(value)) this.#string(text);
    this.#optional(value, "cause");
    this.#optional(value, "errors");
    this.#reserve(16);
    this.#named(tags.OBJECT, ownFieldsOf(value));
  }

  #optional(value: object, name: string): void {
    this.#reserve(16);
    if (hasOwn(value, name)) this.#value(recordOf(value)[name]);
    else this.#bytes[this.#length++] = tags.HOLE;
  }

  arrayBuffer(value: ArrayBuffer): void {
    const { byteLength, resizable, maxByteLength } = value;
    const content = contentOf(value);
    if (this.#how.moved?.has(value) === true) return this.piece(value);
    if (this.#how.leavesLongOut && !resizable && byteLength >= LONG_BYTES) {
      this.#head(tags.LONG_CONTENT, this.#contents.add(content));
      return;
    }
    this.#bytes[this.#length++] = tags.ARRAY_BUFFER;
    this.#uint32(byteLength);
    this.#uint32(resizable ? maxByteLength : tags.NO_LENGTH);
    this.#reserve(byteLength);
    this.#bytes.set(content, this.#length);
    this.#length += byteLength;
  }

  piece(value: Piece): void {
    this.#head(tags.PIECE, (this.#pieces ??= []).push(value) - 1);
  }

  view(kind: number, value: ArrayBufferView): void {
    const { buffer, byteOffset } = value;
    const length = lengthOf(value);
    this.#bytes[this.#length++] = tags.VIEW;
    this.#bytes[this.#length++] = kind;
    this.#value(buffer);
    this.#reserve(16);
    this.#uint32(byteOffset);
    this.#uint32(length);
  }
}
