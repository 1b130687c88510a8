// Modules of the runtime, taken as objects: a guest that imports one fixes the values
// of its named exports on Deno and Bun, before isolation.ts and writers.ts can replace any.

import { createRequire } from "node:module";
import process from "node:process";

// Taken now: source may replace it.
const getBuiltinModule = process.getBuiltinModule?.bind(process) as
  | typeof process.getBuiltinModule
  | undefined;

/** A module that the runtime brings along; throws if it does not. */
export function builtin<T extends object>(name: string): T {
  // Node has it since 20.16.
  return (getBuiltinModule?.(name) ?? createRequire(import.meta.url)(name)) as T;
}
