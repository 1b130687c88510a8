// Errors made from data: an instance of the built-in class of that name if there is
// one, so that `instanceof` tells as much as it can.

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
const { defineProperty, hasOwn } = Object;
const CLASSES: Readonly<Record<string, (message: string) => Error>> = {
  Error: (message: string): Error => new Error(message),
  AggregateError: (message: string): Error => new AggregateError([], message),
  EvalError: (message: string): Error => new EvalError(message),
  RangeError: (message: string): Error => new RangeError(message),
  ReferenceError: (message: string): Error => new ReferenceError(message),
  SyntaxError: (message: string): Error => new SyntaxError(message),
  TypeError: (message: string): Error => new TypeError(message),
  URIError: (message: string): Error => new URIError(message),
};

/** Makes an error; `name` and `stack` do not show when it is printed in full. */
export function makeError(
  { name, message, stack }: { name: string; message: string; stack: string | undefined },
): Error {
  const make = hasOwn(CLASSES, name) ? CLASSES[name] : undefined;
  const error = (make ?? CLASSES["Error"]!)(message);
  if (make === undefined) define(error, "name", name);
  define(error, "stack", stack ?? `${name}: ${message}`);
  return error;
}

function define(error: Error, key: string, value: unknown): void {
  defineProperty(error, key, {
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}
