// A module whose functions run in a pool: each call of one is a task.

import type { Task } from "../task.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, Proxy } = globalThis;

/** An object that has a function of every name; each call is what `call` makes of it. */
export function pooled(
  call: (name: string, args: readonly unknown[]) => Task<unknown>,
): Readonly<Record<string, (...args: unknown[]) => Task<unknown>>> {
  const functions: Record<string, (...args: unknown[]) => Task<unknown>> = Object.create(null);
  return new Proxy(functions, {
    get(known, name) {
      // Whoever awaits the object takes it for a promise if it has this one.
      if (typeof name !== "string" || name === "then") return undefined;
      return known[name] ??= (...args) => call(name, args);
    },
    set: () => false,
    defineProperty: () => false,
  });
}
