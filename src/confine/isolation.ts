// What keeps an isolated interpreter from acting on the process: every way to such an
// act (acts/) is replaced by a function that refuses. Source can come to a module of the
// runtime by import, require, process.getBuiltinModule and more, but all of them lead to one
// object, which is changed here before any source runs. What the named exports of an
// `import` are is another matter:
//
// - Node copies them anew when it is told to (`syncBuiltinESMExports`).
// - Bun 1.4 copies them when the module is first imported, which is after this (builtins.ts).
// - Deno 2.9 may have copied them before (runtime/deno/modules.ts).

import { InterpreterError } from "../errors.ts";
import { SafeSet } from "../primordials.ts";
import {
  type Act,
  ACTS_INSIDE_DENO,
  ACTS_OF_BINDINGS,
  ACTS_OF_BUN,
  ACTS_OF_CRYPTO,
  ACTS_OF_DENO,
  ACTS_OF_MODULES,
  ACTS_OF_PROCESS,
  ACTS_OF_PROCESSES,
  INSIDE_CHILD_PROCESS,
  STARTERS,
  THREAD,
} from "./acts/common.ts";
import { builtin, process, quietly } from "../runtime/builtins.ts";
import { closeBunDescriptors } from "./bun/descriptors.ts";
import { closeCodeCaches } from "./code_cache.ts";
import { closeContexts } from "./contexts.ts";
import { beforeUse } from "../runtime/deno/modules.ts";
import { bindingOf } from "../runtime/bindings.ts";
import { closeOpeners, closeTerminals } from "./sockets.ts";
import { globals } from "../runtime/globals.ts";
import { guardNativeArguments } from "./node/native.ts";
import { checkNativeCalls } from "./node/objects.ts";
import { hideResources } from "./node/async_resources.ts";
import { useOwnAlone } from "./file_descriptors.ts";
import {
  exitOnOwnSignal,
  ignoreSignals,
  protectBindings,
  protectReport,
  protectTitle,
  protectUmask,
} from "./signals.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Function, Object, Reflect } = globalThis;

/** Makes a function that refuses an act. */
export type Refuse = (action: string) => (...args: unknown[]) => never;

/**
 * Takes every way to act on the process away from source, in this thread.
 *
 * @param id Of the interpreter, for the errors.
 * @param exit What a signal that source sends to its own process does instead.
 */
export function isolate(id: () => number, exit: (code: number) => never): void {
  const refuse: Refuse = (action) =>
    function refused(): never {
      throw new InterpreterError(
        `Cannot ${action}: interpreter ${id()} is isolated; create it with { isolated: false }`,
      );
    };
  replaceActs(process, ACTS_OF_PROCESS, refuse);
  exitOnOwnSignal(exit, refuse);
  protectUmask(refuse);
  protectTitle(refuse);
  protectReport(refuse);
  ignoreSignals();
  closeContexts();
  checkNativeCalls();
  closeCodeCaches();
  guardNativeArguments();
  useOwnAlone();
  if (globals.Worker !== undefined) put(globalThis, "Worker", refuse(THREAD));
  if (globals.Deno !== undefined) isolateDeno(globals.Deno, refuse);
  else {
    if (globals.Bun !== undefined) {
      replaceActs(globals.Bun, ACTS_OF_BUN, refuse);
      closeBunDescriptors(globals.Bun, refuse);
    } else {
      closeOpeners(refuse);
      replaceActs(bindingOf("crypto"), ACTS_OF_CRYPTO, refuse);
      replaceActs(bindingOf("process_wrap"), ACTS_OF_PROCESSES, refuse);
      hideResources(refuse);
    }
    closeTerminals(refuse);
    if (globals.Bun === undefined) replaceActs(process, ACTS_OF_BINDINGS, refuse);
    else protectBindings(refuse);
    closeModules(refuse, () => true);
  }
}

/** Closes modules of Node's and Bun's. */
export function closeModules(refuse: Refuse, isMeant: (act: Act) => boolean): void {
  for (const name of ownModules()) {
    const acts = ACTS_OF_MODULES[name]!.filter(isMeant);
    replaceActs(quietly(() => builtin(moduleName(name))), acts, refuse);
  }
  builtin<{ syncBuiltinESMExports(): void }>("module").syncBuiltinESMExports();
}

/** The modules that this runtime has, and that have the power, on Bun and Node. */
function ownModules(): string[] {
  const { isBuiltin } = builtin<typeof import("node:module")>("module");
  return Object.keys(ACTS_OF_MODULES).filter((name) =>
    isBuiltin(moduleName(name)) && (globals.Bun === undefined || isOfUseOnBun(name))
  );
}

/** Only with its prefix do all runtimes know this one. */
function moduleName(name: string): string {
  return name === "sqlite" ? "node:sqlite" : name;
}

/** Bun's have no such power in a worker, and take 5 ms to load (1.4, measured). */
function isOfUseOnBun(name: string): boolean {
  return !name.startsWith("inspector") && !["crypto", "v8", "wasi"].includes(name);
}

function isolateDeno(deno: object & { readonly internal?: symbol }, refuse: Refuse): void {
  replaceActs(deno, ACTS_OF_DENO, refuse);
  closeOpeners(refuse);
  closeTerminals(refuse);
  replaceActs(process, ACTS_OF_BINDINGS, refuse);
  closeModulesOfDeno(deno, refuse, () => true);
}

/** Closes modules of Deno's, and its inside: resources of all kinds, promise hooks. */
export function closeModulesOfDeno(
  deno: { readonly internal?: symbol },
  refuse: Refuse,
  isMeant: (act: Act) => boolean,
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
    // Among the named exports alone, until now.
    if (name === "module") put(module, "register", undefined);
    replaceActs(module, acts, refuse);
    if (name === "child_process") replaceActs(requireInside(INSIDE_CHILD_PROCESS), acts, refuse);
  };
  if (beforeUse(close)) return;
  for (const name of Object.keys(ACTS_OF_MODULES)) if (!name.startsWith("bun:")) close(name);
}

/** What only `require` knows, on Deno. */
function requireInside(name: string): object {
  const { createRequire } = builtin<typeof import("node:module")>("module");
  // Any file will do; this one may be at an `https:` URL.
  return createRequire("file:///isolation.js")(name) as object;
}

/** Replaces what the acts name, wherever an object has it. */
export function replaceActs(target: object, acts: readonly Act[], refuse: Refuse): void {
  for (const { action, names, inside = [], ofClasses } of acts) {
    for (const owner of ofClasses ? prototypes(target) : [follow(target, inside)]) {
      if (isObject(owner)) replaceAll(owner, names, refuse(action));
    }
  }
}

function follow(target: object, steps: readonly string[]): unknown {
  let object: unknown = target;
  for (const step of steps) object = (object as Record<string, unknown> | undefined)?.[step];
  return object;
}

/** Of every class that a module exports. */
function prototypes(module: object): unknown[] {
  return Object.values(module).map((one: unknown) =>
    typeof one === "function" ? one.prototype as unknown : undefined
  );
}

/** On the object, and on those that it has them from: what is only hidden could be found there. */
function replaceAll(object: object, names: readonly string[], refused: () => never): void {
  const isLast = (one: object) => one === Object.prototype || one === Function.prototype;
  let owner: object | null = object;
  for (; owner !== null && !isLast(owner); owner = Reflect.getPrototypeOf(owner)) {
    for (const name of names) if (Object.hasOwn(owner, name)) put(owner, name, refused);
  }
}

/** Bun's own properties can be assigned to, but not defined anew. */
function put(target: object, name: string, value: unknown): void {
  const own = Reflect.getOwnPropertyDescriptor(target, name);
  if (own?.configurable === false) Reflect.set(target, name, value);
  else {
    const enumerable = own?.enumerable ?? true;
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable });
  }
  if (Reflect.get(target, name) !== value) throw new Error(`Invariant: ${name} can be replaced`);
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
