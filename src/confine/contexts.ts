// Contexts of `node:vm`. On Node and Bun a script can be told to end on SIGINT: then the signal
// does not reach the program, which nobody could stop at its terminal. So isolated interpreters
// get no such scripts (node/contexts.ts, bun/contexts.ts). Deno's scripts take no signals (2.9,
// measured).

import { isObject, methodOf } from "../runtime/guard.ts";
import { replace } from "../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Reflect } = globalThis;
const { apply } = Reflect;

/**
 * Turns the option off by which a script ends on SIGINT.
 *
 * @param at Which argument has the options.
 */
export function withoutSigint(owner: object, name: string, at: number): void {
  const original = methodOf(owner, name);
  replace(owner, name, function (this: unknown, ...args: unknown[]): unknown {
    const options = args[at];
    if (isObject(options)) args[at] = { ...options, breakOnSigint: false };
    return apply(original, this, args);
  });
}
