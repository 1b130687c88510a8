// An excinfo is an error as plain data: this is how errors leave an interpreter. Here an
// excinfo is made from what source threw, and an error from an excinfo. Source may throw
// anything, so reading it must neither fail nor take long.

import type { Excinfo } from "../errors.ts";
import { SafeSet } from "../primordials.ts";
import { makeError } from "./error_classes.ts";
import { hideField, recordOf } from "./fields.ts";
import {
  addProperties,
  copyProperties,
  fullPropertyBudget,
  type PropertyBudget,
} from "./properties.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Error, JSON, Math, Object, String } = globalThis;
const { max, min } = Math;

/** Levels of causes and members that are kept. */
const MAX_DEPTH = 16;
/** Members of one `AggregateError` that are kept. */
const MAX_MEMBERS = 100;
/** Errors that are kept in all. A cause or member that is shared counts each time. */
const MAX_ERRORS = 1_000;
/** Characters of one message or stack that are kept. */
const MAX_CHARS = 100_000;
/** Characters that are kept in all. The host looks at every place in every stack. */
const MAX_ALL_CHARS = 1_000_000;
/** Characters that each name, message and stack may have when the others have used all up. */
const MIN_CHARS = 100;
/** The name for a thrown value that is no error. */
const NO_ERROR = "Uncaught";

function setOf<T>(values: readonly T[]): SafeSet<T> {
  const set = new SafeSet<T>();
  for (const value of values) set.add(value);
  return set;
}

const GENERIC = setOf([
  "Error",
  "AggregateError",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
]);

interface Reading {
  readonly mapStack: (stack: string) => string;
  /**
   * The errors on the way down to this one. A cycle ends where it would come back to one of them.
   */
  readonly above: Set<unknown>;
  readonly budget: Budget;
}

interface Budget {
  left: number;
  chars: number;
  readonly properties: PropertyBudget;
}

function fullBudget(): Budget {
  return { left: MAX_ERRORS, chars: MAX_ALL_CHARS, properties: fullPropertyBudget() };
}

/**
 * Makes an excinfo of what was thrown, its causes and members included. Never throws.
 *
 * @param options `mapStack` is applied to each stack.
 */
export function toExcinfo(
  thrown: unknown,
  options: { readonly mapStack?: (stack: string) => string } = {},
): Excinfo {
  return read(thrown, {
    mapStack: options.mapStack ?? ((stack) => stack),
    above: new SafeSet(),
    budget: fullBudget(),
  });
}

function read(thrown: unknown, reading: Reading): Excinfo {
  const { above, mapStack, budget } = reading;
  budget.left--;
  if (!isError(thrown)) return { name: NO_ERROR, message: textOf(thrown, budget) };
  const message = get(thrown, "message");
  const stack = get(thrown, "stack");
  const excinfo: Writable = {
    name: nameOf(thrown, budget),
    message: typeof message === "string" ? clip(message, budget) : textOf(message ?? "", budget),
  };
  if (typeof stack === "string" && stack !== "") {
    excinfo.stack = clip(attempt(() => mapStack(stack)) ?? stack, budget);
  }
  const properties = attempt(() => copyProperties(thrown, budget.properties));
  if (properties !== undefined) excinfo.properties = properties;
  if (above.size >= MAX_DEPTH) return excinfo;
  above.add(thrown);
  const cause = get(thrown, "cause");
  const isKept = (error: unknown) => !above.has(error) && budget.left > 0;
  if (cause !== undefined && isKept(cause)) excinfo.cause = read(cause, reading);
  const errors = membersOf(thrown);
  if (errors !== undefined) {
    excinfo.errors = errors.flatMap((error) => isKept(error) ? [read(error, reading)] : []);
  }
  above.delete(thrown);
  return excinfo;
}

/** Makes an error from an excinfo: of the built-in class of that name, if there is one. */
export function fromExcinfo({ name, message, stack, cause, errors, properties }: Excinfo): Error {
  const error = makeError({ name, message, stack });
  if (properties !== undefined) addProperties(error, properties);
  if (cause !== undefined) hideField(error, "cause", fromExcinfo(cause));
  if (errors !== undefined) hideField(error, "errors", errors.map(fromExcinfo));
  return error;
}

/** Makes an excinfo of what claims to be one. Whatever is wrong in it is left out. Never throws. */
export function checkExcinfo(value: unknown): Excinfo {
  return check(value, { depth: 0, budget: fullBudget() });
}

type Writable = { -readonly [Key in keyof Excinfo]: Excinfo[Key] };

function check(value: unknown, { depth, budget }: { depth: number; budget: Budget }): Excinfo {
  budget.left--;
  const name = get(value, "name");
  const message = get(value, "message");
  const excinfo: Writable = {
    name: typeof name === "string" ? clip(name, budget) : "Error",
    message: typeof message === "string" ? clip(message, budget) : "",
  };
  const stack = get(value, "stack");
  if (typeof stack === "string") excinfo.stack = clip(stack, budget);
  const properties = get(value, "properties");
  if (typeof properties === "object" && properties !== null) {
    const copy = copyProperties(properties, budget.properties);
    if (copy !== undefined) excinfo.properties = copy;
  }
  if (depth >= MAX_DEPTH) return excinfo;
  const deeper = { depth: depth + 1, budget };
  const cause = get(value, "cause");
  if (typeof cause === "object" && cause !== null && budget.left > 0) {
    excinfo.cause = check(cause, deeper);
  }
  const errors = get(value, "errors");
  if (Array.isArray(errors)) {
    excinfo.errors = errors.slice(0, MAX_MEMBERS).flatMap((error) =>
      budget.left > 0 ? [check(error, deeper)] : []
    );
  }
  return excinfo;
}

function isError(value: unknown): value is object {
  return attempt(() => value instanceof Error) === true ||
    attempt(() => Object.prototype.toString.call(value) === "[object Error]") === true;
}

/** The name that a reader of the source would use: that of the class, unless a `name` was set. */
function nameOf(error: object, budget: Budget): string {
  const name = get(error, "name");
  const className = get(get(error, "constructor"), "name");
  const own = typeof name === "string" && name !== "" ? name : "Error";
  if (typeof className !== "string" || className === "" || !GENERIC.has(own)) {
    return clip(own, budget);
  }
  return clip(className, budget);
}

function membersOf(error: object): unknown[] | undefined {
  const errors = get(error, "errors");
  return attempt(() => Array.isArray(errors) ? [...errors.slice(0, MAX_MEMBERS)] : undefined);
}

/** Leaves `stack` out: Deno 2.9 gives one to a thrown object that is no error (measured). */
function withoutStack(key: string, value: unknown): unknown {
  return key === "stack" ? undefined : value;
}

function textOf(value: unknown, budget: Budget): string {
  if (typeof value === "string") return clip(value, budget);
  const text = attempt(() => {
    const json = typeof value === "object"
      ? JSON.stringify(value, withoutStack) as string | undefined
      : "{}";
    return json === undefined || json === "{}" ? String(value) : json;
  });
  // A proxy may refuse whatever it is asked, its text too.
  return clip(text ?? `a thrown ${typeof value} that cannot be read`, budget);
}

function get(value: unknown, key: string): unknown {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) {
    return undefined;
  }
  return attempt(() => recordOf(value)[key]);
}

/** The result, or `undefined` if code of source throws. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

function clip(text: string, budget: Budget): string {
  const most = min(MAX_CHARS, max(MIN_CHARS, budget.chars));
  budget.chars -= min(text.length, most);
  return text.length <= most ? text : `${text.slice(0, most)}…`;
}
