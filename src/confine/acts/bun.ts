// The acts that Bun alone offers, and its built-in modules with such acts.

import { type Act, ACTS_OF_MODULES, DEBUGGER, INSIDE, NATIVE, PROCESS } from "./common.ts";

// Taken now: source may declare names of its own that hide these.
const { Object } = globalThis;

/** Those of `Bun`. */
export const ACTS_OF_BUN: readonly Act[] = [
  // `WebView` cannot be replaced, but starts a browser in the main thread alone (Bun 1.4, measured).
  { action: PROCESS, names: ["spawn", "spawnSync", "$", "openInEditor", "cron", "Terminal"] },
  { action: NATIVE, names: ["FFI", "unsafe"] },
  // Whoever reads a part of a mapped file that has been cut off since ends the process.
  { action: "map a file into memory", names: ["mmap"] },
];

/** Modules that have no such power in a worker, and take 5 ms to load (Bun 1.4, measured). */
const HARMLESS = ["inspector", "inspector/promises", "crypto", "v8", "wasi"];

/** Those of the built-in modules, by the name of the module. */
export const MODULES_OF_BUN: Readonly<Record<string, readonly Act[]>> = {
  ...Object.fromEntries(
    Object.entries(ACTS_OF_MODULES).filter(([name]) => !HARMLESS.includes(name)),
  ),
  "bun:ffi": [{
    action: NATIVE,
    names: [
      ...["CFunction", "JSCallback", "cc", "dlopen", "linkSymbols", "native"],
      ...["ptr", "read", "toArrayBuffer", "toBuffer", "CString", "viewSource"],
    ],
  }],
  "bun:jsc": [
    { action: DEBUGGER, names: ["startRemoteDebugger"] },
    { action: INSIDE, names: ["getProtectedObjects"] },
    { action: "change the time zone of the process", names: ["setTimeZone", "setTimezone"] },
  ],
  "bun:sqlite": [
    // `fileControl` takes addresses of memory.
    { action: NATIVE, names: ["loadExtension", "fileControl"], ofClasses: true },
    { action: NATIVE, names: ["setCustomSQLite"], inside: ["Database"] },
  ],
};
