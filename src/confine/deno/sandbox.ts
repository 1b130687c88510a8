// What a sandboxed interpreter on Deno does without, besides what all do (confine/sandbox.ts):
// what Deno's permissions do not ask for, and what all threads of one warden share
// (runtime/deno/warden.ts).

import { process } from "../../runtime/builtins.ts";
import type { DenoNamespace } from "../../runtime/globals.ts";
import { replace } from "../../runtime/replace.ts";
import type { Act } from "../acts/common.ts";
import type { Refuse } from "../refusals.ts";
import { ignoreSignals } from "../signals.ts";
import { closeDescriptors } from "./descriptors.ts";
import { guardImports } from "./imports.ts";
import { closeModules } from "./isolation.ts";
import { guardNativeCalls } from "./native.ts";

// Taken now: source may declare names of its own that hide these.
const { Reflect, globalThis: scope } = globalThis;

/** What it takes to refuse something. */
export interface SandboxOptions {
  /** Gives the id of the interpreter, for the errors. */
  readonly id: () => number;
  readonly refuse: Refuse;
  /** Which acts are refused to a sandbox. */
  readonly isMeant: (act: Act) => boolean;
}

/** Closes it, in this thread. */
export function sandboxDeno(deno: DenoNamespace, { id, refuse, isMeant }: SandboxOptions): void {
  guardNativeCalls();
  if (Reflect.has(deno, "openKv")) replace(deno, "openKv", refuse("open a store"));
  // Whoever listens to a signal keeps it from the program.
  replace(deno, "addSignalListener", refuse("handle signals of the process"));
  ignoreSignals();
  for (const name of ["prompt", "confirm", "alert"]) replace(scope, name, refuse("ask the user"));
  closeDescriptors(refuse);
  guardImports(deno, id);
  closeModules(deno, refuse, isMeant);
  // Deno lets source send any signal to the process itself: one of them opens its debugger.
  const send = refuse("send a signal to a process");
  for (const name of ["kill", "_kill"]) replace(process, name, send);
  replace(deno, "kill", send);
  // What one thread gives up all threads of its warden lose.
  const revoke = refuse("change the permissions of the process");
  const { prototype } = deno.permissions.constructor;
  for (const name of ["revoke", "revokeSync"]) replace(prototype, name, revoke);
}
