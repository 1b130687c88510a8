// Modules of the runtime, taken as objects: a guest that imports one fixes the values
// of its named exports on Deno and Bun, before isolation.ts and writers.ts can replace any.

import { createRequire } from "node:module";
import process from "node:process";

// Taken now: source may replace them.
const { Object } = globalThis;
const getBuiltinModule = process.getBuiltinModule?.bind(process) as
  | typeof process.getBuiltinModule
  | undefined;

/** A module that the runtime brings along; throws if it does not. */
export function builtin<T extends object>(name: string): T {
  // Node has it since 20.16.
  return (getBuiltinModule?.(name) ?? createRequire(import.meta.url)(name)) as T;
}

/** Without the warning that something is experimental: source has not asked for it. */
export function quietly<A>(act: () => A): A {
  const own = Object.getOwnPropertyDescriptor(process, "emitWarning")!;
  const { enumerable = true } = own;
  const value = () => {};
  Object.defineProperty(process, "emitWarning", { value, enumerable, configurable: true });
  try {
    return act();
  } finally {
    Object.defineProperty(process, "emitWarning", own);
  }
}
