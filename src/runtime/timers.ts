// Lets a thread end in spite of timers, ports and streams that it still has.

import { isMethod, isObject } from "./guard.ts";

// Taken now: source may declare names of its own that hide these.
const { Reflect } = globalThis;

/** Lets a thread end while it still has this. Types and runtimes differ in what has the method. */
export function unref(handle: unknown): void {
  const method: unknown = isObject(handle) ? Reflect.get(handle, "unref") : undefined;
  if (isMethod(method)) Reflect.apply(method, handle, []);
}
