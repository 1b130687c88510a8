// A code cache is bytecode that the engines trust. V8 runs what it says, and ends the process when
// the bytes are not as V8 wrote them. So `node:vm` takes no cache from source. A script whose cache
// was left out has `cachedDataRejected`, as one has whose cache is of another version.

import { SafeSet } from "../primordials.ts";
import { builtin } from "../runtime/builtins.ts";
import { globals } from "../runtime/globals.ts";
import { type Class, guarded, isMethod, isObject, replaceConstructor } from "../runtime/guard.ts";
import { replace } from "../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Function, Object, Proxy, Reflect } = globalThis;
const { apply, defineProperty, get, getPrototypeOf, setPrototypeOf } = Reflect;

/** Which argument has the options, by the name of the function. */
const FUNCTIONS: Readonly<Record<string, number>> = {
  compileFunction: 2,
  createScript: 1,
  runInContext: 2,
  runInNewContext: 2,
  runInThisContext: 1,
};
/** Functions whose result says whether its cache was of use. */
const MAKERS: ReadonlySet<string> = new SafeSet(["compileFunction", "createScript"]);
/**
 * The same by the name of the class. A class that others extend comes first: they extend what takes
 * its place.
 */
const CLASSES: Readonly<Record<string, number>> = { Module: 0, SourceTextModule: 1, Script: 1 };

let isClosed = false;

/** Takes code caches out of what source hands to `node:vm`. */
export function closeCodeCaches(): void {
  if (isClosed) return;
  isClosed = true;
  const vm = builtin<Record<string, Class | undefined>>("vm");
  for (const [name, at] of Object.entries(CLASSES)) {
    const original = vm[name];
    if (original === undefined) continue;
    const guard = guarded(original, {
      check: (args) => withoutCache(args, at),
      made: (made, isRejected) => {
        if (isRejected === true) markRejected(made);
      },
    });
    replace(vm, name, guard);
    replaceConstructor(original, guard);
    for (const other of Object.values(vm)) {
      if (isMethod(other) && getPrototypeOf(other) === original) setPrototypeOf(other, guard);
    }
  }
  for (const [name, at] of Object.entries(FUNCTIONS)) {
    const original = vm[name];
    if (original === undefined) continue;
    replace(vm, name, function (this: unknown, ...args: unknown[]): unknown {
      const isRejected = withoutCache(args, at);
      const result = apply(original, this, args);
      if (isRejected && MAKERS.has(name)) markRejected(result);
      return result;
    });
  }
  if (globals.Deno === undefined && globals.Bun === undefined) hideInner(vm);
}

/**
 * Hides the native class that Node's `Script` extends: it ends the process when its arguments are
 * not those that `Script` gives it.
 */
function hideInner(vm: Record<string, Class | undefined>): void {
  const { Script } = vm;
  const inner: unknown = Script && getPrototypeOf(Script);
  if (Script === undefined || !isMethod(inner)) {
    throw new Error("Invariant: Script extends a native class");
  }
  const hidden = new Proxy(Script, { getPrototypeOf: () => Function.prototype });
  replace(vm, "Script", hidden);
  replaceConstructor(Script, hidden);
  replaceConstructor(inner, hidden);
}

/**
 * Puts a copy without a cache into the place of the options: a getter could answer otherwise later.
 *
 * @returns Whether there was a cache.
 */
function withoutCache(args: unknown[], at: number): boolean {
  const options = args[at];
  // Of these the runtimes would make an object, which has what source put on `Object.prototype`.
  if (options === undefined) args[at] = { cachedData: undefined };
  if (typeof options === "string") args[at] = { filename: options, cachedData: undefined };
  if (typeof options !== "object" || options === null) return false;
  const copy = { ...options, cachedData: undefined };
  const isRejected = get(options, "cachedData") !== undefined;
  args[at] = copy;
  return isRejected;
}

function markRejected(made: unknown): void {
  if (!isObject(made)) return;
  defineProperty(made, "cachedDataRejected", {
    value: true,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
