// Finds the part that keeps a value from crossing, for the message of the error. It only runs
// after the encoder has refused a value, so it may take its time; it decides nothing.

import * as types from "node:util/types";
import { recordOf } from "./fields.ts";
import { describeForeign, isHandle } from "./handles.ts";
import { isDetached, isModule, MODULE_PROTOTYPE } from "./pieces.ts";
import { MAX_DEPTH, VIEW_CLASSES } from "./tags.ts";

// Taken now: source may declare names of its own that hide these.
const {
  Array,
  ArrayBuffer,
  Date,
  Error,
  JSON,
  Map,
  Number,
  Object,
  RegExp,
  Set,
  SharedArrayBuffer,
  String,
} = globalThis;

const NAME = /^[A-Za-z_$][\w$]*$/;

const PLAIN: ReadonlySet<unknown> = new Set<unknown>([
  null,
  ...(MODULE_PROTOTYPE === undefined ? [] : [MODULE_PROTOTYPE]),
  ...[Object, Array, Date, RegExp, Map, Set, ArrayBuffer, SharedArrayBuffer, ...VIEW_CLASSES].map((
    { prototype },
  ): unknown => prototype),
]);

/** Says which part of a refused value cannot cross, as a path from `$`, and why. */
export function explain(value: unknown): string {
  const seen = new Set<object>();
  return find(value, { path: "$", seen, depth: 0 }) ?? "a part of it changed while it was read";
}

interface Place {
  readonly path: string;
  readonly seen: Set<object>;
  readonly depth: number;
}

function find(value: unknown, place: Place): string | undefined {
  const { path, seen, depth } = place;
  if (typeof value === "function" || typeof value === "symbol") {
    return `${path} is a ${typeof value}`;
  }
  if (typeof value !== "object" || value === null || seen.has(value)) return undefined;
  seen.add(value);
  if (depth > MAX_DEPTH) return undefined;
  if (types.isProxy(value)) return `${path} is a proxy`;
  const own = describe(value, path);
  if (own !== undefined) return own;
  for (const [key, part] of partsOf(value)) {
    const found = find(part, { path: path + key, seen, depth: depth + 1 });
    if (found !== undefined) return found;
  }
  return undefined;
}

function describe(value: object, path: string): string | undefined {
  if (types.isArrayBuffer(value) && isDetached(value)) {
    return `${path} is an ArrayBuffer that was transferred away`;
  }
  if (Array.isArray(value)) {
    const extra = Object.keys(value).find((key) => !isIndex(key));
    if (extra !== undefined) return `${path} is an array with a property "${extra}"`;
  }
  const prototype: object | null = Object.getPrototypeOf(value);
  if (value instanceof Error || isHandle(value)) return undefined;
  if (PLAIN.has(prototype)) {
    if (!isGenuine(value, prototype)) return `${path} is no real ${nameOf(prototype)}`;
    return describeExtra(value, { path, prototype });
  }
  const foreign = describeForeign(value);
  if (foreign !== undefined) return `${path} is ${foreign}`;
  const name = nameOf(prototype);
  const remedy = name === "Buffer" ? "; pass new Uint8Array(buffer)" : "";
  return `${path} is an instance of ${name}${remedy}`;
}

/** Names a property that would be lost. */
function describeExtra(
  value: object,
  { path, prototype }: { readonly path: string; readonly prototype: object | null },
): string | undefined {
  const [symbol] = Object.getOwnPropertySymbols(value);
  if (symbol !== undefined) return `${path} has a property whose key is the ${String(symbol)}`;
  const isContainer = prototype === null || prototype === Object.prototype || Array.isArray(value);
  if (isContainer || types.isTypedArray(value)) return undefined;
  const extra = Object.getOwnPropertyNames(value)
    .find((name) => name !== "lastIndex" || !types.isRegExp(value));
  return extra === undefined
    ? undefined
    : `${path} is a ${nameOf(prototype)} with a property "${extra}"`;
}

function isGenuine(value: object, prototype: object | null): boolean {
  if (prototype === Date.prototype) return types.isDate(value);
  if (prototype === RegExp.prototype) return types.isRegExp(value);
  if (prototype === MODULE_PROTOTYPE) return isModule(value);
  if (prototype === Map.prototype) return types.isMap(value);
  if (prototype === Set.prototype) return types.isSet(value);
  if (prototype === ArrayBuffer.prototype) return types.isArrayBuffer(value);
  if (prototype === SharedArrayBuffer.prototype) return types.isSharedArrayBuffer(value);
  if (VIEW_CLASSES.some((view) => view.prototype === prototype)) return ArrayBuffer.isView(value);
  return prototype !== Array.prototype || Array.isArray(value);
}

function nameOf(prototype: object | null): string {
  const constructor: unknown = prototype?.constructor;
  return typeof constructor === "function" && constructor.name !== ""
    ? constructor.name
    : "an unnamed class";
}

function isIndex(key: string): boolean {
  return String(Number(key) >>> 0) === key;
}

/** The parts of a value, each with the step of the path that leads to it. */
function* partsOf(value: object): Iterable<[string, unknown]> {
  if (types.isMap(value)) {
    let index = 0;
    for (const [key, item] of value) {
      yield [`.keys()[${index}]`, key];
      yield [
        typeof key === "string" ? `.get(${JSON.stringify(key)})` : `.values()[${index}]`,
        item,
      ];
      index++;
    }
    return;
  }
  if (types.isSet(value)) {
    let index = 0;
    for (const item of value) yield [`.values()[${index++}]`, item];
    return;
  }
  if (ArrayBuffer.isView(value)) {
    yield [".buffer", value.buffer];
    return;
  }
  if (types.isRegExp(value)) {
    yield [".lastIndex", value.lastIndex];
    return;
  }
  const record = recordOf(value);
  if (value instanceof Error) {
    for (const name of ["cause", "errors"]) {
      if (Object.hasOwn(value, name)) yield [`.${name}`, record[name]];
    }
  }
  for (const key of Object.keys(value)) {
    yield [pathStep(key, Array.isArray(value)), record[key]];
  }
}

/** One step of a path: `.name`, `["a name"]` or `[3]`. */
export function pathStep(key: string, isElement: boolean): string {
  if (isElement) return `[${key}]`;
  return NAME.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
