// On Deno a thread can be killed because it holds a Web Lock (runtime/deno/killable.ts). Locks belong to the
// whole process. Whoever could see the name of that lock, or of another interpreter's, could take
// the lock over and loop for ever. So source gets no list of locks at all: a getter `then` on
// `Object.prototype` would see the runtime's list before those names are cut out of it.

import { InterpreterError } from "../../errors.ts";
import { globals } from "../../runtime/globals.ts";
import { replace } from "../../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Promise, Reflect, String } = globalThis;
const { apply } = Reflect;

/** How the names of the interpreters' locks begin. */
export const LOCK_PREFIX = "subinterpreters:";

/** Hides the interpreters' locks from source, and refuses to give one away. */
export function hideLocks(): void {
  const prototype = globals.LockManager?.prototype;
  if (globals.Deno === undefined || prototype === undefined) return;
  const { request } = prototype;
  replace(prototype, "request", function (this: unknown, name: unknown, ...rest: unknown[]) {
    const text = String(name);
    if (startsWith(text, LOCK_PREFIX)) {
      throw new InterpreterError("Cannot request a lock: its name is reserved for interpreters");
    }
    return apply(request, this, [text, ...rest]);
  });
  replace(
    prototype,
    "query",
    () =>
      Promise.reject(
        new InterpreterError("Cannot list the locks of the process: this is an interpreter"),
      ),
  );
}

/** `String.prototype.startsWith`, without methods that source could have replaced. */
function startsWith(text: string, prefix: string): boolean {
  for (let i = 0; i < prefix.length; i++) if (text[i] !== prefix[i]) return false;
  return true;
}
