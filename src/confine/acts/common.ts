// The acts on the process that source could come to by a module or a global of the runtime.
// isolation.ts takes all of them from an isolated interpreter, sandbox.ts those that are
// marked for sandboxes from any that has permissions: permissions do not stop these.
// tests/containment/exports/ has every name that a runtime offers, and what was thought of it.

/** Names that are replaced, and what the error says that they would do. */
export interface Act {
  readonly action: string;
  readonly names: readonly string[];
  /** Where the names are, if not on the object itself. */
  readonly inside?: readonly string[];
  /** They are methods of some class that the module exports. */
  readonly ofClasses?: true;
  /** Closed to a sandbox too, isolated or not. */
  readonly inSandbox?: true;
}

const PROCESS = "start a process";
export const THREAD = "start a worker";
const NATIVE = "load native code";
const LOADER = "change how modules are loaded";
const DEBUGGER = "use the debugger";
const REPORT = "read a report on the process";
const INSIDE = "use the insides of the runtime";
const CACHE = "use a code cache";

export const ACTS_OF_PROCESS: readonly Act[] = [
  { action: "change the working directory", names: ["chdir"] },
  { action: NATIVE, names: ["dlopen"] },
  {
    action: "change who the process is",
    names: ["setuid", "setgid", "seteuid", "setegid", "setgroups", "initgroups"],
  },
  { action: "replace the process", names: ["execve"] },
  { action: DEBUGGER, names: ["_debugProcess", "_debugEnd"], inSandbox: true },
  { action: "use the process's channel to its parent", names: ["send", "disconnect"] },
  // It has the variables of the process, which the interpreter may have been given none of.
  { action: REPORT, names: ["getReport", "writeReport"], inside: ["report"], inSandbox: true },
];

/** The insides of Node, `spawn_sync` among them, and of Deno; for Bun's see signals.ts. */
export const ACTS_OF_BINDINGS: readonly Act[] = [{
  action: NATIVE,
  names: ["binding", "_linkedBinding"],
}];

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

export const ACTS_OF_BUN: readonly Act[] = [
  // `WebView` cannot be replaced; it starts a browser in the main thread alone (1.4, measured).
  { action: PROCESS, names: ["spawn", "spawnSync", "$", "openInEditor", "cron", "Terminal"] },
  { action: NATIVE, names: ["FFI", "unsafe"] },
  // Reading what has been cut off a mapped file since ends the process.
  { action: "map a file into memory", names: ["mmap"] },
];

const SQLITE: readonly Act[] = [
  { action: NATIVE, names: ["loadExtension", "enableLoadExtension"], ofClasses: true },
];

const INSPECTOR: readonly Act[] = [
  {
    action: DEBUGGER,
    names: ["connect", "connectToMainThread", "post"],
    inside: ["Session", "prototype"],
    inSandbox: true,
  },
  {
    action: DEBUGGER,
    names: ["Session", "open", "close", "url", "waitForDebugger"],
    inSandbox: true,
  },
];

export const ACTS_OF_MODULES: Readonly<Record<string, readonly Act[]>> = {
  child_process: [
    {
      action: PROCESS,
      names: [
        ...["exec", "execFile", "execFileSync", "execSync", "fork", "spawn", "spawnSync"],
        "_forkChild",
      ],
    },
    // What other modules start (`cluster`, the test runner) comes by here.
    { action: PROCESS, names: ["spawn"], inside: ["ChildProcess", "prototype"] },
  ],
  worker_threads: [
    { action: THREAD, names: ["Worker"] },
    { action: "post to another thread", names: ["postMessageToThread"] },
  ],
  // Before the other, which it is made of when it loads.
  "inspector/promises": INSPECTOR,
  inspector: INSPECTOR,
  module: [
    { action: LOADER, names: ["register", "registerHooks"], inSandbox: true },
    { action: NATIVE, names: [".node"], inside: ["_extensions"] },
    // On Bun for the whole process: the program itself would run what lies in that folder.
    { action: CACHE, names: ["enableCompileCache"], inSandbox: true },
  ],
  os: [{ action: "change the priority of the process", names: ["setPriority"] }],
  v8: [
    {
      action: "change the flags of the process",
      names: ["setFlagsFromString"],
      inSandbox: true,
    },
    // It takes many times the limit's memory, and no kill ends it.
    {
      action: "write a heap snapshot when memory runs out",
      names: ["setHeapSnapshotNearHeapLimit"],
      inSandbox: true,
    },
    // The runtime's own promises have its insides, file handles for example.
    { action: "watch the promises of the runtime", names: ["promiseHooks"] },
  ],
  "bun:ffi": [{
    action: NATIVE,
    names: [
      ...["CFunction", "JSCallback", "cc", "dlopen", "linkSymbols", "native"],
      ...["ptr", "read", "toArrayBuffer", "toBuffer", "CString", "viewSource"],
    ],
  }],
  crypto: [
    // OpenSSL loads what it is told by this, and by what `closeEngines` closes.
    { action: NATIVE, names: ["setEngine"] },
    // Node refuses it to threads by itself, and `fips = true` too.
    { action: "change the cryptography of the process", names: ["setFips"] },
  ],
  // It takes descriptors, closes them, and raises signals.
  wasi: [{ action: "use WASI", names: ["WASI"], inSandbox: true }],
  sqlite: SQLITE,
  "bun:jsc": [
    { action: DEBUGGER, names: ["startRemoteDebugger"] },
    { action: INSIDE, names: ["getProtectedObjects"] },
    { action: "change the time zone of the process", names: ["setTimeZone", "setTimezone"] },
  ],
  "bun:sqlite": [
    // The second takes addresses of memory.
    { action: NATIVE, names: ["loadExtension", "fileControl"], ofClasses: true },
    { action: NATIVE, names: ["setCustomSQLite"], inside: ["Database"] },
  ],
};

/** What `child_process` is made of on Node: each `ChildProcess` has one. */
export const ACTS_OF_PROCESSES: readonly Act[] = [{
  action: PROCESS,
  names: ["spawn", "kill"],
  inside: ["Process", "prototype"],
}];

/** What `tls` is made of on Node. */
export const ACTS_OF_CRYPTO: readonly Act[] = [{
  action: NATIVE,
  names: ["setEngineKey", "setClientCertEngine"],
  inside: ["SecureContext", "prototype"],
}];

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
