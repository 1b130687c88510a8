// `host`: the functions that this interpreter was created with, as source sees them. There is
// one object. It is filled and frozen once, before source can see it.

// Taken now: source may declare names of its own that hide these.
const { Object } = globalThis;

/** Functions of the creator, by the names that `create` was given. */
export interface HostFunctions {
  /** Calls the creator's function with copies of the arguments; resolves to a copy of its result. */
  readonly [name: string]: (...args: unknown[]) => Promise<unknown>;
}

/**
 * The functions that this interpreter was created with: `create({ functions })`.
 *
 * Each call sends copies of its arguments to the creator, and its promise resolves to a copy
 * of what the function returned; anything that `isShareable` crosses. The promise rejects with
 *
 * - an error made from the one that the function threw: name, message, `cause` and
 *   `errors` are the function's, the stack is the caller's own;
 * - a `NotShareableError` if an argument (then nothing was called) or the result cannot cross;
 * - a `RangeError` if a message is longer than `limits.messageBytes`, or if there are more
 *   than 1000 arguments;
 * - an `InterpreterError` if 10,000 calls are unanswered, or if the creator is gone;
 * - an `InterpreterError` if the function returned a promise while its program blocks until
 *   this very run is done (`runSync`): nobody could ever settle that promise.
 *
 * The object is frozen and has nothing but those functions. In the program it is empty, so
 * that a module that uses it can be loaded and checked there.
 *
 * @example A function of the program
 * ```ts
 * import { create } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const stock = new Map([["apples", 3]]);
 * await using interpreter = await create({
 *   functions: { count: (name: string) => stock.get(name) ?? 0 },
 * });
 * const total = await interpreter.evaluate(`
 *   import { host } from "subinterpreters";
 *   await host.count("apples") + await host.count("pears");
 * `);
 * assert.equal(total, 3);
 * ```
 */
export const host: HostFunctions = {};
Object.setPrototypeOf(host, null);

/** Gives `host` its functions; nothing can be added afterwards. */
export function fillHost(
  functions: readonly (readonly [name: string, call: HostFunctions[string]])[],
): void {
  // Not by assignment: a function may be called "__proto__".
  for (const [name, value] of functions) {
    Object.defineProperty(host, name, { value, enumerable: true });
  }
  Object.freeze(host);
}
