// The built-in classes whose instances can cross to another interpreter, and what is
// special about reading them.

import * as types from "node:util/types";
import { Budget } from "./budget.ts";
import { recordOf } from "./fields.ts";
import { isModule, MODULE_PROTOTYPE, type Piece } from "./pieces.ts";
import * as tags from "./tags.ts";

// Taken now: source may declare names of its own that hide these.
const {
  ArrayBuffer,
  Date,
  FinalizationRegistry,
  Map,
  Object,
  Reflect,
  RegExp,
  Set,
  SharedArrayBuffer,
  String,
  TypeError,
  Uint8Array,
} = globalThis;
const Error: ErrorConstructor = globalThis.Error;

const { getOwnPropertySymbols, keys } = Object;
const { ownKeys } = Reflect;

/** Thrown for a value that cannot cross. It does not say where the value is; `explain` does. */
export class Refusal extends Error {}

/** Thrown for a value that is nested more deeply than the decoder could follow. */
export class TooDeep extends Error {}

/** Writes instances of the built-in classes. */
export interface BrandWriter {
  date(value: Date): void;
  regExp(value: RegExp): void;
  map(value: Map<unknown, unknown>): void;
  set(value: Set<unknown>): void;
  arrayBuffer(value: ArrayBuffer): void;
  piece(value: Piece): void;
  view(kind: number, value: ArrayBufferView): void;
}

/**
 * What the message that is being written may still hold. If a getter of it has another message
 * written in between, that one's end lets it hold more; the decoder counts for itself.
 */
const budget = new Budget();

/** To be called when the message has been written. */
export function endBudget(): void {
  budget.renew();
}

/**
 * Resizable buffers out of messages that one realm may keep at a time. Each takes two memory
 * mappings of the process, and the system allows only so many.
 */
const MAX_RESIZABLE = 2048;
let resizable = 0;
const collected = new FinalizationRegistry<undefined>(() => resizable--);
const register = Reflect.get(FinalizationRegistry.prototype, "register");

/** Makes a resizable buffer; throws if this realm keeps too many of them already. */
export function makeResizable(length: number, maxByteLength: number): ArrayBuffer {
  if (resizable >= MAX_RESIZABLE) {
    throw new TypeError(
      `Cannot decode a message: ${MAX_RESIZABLE} resizable buffers of messages are kept already; let some be collected`,
    );
  }
  const made = new ArrayBuffer(length, { maxByteLength });
  resizable++;
  Reflect.apply(register, collected, [made, undefined]);
  return made;
}

/**
 * Makes a view of the class with that number; throws a TypeError if there is no such class, or if
 * the view does not fit its buffer.
 */
export function makeView(
  kind: number,
  { buffer, offset, length }: {
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    readonly offset: number;
    readonly length: number;
  },
): ArrayBufferView {
  const constructor = tags.VIEW_CLASSES[kind];
  if (constructor === undefined) {
    throw new TypeError(`Cannot decode a message: there is no view class ${kind}`);
  }
  try {
    return length === tags.NO_LENGTH
      ? new constructor(buffer, offset)
      : new constructor(buffer, offset, length);
  } catch (cause) {
    throw new TypeError("Cannot decode a message: a view does not fit its buffer", { cause });
  }
}

/** The bytes of a buffer; refuses a buffer that was transferred away. */
export function contentOf(buffer: ArrayBuffer): Uint8Array {
  try {
    return new Uint8Array(buffer);
  } catch {
    throw new Refusal();
  }
}

/**
 * Whether a view follows the length of its buffer, as a view does that was made without a
 * length. No runtime tells, so a view counts if it ends where a resizable buffer ends now.
 */
function isTracking(view: ArrayBufferView): boolean {
  const buffer: ArrayBufferLike & { readonly resizable?: boolean; readonly growable?: boolean } =
    view.buffer;
  if (buffer.resizable !== true && buffer.growable !== true) return false;
  return view.byteOffset + view.byteLength === view.buffer.byteLength;
}

/** The length of a view in elements, as it stands in a message. */
export function lengthOf(view: ArrayBufferView): number {
  if (isTracking(view)) return tags.NO_LENGTH;
  return types.isTypedArray(view) ? view.length : view.byteLength;
}

/**
 * Whether an instance has properties that would be lost. Named properties of a typed array
 * are not looked at: every runtime lists them only together with all the indexes.
 */
export function hasExtras(value: object): boolean {
  if (types.isTypedArray(value)) return getOwnPropertySymbols(value).length > 0;
  // A RegExp has `lastIndex`, which crosses.
  return ownKeys(value).length > (types.isRegExp(value) ? 1 : 0);
}

/**
 * Name, message and stack of an error. Source may have put anything there, so each becomes text.
 */
export function textsOf(error: Error): string[] {
  const { name, message, stack = "" } = error as {
    [Key in "name" | "message" | "stack"]?: unknown;
  };
  budget.countError();
  return [String(name), String(message), String(stack)];
}

const ERROR_FIELDS = new Set(["name", "message", "stack", "cause", "errors"]);

/** The own properties of an error, without those that every error has. */
export function ownFieldsOf(error: Error): object {
  const own = recordOf(error);
  const fields: Record<string, unknown> = {};
  let count = 0;
  for (const key of keys(error)) {
    if (ERROR_FIELDS.has(key)) continue;
    fields[key] = own[key];
    count++;
  }
  budget.countFields(count);
  return fields;
}

/** Writes a value if it really is of one built-in class; says whether it was. */
export type Brand = (writer: BrandWriter, value: object) => boolean;

function brand<A extends object>(
  is: (value: unknown) => value is A,
  write: (writer: BrandWriter, value: A) => void,
): Brand {
  return (writer, value) => {
    // Any object can have the prototype, so that alone says nothing.
    if (!is(value) || hasExtras(value)) return false;
    write(writer, value);
    return true;
  };
}

/**
 * Found by the prototype, so that instances of subclasses, which would lose their class, are
 * refused.
 */
const BRANDS: ReadonlyMap<object, Brand> = new Map<object, Brand>([
  [Date.prototype, brand(types.isDate, (writer, value) => writer.date(value))],
  [
    RegExp.prototype,
    brand(types.isRegExp, (writer, value) => {
      budget.countRegExp(value.source);
      writer.regExp(value);
    }),
  ],
  [Map.prototype, brand(types.isMap, (writer, value) => writer.map(value))],
  [Set.prototype, brand(types.isSet, (writer, value) => writer.set(value))],
  [
    ArrayBuffer.prototype,
    brand(types.isArrayBuffer, (writer, value) => {
      if (value.resizable) budget.countResizable(value.maxByteLength);
      writer.arrayBuffer(value);
    }),
  ],
  [
    SharedArrayBuffer.prototype,
    brand(types.isSharedArrayBuffer, (writer, value) => writer.piece(value)),
  ],
  ...(MODULE_PROTOTYPE === undefined ? [] : [
    [MODULE_PROTOTYPE, brand(isModule, (writer, value) => writer.piece(value))] satisfies [
      object,
      Brand,
    ],
  ]),
  ...tags.VIEW_CLASSES.map((constructor, kind): [object, Brand] => [
    constructor.prototype,
    brand(types.isArrayBufferView, (writer, value) => writer.view(kind, value)),
  ]),
]);

/** What writes instances with that prototype; `undefined` if their class does not cross. */
export function brandOf(prototype: object): Brand | undefined {
  return BRANDS.get(prototype);
}
