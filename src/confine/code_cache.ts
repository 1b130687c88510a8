// A code cache is bytecode, and the engines trust it: V8 runs what it says, and ends the
// process when the bytes are not as it wrote them. So `node:vm` takes none from source. As
// with one of another version, a script has `cachedDataRejected` then.

import { SafeSet } from "../primordials.ts";
import { builtin } from "../runtime/builtins.ts";
import { globals } from "../runtime/globals.ts";
import { replace } from "../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Function, Object, Proxy, Reflect } = globalThis;
const { apply, construct, defineProperty, getPrototypeOf, setPrototypeOf } = Reflect;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Class = AnyFunction & { readonly prototype: object };

/** Which argument has the options. */
const FUNCTIONS: Readonly<Record<string, number>> = {
  compileFunction: 2,
  createScript: 1,
  runInContext: 2,
  runInNewContext: 2,
  runInThisContext: 1,
};
/** What these return is told that its cache was of no use. */
const MAKERS: ReadonlySet<string> = new SafeSet(["compileFunction", "createScript"]);
/** What other classes are made of comes first: they get it from the one that takes its place. */
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
    const guarded = guard(original, (args) => withoutCache(args, at));
    replace(vm, name, guarded);
    for (const other of Object.values(vm)) {
      if (typeof other === "function" && getPrototypeOf(other) === original) {
        setPrototypeOf(other, guarded);
      }
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

/** Node's is made of another class, which ends the process when its arguments are not as that one's. */
function hideInner(vm: Record<string, Class | undefined>): void {
  const { Script } = vm;
  const inner = getPrototypeOf(Script!) as Class;
  const hidden = new Proxy(Script!, { getPrototypeOf: () => Function.prototype });
  replace(vm, "Script", hidden);
  replace(Script!.prototype, "constructor", hidden);
  replace(inner.prototype, "constructor", hidden);
}

/** A class whose arguments are looked at before it makes anything of them. */
function guard(original: Class, look: (args: unknown[]) => boolean): Class {
  const guarded = new Proxy(original, {
    construct(target, args: unknown[], newTarget) {
      const isRejected = look(args);
      const made = construct(target, args, newTarget) as object;
      if (isRejected) markRejected(made);
      return made;
    },
  });
  replace(original.prototype, "constructor", guarded);
  return guarded;
}

/** Whether there was a cache. What is handed on is a copy: a getter could say something else later. */
function withoutCache(args: unknown[], at: number): boolean {
  const options = args[at];
  // The runtimes would make an object of these, which has what source put on `Object.prototype`.
  if (options === undefined) args[at] = { cachedData: undefined };
  if (typeof options === "string") args[at] = { filename: options, cachedData: undefined };
  if (typeof options !== "object" || options === null) return false;
  const copy = { ...options, cachedData: undefined };
  const isRejected = (options as { readonly cachedData?: unknown }).cachedData !== undefined;
  args[at] = copy;
  return isRejected;
}

function markRejected(made: unknown): void {
  defineProperty(made as object, "cachedDataRejected", {
    value: true,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
