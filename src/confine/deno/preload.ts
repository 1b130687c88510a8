// Loads the modules that Deno loads only when they are first asked for, before any source runs.
// Deno 2.9 aborts the whole process if such a module cannot be evaluated to its end. Source has many
// ways to see to that: a getter that loops or throws on an object of another module, the `timeout`
// of `node:vm`, a full heap. A kill at that moment does it too. A module that has been loaded is not
// evaluated again (all measured; tests/containment/loading.test.ts).

import { builtin, process } from "../../runtime/builtins.ts";
import { sealModules, showChanges } from "../../runtime/deno/modules.ts";
import { globals } from "../../runtime/globals.ts";

// Taken now: source may declare names of its own that hide these.
const { Reflect, Set } = globalThis;

interface Modules {
  readonly builtinModules: readonly string[];
  createRequire(url: string): (name: string) => unknown;
}

/** Globals that load a module when they are first read. */
const LAZY_GLOBALS: readonly string[] = [
  "GPU",
  "ImageBitmap",
  "OffscreenCanvas",
  "WebSocket",
  "WebSocketStream",
  "WebTransport",
];
/** The same on `Deno`, where unstable features put them. */
const LAZY_IN_DENO: readonly string[] = ["connectQuic", "upgradeWebTransport"];

/** Modules that others load in the middle of their work, and that only `require` knows. */
const INTERNAL: readonly string[] = ["internal/streams/lazy_transform", "internal/repl"];

/**
 * Modules that come last: they keep what confine/isolation.ts and stdio/writers.ts replace, or load
 * a module that does.
 */
const LAST: ReadonlySet<string> = new Set([
  ...["child_process", "cluster", "repl", "node:test", "node:test/reporters"],
  ...["inspector", "inspector/promises", "worker_threads", "v8", "http2"],
  "internal/repl",
]);

/** Loads what takes longest. */
function warmUp(): void {
  loadObjects((name) => !LAST.has(name), builtin);
  // These calls load modules of their own.
  const { Duplex, Readable } = builtin<typeof import("node:stream")>("stream");
  attempt(() => Readable.from([]).destroy());
  attempt(() => Duplex.from([]).destroy());
}

/** Loads all modules; the named exports of each are from now on what its object has now. */
export async function preload(): Promise<void> {
  const { Deno } = globals;
  if (Deno === undefined) return;
  warmUp();
  // In the way that source takes: on it confine/deno/isolation.ts replaces what it must.
  loadObjects((name) => LAST.has(name), (name) => process.getBuiltinModule(name));
  for (const key of LAZY_GLOBALS) attempt(() => Reflect.get(globalThis, key));
  for (const key of LAZY_IN_DENO) attempt(() => Reflect.get(Deno, key));
  attempt(() => process.stdout);
  // This loads a module that reads the environment, which a sandbox has only now.
  attempt(() => builtin<typeof import("node:path")>("path").matchesGlob("a", "*"));
  for (const name of names(builtin<Modules>("module"))) {
    const url = name.startsWith("node:") ? name : `node:${name}`;
    const exports = await importModule(url);
    if (exports !== undefined) await showChanges(name, exports);
  }
  // Source could call this, and make Deno set `process` up once more.
  Reflect.deleteProperty(globalThis, "nodeBootstrap");
  sealModules();
}

/** The exports of a module; nothing, if this version does not have it or it is not allowed. */
async function importModule(url: string): Promise<object | undefined> {
  try {
    const exports: object = await import(url);
    return exports;
  } catch {
    return undefined;
  }
}

function loadObjects(isMeant: (name: string) => boolean, load: (name: string) => unknown): void {
  const modules = builtin<Modules>("module");
  // Any file will do; this one may be at an `https:` URL.
  const require = modules.createRequire("file:///preload.js");
  for (const name of names(modules)) if (isMeant(name)) attempt(() => load(name));
  for (const name of INTERNAL) if (isMeant(name)) attempt(() => require(name));
}

/** `inspector/promises` comes first: it copies what isolation takes from `inspector`. */
function names({ builtinModules }: Modules): readonly string[] {
  return ["inspector/promises", ...builtinModules];
}

/** What is not there in this version, or not allowed, source cannot load either. */
function attempt(load: () => unknown): void {
  try {
    load();
  } catch {
    // As above.
  }
}
