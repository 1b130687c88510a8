// TypeScript files that source imports on Node. Node 20 loads none, and later versions refuse enums and
// the like. So the first import of one gives the thread a hook that takes types out. A thread without
// such imports loads nothing of it.

import { builtin, process } from "../builtins.ts";
import { isText, ownFile } from "../own_files.ts";
import { TYPESCRIPT_FILE } from "./typescript_files.ts";

// Taken now: source may replace them.
const { Error, Reflect, RegExp } = globalThis;
const { apply, get } = Reflect;
const exec: RegExp["exec"] = get(RegExp.prototype, "exec");
const { createRequire, register, registerHooks } = builtin<NodeModule>("module");

interface NodeModule {
  readonly createRequire: (url: string) => (file: string) => Hooks;
  /** Runs hooks in a thread of their own. */
  readonly register?: (url: string) => void;
  /** Since Node 22.15: in this thread. */
  readonly registerHooks?: (hooks: Hooks) => void;
}

interface Hooks {
  readonly load: (...args: never[]) => unknown;
}

let isReady = false;

/**
 * Makes the thread's loader ready for a module that is to be imported, on Node. It must come first:
 * Node remembers that it could not load a file.
 *
 * @param url The URL of the module; `undefined` if the module may be TypeScript.
 */
export function prepareTypes(url: string | undefined): void {
  if (isReady || (url !== undefined && apply(exec, TYPESCRIPT_FILE, [url]) === null)) return;
  const file = ownFile("source/typescript_loader.js");
  if (isText(file)) {
    // Node takes the types out by itself since 22.18.
    if (get(process.features, "typescript") !== undefined) return;
    throw new Error(
      "Cannot import TypeScript: a bundler has put subinterpreters into a file of the program, without " +
        "the loader that this version of Node needs; compile the file first, or mark subinterpreters as external",
    );
  }
  try {
    const hook = file.href;
    if (registerHooks === undefined) register?.(hook);
    else registerHooks({ load: createRequire(hook)("./typescript_loader.js").load });
  } catch (cause) {
    // Node 20 wants a thread for hooks, which its permissions deny to this one.
    throw new Error(
      "Cannot import TypeScript: this version of Node does not let an interpreter with " +
        "permissions do it; compile the file first",
      { cause },
    );
  }
  isReady = true;
}
