// What threads of one process share without being handed it: a sandboxed interpreter has
// none of it. What it is handed (channels, shared memory) are the ways to others.

import process from "node:process";
import { InterpreterError } from "../errors.ts";
import { SafeSet } from "../primordials.ts";
import { builtin } from "./builtins.ts";
import { closeDescriptors } from "./deno_descriptors.ts";
import { globals } from "./globals.ts";
import { ignoreSignals } from "./own_process.ts";
import { beforeUse } from "./deno_modules.ts";
import { closeInside, type Refuse } from "./isolation.ts";
import { replace } from "./replace.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Object, Reflect, globalThis: scope } = globalThis;

/** Kept by the runtime for all of its threads, on disk or in memory. */
const STORES = ["caches", "localStorage", "sessionStorage", "indexedDB"];

/** Exports that are fixed before source runs, on Deno. */
const CHANGED = {
  process: [
    ...["env", "exit", "reallyExit", "binding", "_linkedBinding", "kill", "_kill"],
    ...["on", "addListener", "once", "prependListener", "prependOnceListener"],
    "getBuiltinModule",
  ],
  wasi: ["WASI"],
};

/** What modules have that works on the process, whatever its permissions: by module, export and act. */
const MODULES: Readonly<Record<string, readonly [name: string, action: string]>> = {
  // It reads and writes what the process has open, by number.
  wasi: ["WASI", "use WASI"],
  v8: ["setFlagsFromString", "change the flags of the process"],
};

/**
 * Closes the ways to other threads and to what programs leave behind for each other.
 *
 * @param id Of the interpreter, for the errors.
 */
export function closeSharedPlaces(id: number): void {
  const refuse: Refuse = (action) =>
    function refused(): never {
      throw new InterpreterError(
        `Cannot ${action}: interpreter ${id} is sandboxed; hand it a channel`,
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
  if (globals.Deno === undefined) {
    // A version of Node that takes the flags for a worker, and does nothing, must not pass for more.
    if (!("permission" in process)) throw new Error("Invariant: this thread has permissions");
    builtin<{ syncBuiltinESMExports(): void }>("module").syncBuiltinESMExports();
    return;
  }
  if (Reflect.has(globals.Deno, "openKv")) replace(globals.Deno, "openKv", refuse("open a store"));
  // Who listens to a signal keeps it from the program.
  replace(globals.Deno, "addSignalListener", refuse("handle signals of the process"));
  ignoreSignals();
  closeInside(globals.Deno, refuse);
  closeStandardInreplace(globals.Deno.stdin, refuse("read standard input"));
  closeDescriptors(refuse);
  closeModules(refuse);
  // To the process itself Deno lets it send any: one of them opens its debugger.
  const send = refuse("send a signal to a process");
  for (const name of ["kill", "_kill"]) replace(process, name, send);
  replace(globals.Deno, "kill", send);
  // All threads of one warden lose what one of them gives up.
  const revoke = refuse("change the permissions of the process");
  const { prototype } = globals.Deno.permissions.constructor;
  for (const name of ["revoke", "revokeSync"]) replace(prototype, name, revoke);
}

/** What is typed there is for the program. It is this thread's own entries that are closed. */
function closeStandardInreplace(stdin: { close(): void }, refused: () => never): void {
  // One of Deno's table, and one of that of `node:fs`.
  stdin.close();
  builtin<typeof import("node:fs")>("fs").closeSync(0);
  for (const name of ["prompt", "confirm", "alert"]) replace(scope, name, refused);
}

function closeModules(refuse: Refuse): void {
  const closed = new SafeSet<string>();
  const close = (name: string) => {
    const act = MODULES[name];
    if (act === undefined || closed.has(name)) return;
    closed.add(name);
    replace(builtin(name), act[0], refuse(act[1]));
  };
  if (!beforeUse(close, CHANGED)) { for (const name of Object.keys(MODULES)) close(name); }
}
