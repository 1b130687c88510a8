// The acts on the process that source could come to by a module or a global, on all runtimes.
// What one runtime alone has stands in the file of its name. isolation.ts takes all acts from
// an isolated interpreter. sandbox.ts takes those marked `inSandbox`, which permissions do not
// stop. tests/containment/exports/ lists every name that a runtime offers, with a verdict.

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

export const PROCESS = "start a process";
export const THREAD = "start a worker";
export const NATIVE = "load native code";
const LOADER = "change how modules are loaded";
export const DEBUGGER = "use the debugger";
const REPORT = "read a report on the process";
export const INSIDE = "use the insides of the runtime";
const CACHE = "use a code cache";

/** Those of `process`. */
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
  // A report has the variables of the process; the interpreter may have been given none.
  { action: REPORT, names: ["getReport", "writeReport"], inside: ["report"], inSandbox: true },
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

/** Those of the built-in modules that all runtimes have from Node, by the name of the module. */
export const ACTS_OF_MODULES: Readonly<Record<string, readonly Act[]>> = {
  child_process: [
    {
      action: PROCESS,
      names: [
        ...["exec", "execFile", "execFileSync", "execSync", "fork", "spawn", "spawnSync"],
        "_forkChild",
      ],
    },
    // Other modules (`cluster`, the test runner) start processes by this method.
    { action: PROCESS, names: ["spawn"], inside: ["ChildProcess", "prototype"] },
  ],
  worker_threads: [
    { action: THREAD, names: ["Worker"] },
    { action: "post to another thread", names: ["postMessageToThread"] },
  ],
  // Comes before `inspector`: when it loads, it copies what that has.
  "inspector/promises": INSPECTOR,
  inspector: INSPECTOR,
  module: [
    { action: LOADER, names: ["register", "registerHooks"], inSandbox: true },
    { action: NATIVE, names: [".node"], inside: ["_extensions"] },
    // On Bun the cache is of the whole process: the program would run what lies in that folder.
    { action: CACHE, names: ["enableCompileCache"], inSandbox: true },
  ],
  os: [{ action: "change the priority of the process", names: ["setPriority"] }],
  v8: [
    {
      action: "change the flags of the process",
      names: ["setFlagsFromString"],
      inSandbox: true,
    },
    // A snapshot takes many times the limit's memory, and no kill ends it.
    {
      action: "write a heap snapshot when memory runs out",
      names: ["setHeapSnapshotNearHeapLimit"],
      inSandbox: true,
    },
    // The promises of the runtime lead to its insides, to file handles for example.
    { action: "watch the promises of the runtime", names: ["promiseHooks"] },
  ],
  crypto: [
    // OpenSSL loads the library that it is told to (node/isolation.ts closes two more ways).
    { action: NATIVE, names: ["setEngine"] },
    // Node itself refuses it to threads, as it does `fips = true`.
    { action: "change the cryptography of the process", names: ["setFips"] },
  ],
  // WASI takes descriptors, closes them, and raises signals.
  wasi: [{ action: "use WASI", names: ["WASI"], inSandbox: true }],
  sqlite: SQLITE,
};
