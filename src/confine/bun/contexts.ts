// What `node:vm` on Bun would give an isolated interpreter beyond its realm: scripts that take
// SIGINT from the program (confine/contexts.ts), and `ShadowRealm`. Such a realm has all of the
// runtime as it was, processes and raw workers too; each new context has that class again.

import { InterpreterError } from "../../errors.ts";
import { builtin } from "../../runtime/builtins.ts";
import { type Class, isObject, methodOf } from "../../runtime/guard.ts";
import { replace } from "../../runtime/replace.ts";
import { withoutSigint } from "../contexts.ts";

// Taken now: source may declare names of its own that hide these.
const { Reflect, TypeError, globalThis: scope } = globalThis;
const { apply, deleteProperty, get, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;

interface Vm {
  readonly Script: Class & (new (code: string, options: unknown) => object);
  readonly Module?: Class;
}

const REALM = "ShadowRealm";

/** Keeps scripts from taking SIGINT, and source from getting a realm with the runtime's powers. */
export function closeContexts(): void {
  const vm = builtin<Vm>("vm");
  const { Module, Script } = vm;
  if (Module !== undefined) withoutSigint(Module.prototype, "evaluate", 0);
  deleteProperty(scope, REALM);
  withoutSigint(vm, "runInThisContext", 1);
  withoutSigint(vm, "runInContext", 2);
  withoutSigint(Script.prototype, "runInThisContext", 0);
  withoutSigint(Script.prototype, "runInContext", 1);
  closeRealms(vm);
}

/** Takes the class out of new contexts, where that can be done for certain. */
function closeRealms(vm: Vm): void {
  const { Script } = vm;
  const createContext = methodOf(vm, "createContext");
  const isContext = methodOf(vm, "isContext");
  const runInContext = methodOf(Script.prototype, "runInContext");
  const { isProxy } = builtin<typeof import("node:util")>("util").types;
  const removal = new Script(`delete globalThis.${REALM}`, undefined);
  const make = (given: unknown, options?: unknown): unknown => {
    if (isObject(given) && apply(isContext, vm, [given]) !== true) checkBase(given, isProxy);
    const context = apply(createContext, vm, [given, options]);
    apply(runInContext, removal, [context]);
    return context;
  };
  replace(vm, "createContext", make);
  const runInNewContext = function (this: unknown, given: unknown, options: unknown): unknown {
    return apply(runInContext, this, [make(given, contextOptions(options)), options]);
  };
  replace(Script.prototype, "runInNewContext", runInNewContext);
  replace(vm, "runInNewContext", (code: unknown, given: unknown, options: unknown) => {
    if (typeof code !== "string") throw new TypeError("Cannot run code: it must be a string");
    const script = new Script(code, options);
    return apply(runInContext, script, [make(given, contextOptions(options)), options]);
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

/** The options of a context, which have other names where a script makes the context. */
function contextOptions(options: unknown): object | undefined {
  if (!isObject(options)) return undefined;
  const name: unknown = get(options, "contextName");
  const origin: unknown = get(options, "contextOrigin");
  const codeGeneration: unknown = get(options, "contextCodeGeneration");
  const microtaskMode: unknown = get(options, "microtaskMode");
  return {
    ...(name !== undefined && { name }),
    ...(origin !== undefined && { origin }),
    ...(codeGeneration !== undefined && { codeGeneration }),
    ...(microtaskMode !== undefined && { microtaskMode }),
  };
}
