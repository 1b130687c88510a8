// The acts that Deno alone offers, and those in modules that it keeps to itself.

import { type Act, INSIDE, NATIVE, PROCESS } from "./common.ts";

/** Those of `Deno`. */
export const ACTS_OF_DENO: readonly Act[] = [
  { action: PROCESS, names: ["Command", "run", "spawn", "spawnAndWait", "spawnAndWaitSync"] },
  { action: "change the working directory", names: ["chdir"] },
  { action: "change the file mode mask", names: ["umask"] },
  { action: "handle signals of the process", names: ["addSignalListener"] },
  {
    action: NATIVE,
    names: ["dlopen", "UnsafeCallback", "UnsafePointer", "UnsafePointerView", "UnsafeFnPointer"],
  },
  {
    action: "change the permissions of the process",
    names: ["request", "requestSync", "revoke", "revokeSync"],
    inside: ["Permissions", "prototype"],
  },
];

/**
 * Modules that Deno does not list, but that `require` finds: in the middle of what replaced
 * methods of `node:module` do, even when runtime/deno/modules.ts has refused them to all others.
 */
export const ACTS_INSIDE_DENO: Readonly<Record<string, readonly Act[]>> = {
  // Has all of Deno's insides under Node's names, the class of terminals among them.
  "internal/test/binding": [
    { action: INSIDE, names: ["internalBinding"], inSandbox: true },
    { action: INSIDE, names: ["internalBinding"], inside: ["default"], inSandbox: true },
  ],
  // They take descriptors.
  "internal/net": [{ action: INSIDE, names: ["makeSyncWrite"], inSandbox: true }],
  "internal/dgram": [{
    action: INSIDE,
    names: ["newHandle", "_createSocketHandle"],
    inSandbox: true,
  }],
};

/** Modules that start processes by way of `child_process`. */
export const STARTERS: readonly string[] = ["cluster", "repl", "test"];
/** What `child_process` is made of on Deno. */
export const INSIDE_CHILD_PROCESS = "internal/child_process";
