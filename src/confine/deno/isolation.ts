// What an isolated interpreter on Deno does without: `Deno`'s own acts, and those in modules that
// Deno keeps to itself.

import { SafeSet } from "../../primordials.ts";
import { builtin, process } from "../../runtime/builtins.ts";
import { beforeUse } from "../../runtime/deno/modules.ts";
import type { DenoNamespace } from "../../runtime/globals.ts";
import { type Act, ACTS_OF_MODULES } from "../acts/common.ts";
import { ACTS_INSIDE_DENO, ACTS_OF_DENO, INSIDE_CHILD_PROCESS, STARTERS } from "../acts/deno.ts";
import { ACTS_OF_BINDINGS } from "../acts/node.ts";
import { closeCodeCaches } from "../code_cache.ts";
import { useOwnAlone } from "../file_descriptors.ts";
import { put, type Refuse, replaceActs } from "../refusals.ts";
import { closeOpeners, closeTerminals } from "../sockets.ts";
import { guardNativeCalls } from "./native.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, Reflect } = globalThis;

/** Takes the acts away, in this thread. */
export function isolateDeno(deno: DenoNamespace, refuse: Refuse): void {
  guardNativeCalls();
  closeCodeCaches();
  useOwnAlone();
  replaceActs(deno, ACTS_OF_DENO, refuse);
  closeOpeners(refuse);
  closeTerminals(refuse);
  replaceActs(process, ACTS_OF_BINDINGS, refuse);
  closeModules(deno, refuse);
}

/** Closes the built-in modules, and Deno's inside: resources of all kinds, promise hooks. */
export function closeModules(
  deno: DenoNamespace,
  refuse: Refuse,
  isMeant: (act: Act) => boolean = () => true,
): void {
  if (deno.internal !== undefined) Reflect.deleteProperty(deno, deno.internal);
  for (const [name, acts] of Object.entries(ACTS_INSIDE_DENO)) {
    replaceActs(requireInside(name), acts.filter(isMeant), refuse);
  }
  const closed = new SafeSet<string>();
  const close = (name: string): void => {
    if (STARTERS.includes(name)) close("child_process");
    const acts = ACTS_OF_MODULES[name]?.filter(isMeant);
    if (acts === undefined || closed.has(name)) return;
    closed.add(name);
    const module = builtin(name);
    // Only the named exports have it, until now.
    if (name === "module") put(module, "register", undefined);
    replaceActs(module, acts, refuse);
    if (name === "child_process") replaceActs(requireInside(INSIDE_CHILD_PROCESS), acts, refuse);
  };
  if (beforeUse(close)) return;
  for (const name of Object.keys(ACTS_OF_MODULES)) close(name);
}

/** A module that `require` alone knows. */
function requireInside(name: string): object {
  const { createRequire } = builtin<RequireModule>("module");
  // Any file will do; this one may be at an `https:` URL.
  return createRequire("file:///isolation.js")(name);
}

interface RequireModule {
  readonly createRequire: (url: string) => (name: string) => object;
}
