// `process.binding` of Bun, by which its own modules ask for its insides when they load.

import { SafeSet } from "../../primordials.ts";
import { process } from "../../runtime/builtins.ts";
import { isMethod } from "../../runtime/guard.ts";
import { replace } from "../../runtime/replace.ts";
import type { Refuse } from "../refusals.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Reflect } = globalThis;
const { apply } = Reflect;

/** Those that Bun's modules ask for; others are `node:fs` as it was. */
const NEEDED: ReadonlySet<unknown> = new SafeSet([
  ...["config", "constants", "http_parser", "natives", "util", "uv"],
]);

/** Refuses all insides but those that modules need which source may load later. */
export function protectBindings(refuse: Refuse): void {
  const binding: unknown = Reflect.get(process, "binding");
  if (!isMethod(binding)) throw new Error("Invariant: Bun has process.binding");
  const refused = refuse("use the insides of the runtime");
  replace(process, "binding", (name: unknown) => {
    if (typeof name !== "string" || !NEEDED.has(name)) refused();
    return apply(binding, process, [name]);
  });
  replace(process, "_linkedBinding", refused);
}
