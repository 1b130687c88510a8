// The first file of every interpreter's thread, as entry.js, which `node .ci/guest.mjs` makes
// of it. It says "ready" as soon as the runtime can start a thread; the rest of the guest
// (main.ts, as bundle.js) loads after that, before any frame is read.
//
// It imports nothing, and so does by itself what otherwise only runtime/ and channel/
// may: each further file would take a thread on Bun 1.4 a fifth longer to start, and
// `node:worker_threads` there four times as long (measured). It exports nothing, because
// source can import it.

// oxlint-disable typescript/no-unsafe-type-assertion -- The adapter alone sends what comes here, before any source runs.

import type { MessagePort } from "node:worker_threads";
import type { Boot, SpareBoot } from "../protocol/frames.ts";

/** What the adapter hands to the entry: what an interpreter begins with, or a spare. */
export interface EntryMessage {
  readonly boot: Boot | SpareBoot;
  readonly port: MessagePort;
  /** Where the host has to be told that there is a frame. */
  readonly knock?: MessagePort | undefined;
  /** Where the module's files are not at hand: what is evaluated instead of bundle.js, first. */
  readonly texts?: readonly string[] | undefined;
}

interface BuiltinModules {
  (name: "node:worker_threads"): { readonly workerData: unknown };
  (name: "node:vm"): typeof import("node:vm");
}

interface Scope {
  readonly Bun?: unknown;
  readonly process?: {
    readonly getBuiltinModule?: BuiltinModules;
  };
  onmessage: ((event: { readonly data: unknown }) => void) | null;
}

const scope = globalThis as unknown as Scope;
/** Where the rest looks for the message (main.ts). */
const MESSAGE = "subinterpreters·message";

if (scope.Bun === undefined) {
  const get = scope.process?.getBuiltinModule;
  if (get !== undefined) begin(get("node:worker_threads"));
  else void import("node:module").then(beginOnOldNode);
} else {
  scope.onmessage = (event) => {
    scope.onmessage = null;
    const message = event.data as EntryMessage;
    if ("id" in message.boot) sayReady(message);
    loadRest(message);
  };
}

/** Node before 20.16 has no `getBuiltinModule`; runtime/builtins.ts asks for it. */
function beginOnOldNode(
  { createRequire, isBuiltin }: Pick<typeof import("node:module"), "createRequire" | "isBuiltin">,
): void {
  // Only built-in modules are asked for; a `data:` URL may not ask.
  const require = createRequire(process.execPath) as (name: string) => { workerData: unknown };
  const getBuiltinModule = (name: string) => isBuiltin(name) ? require(name) : undefined;
  // oxlint-disable-next-line typescript/no-non-null-assertion -- Every Node has it.
  Object.assign(scope.process!, { getBuiltinModule });
  begin(require("node:worker_threads"));
}

function begin({ workerData }: { readonly workerData: unknown }): void {
  const message = { ...workerData as EntryMessage };
  // Source can read workerData; the wire is not for it.
  for (const key of Object.keys(message)) Reflect.deleteProperty(workerData as object, key);
  if ("id" in message.boot) sayReady(message);
  loadRest(message);
}

function sayReady({ boot, port, knock }: EntryMessage): void {
  // Frames that come in from now on wait in the port until the guest listens.
  port.postMessage({ type: "ready" });
  knock?.postMessage(0);
  // As `ringHost` does (channel/wake/host_bell.ts): a host in createSync() sleeps.
  const bell = new Int32Array(boot.hostBell);
  Atomics.add(bell, 0, 1);
  if (Atomics.load(bell, 1) !== 0) Atomics.notify(bell, 0);
}

/**
 * The rest finds its message on the global object and takes it away before any source runs.
 * An export could be imported by source as well, which could then be told of a port.
 * A failure to load surfaces as the thread's own error, which the adapter reports.
 */
function loadRest(message: EntryMessage): void {
  Object.defineProperty(globalThis, MESSAGE, { value: message, configurable: true });
  const text = message.texts?.[0];
  if (text === undefined) void import("./bundle.js");
  else evaluate(text);
}

/** As runtime/text.ts does. */
function evaluate(text: string): void {
  // oxlint-disable-next-line typescript/no-non-null-assertion -- Every runtime has it by now.
  const builtin = scope.process!.getBuiltinModule!;
  const { constants, Script } = builtin("node:vm");
  const here = {
    url: "subinterpreters:///src/guest/bundle.js",
    resolve: (specifier: string) => import.meta.resolve(specifier),
  };
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  new Script(text, { filename: here.url, importModuleDynamically })
    .runInThisContext()(builtin, here, { exports: {} });
}
