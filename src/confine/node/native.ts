// Native code of Node's that ends the whole process for arguments which its callers let through
// (Node 20.20; found by calling everything with odd receivers and arguments). A zero with a sign
// counts as an integer in JavaScript and as none in V8. Other things only Node itself was meant
// to call. Such arguments are refused here, or harmless ones take their place.

import { bindingOf } from "../../runtime/bindings.ts";
import { builtin, process } from "../../runtime/builtins.ts";
import { guardMethod } from "../../runtime/guard.ts";
import { replace } from "../../runtime/replace.ts";
import { guardParser } from "./parser.ts";
import { dropSigns } from "./zeros.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Object, Reflect, TypeError } = globalThis;
const { get, getOwnPropertyDescriptor, getPrototypeOf } = Reflect;

/** What the built-in modules call; `process.binding` is closed to source. */
const BINDINGS = ["zlib", "cares_wrap"];
/** Bindings of whose classes source gets instances. */
const CLASSES = [
  ...["tcp_wrap", "pipe_wrap", "udp_wrap", "process_wrap", "fs_event_wrap", "js_stream"],
];

let isGuarded = false;

/** Puts checks before such code, in this thread. */
export function guardNativeCalls(): void {
  // A thread that is sandboxed and isolated asks twice.
  if (isGuarded) return;
  isGuarded = true;
  for (const name of BINDINGS) guardAll(bindingOf(name), dropSigns);
  guardAll(bindingOf("fs"), checkFile);
  // A module that has been loaded keeps what it took from its binding.
  for (const name of ["dns", "zlib"]) if (hasLoaded(name)) guardAll(builtin(name), dropSigns);
  guardMethod(builtin("module"), "_stat", { check: checkStat });
  if (!hasLoaded("_http_server")) guardParser();
  for (const name of [...BINDINGS, ...CLASSES]) hideConstructors(bindingOf(name));
}

function hasLoaded(name: string): boolean {
  const list: unknown = get(process, "moduleLoadList");
  return Array.isArray(list) && list.includes(`NativeModule ${name}`);
}

function guardAll(owner: object, check: (args: unknown[]) => void): void {
  for (const name of Object.keys(owner)) {
    if (getOwnPropertyDescriptor(owner, name)?.writable === true) {
      guardMethod(owner, name, { check });
    }
  }
}

/** Node cannot show a descriptor that is a symbol in the error that it makes. */
function checkFile(args: unknown[]): void {
  if (typeof args[0] === "symbol") {
    throw new TypeError("Invalid argument: a file is named by text, or by a number");
  }
  dropSigns(args);
}

function checkStat(args: unknown[]): void {
  if (typeof args[0] !== "string") throw new TypeError("Invalid argument: it must be a string");
}

/**
 * Hides the native classes that instances lead to. Called as a function, or in a way that Node
 * itself does not call it, each ends the process.
 */
function hideConstructors(binding: object): void {
  const illegal = () => {
    throw new TypeError("Illegal constructor");
  };
  for (const one of Object.values(binding) as unknown[]) {
    const prototype: unknown = typeof one === "function" ? get(one, "prototype") : null;
    let owner = typeof prototype === "object" ? prototype : null;
    for (; owner !== null && owner !== Object.prototype; owner = getPrototypeOf(owner)) {
      if (getOwnPropertyDescriptor(owner, "constructor")?.configurable !== true) continue;
      replace(owner, "constructor", illegal);
    }
  }
}
