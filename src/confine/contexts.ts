// What `node:vm` would give an isolated interpreter beyond its realm. On Node and Bun a
// script can be told to end on SIGINT: then the signal does not reach the program, which
// nobody could stop at its terminal. And on Bun a `ShadowRealm` has all of the runtime as it
// was, processes and raw workers too; each new context has that class again.

import { InterpreterError } from "../errors.ts";
import { builtin } from "../runtime/builtins.ts";
import { globals } from "../runtime/globals.ts";
import { replace } from "../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Reflect, TypeError, globalThis: scope } = globalThis;
const { apply, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;
type Methods = Record<string, AnyFunction>;
type Vm = Methods & {
  readonly Script: { readonly prototype: Methods };
  readonly Module?: { readonly prototype: Methods };
};

const REALM = "ShadowRealm";

/** Keeps scripts from taking SIGINT, and source from getting a realm with the runtime's powers. */
export function closeContexts(): void {
  // Deno's scripts take no signals (2.9, measured), and it has no such realms.
  if (globals.Deno !== undefined) return;
  const vm = builtin<Vm>("vm");
  const { Module, Script, isContext } = vm;
  if (Module !== undefined) withoutSigint(Module.prototype, "evaluate", 0);
  if (globals.Bun === undefined) {
    // What all the others are made of.
    const low = getPrototypeOf(Script.prototype) as Methods;
    const { runInContext } = low;
    replace(low, "runInContext", function (this: unknown, ...args: unknown[]): unknown {
      args[BREAK_ON_SIGINT] = false;
      // Others than those that `Script` hands on end the process.
      for (let i = 0; i < INNER_ARGUMENTS.length; i++) {
        if (typeof args[i] !== INNER_ARGUMENTS[i]) throw new TypeError("Invalid argument");
      }
      if (args.length !== INNER_ARGUMENTS.length || (args[0] !== null && !isContext!(args[0]))) {
        throw new TypeError("Invalid argument");
      }
      return apply(runInContext!, this, args);
    });
    return;
  }
  deleteProperty(scope, REALM);
  withoutSigint(vm, "runInThisContext", 1);
  withoutSigint(vm, "runInContext", 2);
  withoutSigint(Script.prototype, "runInThisContext", 0);
  withoutSigint(Script.prototype, "runInContext", 1);
  closeRealms(vm);
}

/** Which argument it is of the inner `runInContext` of Node. */
const BREAK_ON_SIGINT = 3;
/** Their kinds: the context, a timeout, and three switches. */
const INNER_ARGUMENTS = ["object", "number", "boolean", "boolean", "boolean"];

function withoutSigint(owner: Methods, name: string, at: number): void {
  const original = owner[name]!;
  replace(owner, name, function (this: unknown, ...args: unknown[]): unknown {
    const options = args[at];
    if (isObject(options)) {
      args[at] = { ...options, breakOnSigint: false };
    }
    return apply(original, this, args);
  });
}

/** Takes the class out of new contexts, where that can be done for certain. */
function closeRealms(vm: Vm): void {
  const { createContext, isContext } = vm;
  const { runInContext } = vm.Script.prototype;
  const { isProxy } = builtin<typeof import("node:util")>("util").types;
  const { Script } = builtin<typeof import("node:vm")>("vm");
  const removal = new Script(`delete globalThis.${REALM}`);
  const make = (given: unknown, options?: unknown): object => {
    if (isObject(given) && apply(isContext!, vm, [given]) !== true) checkBase(given, isProxy);
    const context = apply(createContext!, vm, [given, options]) as object;
    apply(runInContext!, removal, [context]);
    return context;
  };
  replace(vm, "createContext", make);
  replace(vm.Script.prototype, "runInNewContext", function (this: unknown, given, options) {
    return apply(runInContext!, this, [make(given, contextOptions(options)), options]);
  } as AnyFunction);
  replace(vm, "runInNewContext", (code: unknown, given: unknown, options: unknown) => {
    if (typeof code !== "string") throw new TypeError("Cannot run code: it must be a string");
    const script = new Script(code, options as string);
    return apply(runInContext!, script, [make(given, contextOptions(options)), options]);
  });
}

/** Refuses what could hide the class from its removal. */
function checkBase(base: object, isProxy: (value: unknown) => boolean): void {
  for (let one: object | null = base; one !== null; one = getPrototypeOf(one)) {
    if (!isProxy(one) && getOwnPropertyDescriptor(one, REALM) === undefined) continue;
    throw new InterpreterError(
      `Cannot create a context of a proxy, or of an object with a ${REALM}: this interpreter is isolated; create it with { isolated: false }`,
    );
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Their names where a script makes the context. */
function contextOptions(options: unknown): object | undefined {
  if (!isObject(options)) return undefined;
  const {
    contextName: name,
    contextOrigin: origin,
    contextCodeGeneration: codeGeneration,
    microtaskMode,
  } = options as Record<string, unknown>;
  return {
    ...(name !== undefined && { name }),
    ...(origin !== undefined && { origin }),
    ...(codeGeneration !== undefined && { codeGeneration }),
    ...(microtaskMode !== undefined && { microtaskMode }),
  };
}
