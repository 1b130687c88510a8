// What a sandboxed interpreter on Node does without, besides what all do (confine/sandbox.ts).

import { process } from "../../runtime/builtins.ts";
import { type Act, ACTS_OF_MODULES } from "../acts/common.ts";
import { type Refuse, replaceActsOfModules } from "../refusals.ts";
import { guardNativeCalls } from "./native.ts";

// Taken now: source may declare names of its own that hide these.
const { Error } = globalThis;

/** Closes it, in this thread. */
export function sandboxNode(refuse: Refuse, isMeant: (act: Act) => boolean): void {
  // A version of Node that takes the flags for a worker, and does nothing, must not pass for more.
  if (!("permission" in process)) throw new Error("Invariant: this thread has permissions");
  guardNativeCalls();
  replaceActsOfModules(ACTS_OF_MODULES, refuse, isMeant);
}
