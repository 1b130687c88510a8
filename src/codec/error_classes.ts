// Errors made from data. If a built-in class has the name of the error, the new error is an
// instance of that class, so that `instanceof` tells as much as it can.

import { hideField } from "./fields.ts";

// Taken now: source may declare names of its own that hide these.
const {
  AggregateError,
  Error,
  EvalError,
  Object,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
} = globalThis;
const { hasOwn } = Object;
const toError = (message: string): Error => new Error(message);
const CLASSES: Readonly<Record<string, (message: string) => Error>> = {
  Error: toError,
  AggregateError: (message: string): Error => new AggregateError([], message),
  EvalError: (message: string): Error => new EvalError(message),
  RangeError: (message: string): Error => new RangeError(message),
  ReferenceError: (message: string): Error => new ReferenceError(message),
  SyntaxError: (message: string): Error => new SyntaxError(message),
  TypeError: (message: string): Error => new TypeError(message),
  URIError: (message: string): Error => new URIError(message),
};

/**
 * Makes an error. Its `name` and `stack` are not enumerable, so consoles do not print them twice.
 */
export function makeError(
  { name, message, stack }: { name: string; message: string; stack: string | undefined },
): Error {
  const make = hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  const error = (make ?? toError)(message);
  if (make === undefined) hideField(error, "name", name);
  hideField(error, "stack", stack ?? `${name}: ${message}`);
  return error;
}
