// What `call`, `exec` and `callInThread` are given, and its check: a function becomes its
// text, arguments become bytes. Whether the text can be called elsewhere is known where it
// is parsed, in the host.

import { checkKeys, isRecord, show } from "./checks.ts";
import { type CheckedRunOptions, checkRunOptions, pack, type RunOptions } from "./run_options.ts";
import { checkTransfer } from "./transfer.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Function, Reflect, RegExp, TextDecoder, TypeError, Uint8Array } = globalThis;
const { apply, get } = Reflect;
const textOf = get(Function.prototype, "toString") as () => string;

/** What `call` takes instead of a function and its arguments, to say more. */
export interface CallOptions<A extends readonly unknown[], R>
  extends Omit<RunOptions, "channels" | "values"> {
  /** What to call; its text is sent. */
  readonly fn: (...args: A) => R;
  /**
   * What to call it with; each argument is copied as an item of a channel is.
   * @default []
   */
  readonly args?: A;
}

const KEYS = [
  "fn",
  "args",
  "transfer",
  "signal",
  "timeout",
  "onTimeout",
  "onAbort",
  "filename",
] satisfies (keyof CallOptions<unknown[], unknown>)[];

/** A call that has been checked. */
export interface CheckedCall {
  /** The function's text. */
  readonly source: string;
  readonly options: CheckedRunOptions;
}

type AnyFunction = (...args: never[]) => unknown;

const PLAIN_NAME = /^[\w$]{1,100}$/;
const isPlainName = get(RegExp.prototype, "test") as (text: string) => boolean;

/** The call of a function with arguments, or of what an object says. */
export function checkCall(what: string, given: readonly unknown[]): CheckedCall {
  const [first, ...args] = given;
  if (isFunction(first)) {
    return functionCall(what, { fn: first, args, options: undefined });
  }
  if (!isRecord(first)) {
    throw new TypeError(
      `${what}: fn must be a function, or an object with one as fn, received ${show(first)}`,
    );
  }
  if (args.length > 0) {
    throw new TypeError(`${what}: with an object, the arguments are its args; give no others`);
  }
  const { fn, args: own = [], ...options }: Partial<Record<string, unknown>> = { ...first };
  if (!isFunction(fn)) {
    throw new TypeError(`${what}: fn must be a function, received ${show(fn)}`);
  }
  for (const key of ["channels", "values"]) {
    if (key in options) {
      throw new TypeError(`${what}: there is no option ${key}; pass it as an argument, in args`);
    }
  }
  checkKeys(what, first, KEYS);
  if (!Array.isArray(own)) {
    throw new TypeError(`${what}: args must be an array, received ${show(own)}`);
  }
  return functionCall(what, { fn, args: own, options });
}

/** What `exec` is to do: source, its bytes, or a function without parameters. */
export function checkExec(
  what: string,
  code: unknown,
  options: RunOptions | undefined,
): CheckedCall {
  const checked = checkRunOptions(what, options, false);
  if (typeof code === "string") return { source: code, options: checked };
  if (code instanceof Uint8Array) return { source: decodeSource(what, code), options: checked };
  if (!isFunction(code)) {
    throw new TypeError(
      `${what}: code must be a string, a function or bytes of UTF-8, received ${show(code)}`,
    );
  }
  if (code.length > 0) {
    throw new TypeError(
      `${what}: the function takes parameters, for which exec() has no arguments; use call()`,
    );
  }
  return toCall(what, code, { args: [], moved: undefined, checked });
}

function functionCall(
  what: string,
  { fn, args, options }: {
    readonly fn: AnyFunction;
    readonly args: readonly unknown[];
    readonly options: object | undefined;
  },
): CheckedCall {
  const { transfer, ...rest }: Partial<Record<string, unknown>> = { ...options };
  const moved = checkTransfer(what, transfer);
  return toCall(what, fn, { args, moved, checked: checkRunOptions(what, rest, true) });
}

function toCall(
  what: string,
  fn: AnyFunction,
  { args, moved, checked }: {
    readonly args: readonly unknown[];
    readonly moved: readonly ArrayBuffer[] | undefined;
    readonly checked: CheckedRunOptions;
  },
): CheckedCall {
  return {
    source: apply(textOf, fn, []),
    options: {
      ...checked,
      filename: checked.filename ?? filenameOf(fn),
      args: pack(what, args, { name: "a list of arguments", moved }),
    },
  };
}

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === "function";
}

/** What stack traces call a function's text. */
function filenameOf(fn: AnyFunction): string {
  const name = nameOf(fn);
  const isPlain = typeof name === "string" && apply(isPlainName, PLAIN_NAME, [name]);
  return isPlain ? `<function ${name}>` : "<function>";
}

function nameOf(fn: AnyFunction): unknown {
  try {
    return fn.name;
  } catch {
    // A getter of the program's own. Without a name the function can be called all the same.
    return undefined;
  }
}

function decodeSource(what: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TypeError(`${what}: code as bytes must be UTF-8`, { cause });
  }
}
