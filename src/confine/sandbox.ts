// What threads of one process share without being handed it: a sandboxed interpreter, one with
// permissions, has none of it. What it is handed, channels and shared memory, are its ways to
// others.

import { InterpreterError } from "../errors.ts";
import { builtin, process } from "../runtime/builtins.ts";
import { globals } from "../runtime/globals.ts";
import { replace } from "../runtime/replace.ts";
import { type Act, ACTS_OF_PROCESS, THREAD } from "./acts/common.ts";
import { closeCodeCaches } from "./code_cache.ts";
import { sandboxDeno } from "./deno/sandbox.ts";
import { sandboxNode } from "./node/sandbox.ts";
import { type Refuse, replaceActs } from "./refusals.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, Reflect, globalThis: scope } = globalThis;

/** Kept by the runtime for all of its threads, on disk or in memory. */
const STORES = ["caches", "localStorage", "sessionStorage", "indexedDB"];

/**
 * Closes the ways to other threads and to what programs leave behind for each other.
 *
 * @param id Gives the id of the interpreter, for the errors.
 */
export function closeSharedPlaces(id: () => number): void {
  const refuse: Refuse = (action) =>
    function refused(): never {
      throw new InterpreterError(
        `Cannot ${action}: interpreter ${id()} is sandboxed; hand it a channel`,
      );
    };
  const threads = builtin("worker_threads");
  const closed: Readonly<Record<string, string>> = {
    BroadcastChannel: "open a BroadcastChannel",
    postMessageToThread: "post to another thread",
    // A worker would have all of that anew.
    Worker: THREAD,
  };
  for (const [name, action] of Object.entries(closed)) {
    const refused = refuse(action);
    for (const target of [scope, threads]) {
      if (Reflect.has(target, name)) replace(target, name, refused);
    }
  }
  for (const name of STORES) Reflect.deleteProperty(scope, name);
  if (globals.LockManager !== undefined) {
    replace(globals.LockManager.prototype, "request", refuse("request a lock"));
  }
  closeCodeCaches();
  replaceActs(process, ACTS_OF_PROCESS.filter(isInSandbox), refuse);
  if (globals.Deno === undefined) sandboxNode(refuse, isInSandbox);
  else sandboxDeno(globals.Deno, { id, refuse, isMeant: isInSandbox });
}

/** Whether permissions do not stop an act. */
function isInSandbox({ inSandbox }: Act): boolean {
  return inSandbox === true;
}
