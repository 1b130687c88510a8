// What threads of one process share without being handed it: a sandboxed interpreter has
// none of it. What it is handed (channels, shared memory) are the ways to others.

import { InterpreterError } from "../errors.ts";
import { type Act, ACTS_OF_PROCESS } from "./acts/common.ts";
import { builtin, process } from "../runtime/builtins.ts";
import { closeCodeCaches } from "./code_cache.ts";
import { closeDescriptors } from "./deno/descriptors.ts";
import { guardImports } from "./deno/imports.ts";
import { globals } from "../runtime/globals.ts";
import { guardNativeArguments } from "./node/native.ts";
import { checkNativeCalls } from "./node/objects.ts";
import { ignoreSignals } from "./signals.ts";
import { closeModules, closeModulesOfDeno, type Refuse, replaceActs } from "./isolation.ts";
import { replace } from "../runtime/replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Reflect, globalThis: scope } = globalThis;

/** Kept by the runtime for all of its threads, on disk or in memory. */
const STORES = ["caches", "localStorage", "sessionStorage", "indexedDB"];

/**
 * Closes the ways to other threads and to what programs leave behind for each other.
 *
 * @param id Of the interpreter, for the errors.
 */
export function closeSharedPlaces(id: () => number): void {
  const refuse: Refuse = (action) =>
    function refused(): never {
      throw new InterpreterError(
        `Cannot ${action}: interpreter ${id()} is sandboxed; hand it a channel`,
      );
    };
  const broadcast = refuse("open a BroadcastChannel");
  const threads = builtin<object>("worker_threads");
  for (const target of [scope, threads]) {
    if (Reflect.has(target, "BroadcastChannel")) replace(target, "BroadcastChannel", broadcast);
  }
  if (Reflect.has(threads, "postMessageToThread")) {
    replace(threads, "postMessageToThread", refuse("post to another thread"));
  }
  // They would have all of that anew.
  for (const target of [scope, threads]) {
    if (Reflect.has(target, "Worker")) replace(target, "Worker", refuse("start a worker"));
  }
  for (const name of STORES) Reflect.deleteProperty(scope, name);
  if (globals.LockManager !== undefined) {
    replace(globals.LockManager.prototype, "request", refuse("request a lock"));
  }
  closeCodeCaches();
  guardNativeArguments();
  replaceActs(process, ACTS_OF_PROCESS.filter(isInSandbox), refuse);
  if (globals.Deno === undefined) {
    // A version of Node that takes the flags for a worker, and does nothing, must not pass for more.
    if (!("permission" in process)) throw new Error("Invariant: this thread has permissions");
    closeModules(refuse, isInSandbox);
    return;
  }
  if (Reflect.has(globals.Deno, "openKv")) replace(globals.Deno, "openKv", refuse("open a store"));
  // Who listens to a signal keeps it from the program.
  replace(globals.Deno, "addSignalListener", refuse("handle signals of the process"));
  ignoreSignals();
  for (const name of ["prompt", "confirm", "alert"]) replace(scope, name, refuse("ask the user"));
  closeDescriptors(refuse);
  checkNativeCalls();
  guardImports(id);
  closeModulesOfDeno(globals.Deno, refuse, isInSandbox);
  // To the process itself Deno lets it send any: one of them opens its debugger.
  const send = refuse("send a signal to a process");
  for (const name of ["kill", "_kill"]) replace(process, name, send);
  replace(globals.Deno, "kill", send);
  // All threads of one warden lose what one of them gives up.
  const revoke = refuse("change the permissions of the process");
  const { prototype } = globals.Deno.permissions.constructor;
  for (const name of ["revoke", "revokeSync"]) replace(prototype, name, revoke);
}

/** Permissions do not stop it. */
function isInSandbox({ inSandbox }: Act): boolean {
  return inSandbox === true;
}
