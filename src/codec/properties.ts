// The own properties of an error, such as `code`, `status` and `path`, as they leave an
// interpreter. Only plain data is copied, so the other side can read it safely. Not much is
// copied either: whoever throws decides how much there is.

import { defineField, recordOf } from "./fields.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Date, Error, Object, Reflect, Symbol } = globalThis;
const { isArray } = Array;
const { getOwnPropertyDescriptor, getPrototypeOf } = Object;
const arrayPrototype = Array.prototype;
const objectPrototype = Object.prototype;
const errorPrototype = Error.prototype;
const datePrototype = Date.prototype;
const getTime = Reflect.get(datePrototype, "getTime") as () => number;

/** Properties that are kept of one error, and of one object among their values. */
const MAX_PROPERTIES = 100;
/** Levels of objects and lists that are kept among their values. */
const MAX_DEPTH = 5;
/** Properties with longer names are left out. */
const MAX_NAME = 100;

/** Characters that all properties of an error, its causes and its members may have. */
export const MAX_PROPERTY_CHARS: number = 2 ** 15;

/** How much more may be kept. */
export interface PropertyBudget {
  values: number;
  chars: number;
}

/** What the properties of one error, its causes and its members may use. */
export function fullPropertyBudget(): PropertyBudget {
  return { values: 1_000, chars: MAX_PROPERTY_CHARS };
}

/** Stands for a value that is left out. */
const LEFT_OUT = Symbol("left out");

/**
 * Copies the own enumerable properties of an error, or of what claims to be such a copy. A
 * value that is not plain data is left out.
 *
 * @returns `undefined` if there is nothing to keep.
 */
export function copyProperties(
  error: object,
  budget: PropertyBudget,
): Record<string, unknown> | undefined {
  return copyFields(error, { depth: 0, isLeftOut: isOfEveryError }, budget);
}

interface Level {
  readonly depth: number;
  readonly isLeftOut: (name: string) => boolean;
}

function copyFields(
  source: object,
  { depth, isLeftOut }: Level,
  budget: PropertyBudget,
): Record<string, unknown> | undefined {
  let copy: Record<string, unknown> | undefined;
  let count = 0;
  for (const name of Object.keys(source)) {
    if (isLeftOut(name) || name.length > MAX_NAME) continue;
    if (count >= MAX_PROPERTIES) break;
    budget.chars -= name.length;
    let value: unknown;
    try {
      value = copyOf(recordOf(source)[name], depth, budget);
    } catch {
      // A getter of source threw, or a proxy did.
      continue;
    }
    if (value === LEFT_OUT) continue;
    count++;
    copy ??= {};
    defineField(copy, name, value);
  }
  return copy;
}

function copyOf(value: unknown, depth: number, budget: PropertyBudget): unknown {
  if (--budget.values < 0) return LEFT_OUT;
  switch (typeof value) {
    case "string":
      if (value.length > budget.chars) return LEFT_OUT;
      budget.chars -= value.length;
      return value;
    case "number":
    case "boolean":
    case "bigint":
      return value;
    case "object":
      return value === null ? null : copyObject(value, depth + 1, budget);
    default:
      return LEFT_OUT;
  }
}

function copyObject(value: object, depth: number, budget: PropertyBudget): unknown {
  if (depth > MAX_DEPTH) return LEFT_OUT;
  const prototype = getPrototypeOf(value) as unknown;
  if (isArray(value)) {
    if (prototype !== arrayPrototype || value.length > budget.values) return LEFT_OUT;
    const list: unknown[] = [];
    for (let i = 0; i < value.length; i++) {
      const item = copyOf(value[i], depth, budget);
      list[i] = item === LEFT_OUT ? null : item;
    }
    return list;
  }
  if (prototype === datePrototype) return new Date(Reflect.apply(getTime, value, []));
  if (prototype !== objectPrototype && prototype !== null) return LEFT_OUT;
  return copyFields(value, { depth, isLeftOut: isOfEveryObject }, budget) ?? {};
}

/** Whether an excinfo has that field itself, or a host would take it for a method of the error. */
function isOfEveryError(name: string): boolean {
  return name === "stack" || name === "cause" || name === "errors" || name in errorPrototype;
}

function isOfEveryObject(name: string): boolean {
  return name in objectPrototype;
}

/** Gives an error these properties. */
export function addProperties(error: Error, properties: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(properties)) {
    if (getOwnPropertyDescriptor(error, name)?.configurable === false) continue;
    defineField(error, name, properties[name]);
  }
}
