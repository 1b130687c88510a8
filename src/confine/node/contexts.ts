// What `node:vm` on Node would give an isolated interpreter beyond its realm: scripts that take
// SIGINT from the program (confine/contexts.ts).

import { builtin } from "../../runtime/builtins.ts";
import { type Class, methodOf } from "../../runtime/guard.ts";
import { replace } from "../../runtime/replace.ts";
import { withoutSigint } from "../contexts.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Reflect, TypeError } = globalThis;
const { apply, getPrototypeOf } = Reflect;

interface Vm {
  readonly Script: Class;
  /** Node has it with a flag alone. */
  readonly Module?: Class;
  readonly isContext: (value: unknown) => boolean;
}

/** Which argument of the inner `runInContext` it is. */
const BREAK_ON_SIGINT = 3;
/** Their kinds: the context, a timeout, and three switches. */
const INNER_ARGUMENTS = ["object", "number", "boolean", "boolean", "boolean"];

/** Keeps scripts from taking SIGINT. */
export function closeContexts(): void {
  const { Module, Script, isContext } = builtin<Vm>("vm");
  if (Module !== undefined) withoutSigint(Module.prototype, "evaluate", 0);
  // All ways to run a script come down to one method of the native class.
  const native = getPrototypeOf(Script.prototype);
  if (native === null) throw new Error("Invariant: Script extends a native class");
  const runInContext = methodOf(native, "runInContext");
  replace(native, "runInContext", function (this: unknown, ...args: unknown[]): unknown {
    args[BREAK_ON_SIGINT] = false;
    // Arguments other than those that `Script` hands on end the process.
    for (let i = 0; i < INNER_ARGUMENTS.length; i++) {
      if (typeof args[i] !== INNER_ARGUMENTS[i]) throw new TypeError("Invalid argument");
    }
    if (args.length !== INNER_ARGUMENTS.length || (args[0] !== null && !isContext(args[0]))) {
      throw new TypeError("Invalid argument");
    }
    return apply(runInContext, this, args);
  });
}
