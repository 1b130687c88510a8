// What keeps an isolated interpreter from acting on the process: every way to such an
// act is replaced by a function that refuses. Source can come to a module of the runtime
// by import, require, process.getBuiltinModule and more, but all of them lead to one
// object, which is changed here before any source runs. What the named exports of an
// `import` are is another matter:
//
// - Node copies them anew when it is told to (`syncBuiltinESMExports`).
// - Bun 1.4 copies them when the module is first imported, which is after this.
// - Deno 2.9 does so for most modules, and others are fixed by then (deno_modules.ts).

import process from "node:process";
import { InterpreterError } from "../errors.ts";
import { builtin, quietly } from "./builtins.ts";
import { closeContexts } from "./contexts.ts";
import { beforeUse } from "./deno_modules.ts";
import { bindingOf, closeOpeners, closeOwnAlone, closeTerminals } from "./descriptors.ts";
import { globals } from "./globals.ts";
import { exitOnOwnSignal, ignoreSignals, protectTitle, protectUmask } from "./own_process.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, Reflect, Set } = globalThis;

/** Makes a function that refuses an act. */
export type Refuse = (action: string) => (...args: unknown[]) => never;

const PROCESS = "start a process";
const THREAD = "start a worker";
const NATIVE = "load native code";
const LOADER = "change how modules are loaded";
const DEBUGGER = "use the debugger";

interface Act {
  readonly action: string;
  readonly names: readonly string[];
  /** Where the names are, if not on the object itself. */
  readonly inside?: readonly string[];
}

const ACTS_OF_PROCESS: readonly Act[] = [
  { action: "change the working directory", names: ["chdir"] },
  { action: NATIVE, names: ["dlopen"] },
  {
    action: "change who the process is",
    names: ["setuid", "setgid", "seteuid", "setegid", "setgroups", "initgroups"],
  },
  { action: "replace the process", names: ["execve"] },
  { action: DEBUGGER, names: ["_debugProcess", "_debugEnd"] },
  { action: "use the process's channel to its parent", names: ["send", "disconnect"] },
];

/** Node's way to its own insides, `spawn_sync` among them, and Deno's; Bun's has no such power. */
const ACTS_OF_NODE: readonly Act[] = [{ action: NATIVE, names: ["binding", "_linkedBinding"] }];

const ACTS_OF_DENO: readonly Act[] = [
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

const ACTS_OF_BUN: readonly Act[] = [
  {
    action: PROCESS,
    names: ["spawn", "spawnSync", "$", "openInEditor", "cron", "Terminal", "WebView"],
  },
  { action: NATIVE, names: ["FFI"] },
  { action: NATIVE, names: ["unsafe"] },
];

const ACTS_OF_MODULES: Readonly<Record<string, readonly Act[]>> = {
  child_process: [
    {
      action: PROCESS,
      names: ["exec", "execFile", "execFileSync", "execSync", "fork", "spawn", "spawnSync"],
    },
    // What other modules start (`cluster`, the test runner) comes by here.
    { action: PROCESS, names: ["spawn"], inside: ["ChildProcess", "prototype"] },
  ],
  worker_threads: [{ action: THREAD, names: ["Worker"] }],
  // Before the other, which it is made of when it loads.
  "inspector/promises": [{ action: DEBUGGER, names: ["Session", "open", "waitForDebugger"] }],
  inspector: [{ action: DEBUGGER, names: ["Session", "open", "waitForDebugger"] }],
  module: [
    { action: LOADER, names: ["register", "registerHooks"] },
    { action: NATIVE, names: [".node"], inside: ["_extensions"] },
  ],
  os: [{ action: "change the priority of the process", names: ["setPriority"] }],
  v8: [{ action: "change the flags of the process", names: ["setFlagsFromString"] }],
  "bun:ffi": [{
    action: NATIVE,
    names: [
      ...["CFunction", "JSCallback", "cc", "dlopen", "linkSymbols", "native"],
      ...["ptr", "read", "toArrayBuffer", "toBuffer", "CString"],
    ],
  }],
  // OpenSSL loads what it is told by this, and by what `closeEngines` closes.
  crypto: [{ action: NATIVE, names: ["setEngine"] }],
  // It takes descriptors, closes them, and raises signals.
  wasi: [{ action: "use WASI", names: ["WASI"] }],
  "bun:jsc": [
    { action: DEBUGGER, names: ["startRemoteDebugger"] },
    { action: "change the time zone of the process", names: ["setTimeZone", "setTimezone"] },
  ],
  "bun:sqlite": [
    { action: NATIVE, names: ["loadExtension"], inside: ["Database", "prototype"] },
    { action: NATIVE, names: ["setCustomSQLite"], inside: ["Database"] },
  ],
};

/** Modules that Deno has loaded before any source runs, so that their named exports are fixed. */
const LOADED_BY_DENO = {
  module: ["register", "registerHooks"],
  os: ["setPriority"],
  process: [
    ...ACTS_OF_PROCESS.flatMap(({ names }) => names),
    ...["env", "exit", "reallyExit", "kill", "_kill", "abort", "umask"],
    ...["on", "addListener", "once", "prependListener", "prependOnceListener"],
    "getBuiltinModule",
  ],
  wasi: ["WASI"],
};
/** What `child_process` is made of on Deno, which source can require too. */
const INSIDE_CHILD_PROCESS = "internal/child_process";
/** What `tls` is made of on Node. */
const ACTS_OF_CRYPTO: readonly Act[] = [{
  action: NATIVE,
  names: ["setEngineKey", "setClientCertEngine"],
  inside: ["SecureContext", "prototype"],
}];
/** Modules that start processes by way of `child_process`. */
const STARTERS: readonly string[] = ["cluster", "repl", "test"];
/** Loaded for this alone, they would cost each interpreter of Node a warning. */
const SQLITE: readonly Act[] = [
  { action: NATIVE, names: ["loadExtension"], inside: ["DatabaseSync", "prototype"] },
];
/** Has all of Deno's insides under Node's names, the class of terminals among them. */
const TEST_BINDING = "internal/test/binding";

/**
 * Takes every way to act on the process away from source, in this thread.
 *
 * @param id Of the interpreter, for the errors.
 * @param exit What a signal that source sends to its own process does instead.
 */
export function isolate(id: number, exit: (code: number) => never): void {
  const refuse: Refuse = (action) =>
    function refused(): never {
      throw new InterpreterError(
        `Cannot ${action}: interpreter ${id} is isolated; create it with { isolated: false }`,
      );
    };
  replaceActs(process, ACTS_OF_PROCESS, refuse);
  exitOnOwnSignal(exit, refuse);
  protectUmask(refuse);
  protectTitle(refuse);
  ignoreSignals();
  closeContexts();
  if (globals.Worker !== undefined) put(globalThis, "Worker", refuse(THREAD));
  if (globals.Deno !== undefined) isolateDeno(globals.Deno, refuse);
  else {
    closeOwnAlone();
    if (globals.Bun !== undefined) {
      replaceActs(globals.Bun, ACTS_OF_BUN, refuse);
      replaceActs(builtin("node:sqlite"), SQLITE, refuse);
    } else {
      closeOpeners(refuse);
      closeTerminals(refuse);
      replaceActs(bindingOf("crypto"), ACTS_OF_CRYPTO, refuse);
      replaceActs(process, ACTS_OF_NODE, refuse);
    }
    for (const name of ownModules()) {
      replaceActs(quietly(() => builtin(name)), ACTS_OF_MODULES[name]!, refuse);
    }
    builtin<{ syncBuiltinESMExports(): void }>("module").syncBuiltinESMExports();
  }
}

/** Loads what `isolate` changes on Bun and Node, in a thread that was told nothing yet. */
export function loadModules(): void {
  for (const name of ownModules()) quietly(() => builtin(name));
}

/** The modules that this runtime has, and that have the power, on Bun and Node. */
function ownModules(): string[] {
  return Object.keys(ACTS_OF_MODULES).filter((name) =>
    globals.Bun === undefined ? !name.startsWith("bun:") : isOfUseOnBun(name)
  );
}

/** Bun's have no such power, and take 5 ms to load (1.4, measured). */
function isOfUseOnBun(name: string): boolean {
  return !name.startsWith("inspector") && !["crypto", "v8", "wasi"].includes(name);
}

function isolateDeno(deno: object & { readonly internal?: symbol }, refuse: Refuse): void {
  replaceActs(deno, ACTS_OF_DENO, refuse);
  closeInside(deno, refuse);
  closeOpeners(refuse);
  closeTerminals(refuse);
  replaceActs(process, ACTS_OF_NODE, refuse);
  const closed = new Set<string>();
  const close = (name: string): void => {
    if (STARTERS.includes(name)) close("child_process");
    const acts = name === "sqlite" ? SQLITE : ACTS_OF_MODULES[name];
    if (acts === undefined || closed.has(name)) return;
    closed.add(name);
    replaceActs(builtin(name), acts, refuse);
    if (name === "child_process") replaceActs(requireInside(INSIDE_CHILD_PROCESS), acts, refuse);
  };
  const isLazy = beforeUse(close, LOADED_BY_DENO);
  // `register` is among the named exports alone.
  put(builtin("module"), "register", refuse(LOADER));
  for (const name of [...Object.keys(LOADED_BY_DENO), "worker_threads"]) close(name);
  if (isLazy) return;
  for (const name of [...Object.keys(ACTS_OF_MODULES), "sqlite"]) {
    if (!name.startsWith("bun:")) close(name);
  }
}

/** The inside of Deno: resources of all kinds, promise hooks, loading of native code. */
export function closeInside(deno: { readonly internal?: symbol }, refuse: Refuse): void {
  if (deno.internal !== undefined) Reflect.deleteProperty(deno, deno.internal);
  const inside = requireInside(TEST_BINDING) as { readonly default: object };
  const action = "use the insides of the runtime";
  for (const object of [inside, inside.default]) {
    replaceActs(object, [{ action, names: ["internalBinding"] }], refuse);
  }
}

/** What only `require` knows, on Deno. */
function requireInside(name: string): object {
  const { createRequire } = builtin<typeof import("node:module")>("module");
  // Any file will do; this one may be at an `https:` URL.
  return createRequire("file:///isolation.js")(name) as object;
}

function replaceActs(target: object, acts: readonly Act[], refuse: Refuse): void {
  for (const { action, names, inside = [] } of acts) {
    let object: unknown = target;
    for (const step of inside) object = (object as Record<string, unknown> | undefined)?.[step];
    if (object === undefined || object === null) continue;
    for (const name of names) {
      if (Reflect.has(object, name)) put(object, name, refuse(action));
    }
  }
}

/** Bun's own properties can be assigned to, but not defined anew. */
function put(target: object, name: string, value: unknown): void {
  const own = Reflect.getOwnPropertyDescriptor(target, name);
  if (own?.configurable === false) {
    Reflect.set(target, name, value);
    return;
  }
  const enumerable = own?.enumerable ?? true;
  Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable });
}
