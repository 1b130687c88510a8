// Node: `node:worker_threads`. A TypeScript entry, the compiler's in a checkout, starts through a stub
// that registers tsx.

// --- types
import { createRequire } from "node:module";
import process from "node:process";
import { MessageChannel, Worker, type WorkerOptions } from "node:worker_threads";
import type { Adapter, SpawnOptions, Thread } from "../adapter.ts";
import { loadBy } from "../builtins.ts";
import { globals } from "../globals.ts";
import { startOf } from "../inlined.ts";
import { isOutOfMemory, resourceLimits } from "../limits.ts";
import { threadFlags } from "./flags.ts";
import { enforceNodePermissions } from "./permissions.ts";
import { hearKnownAlone } from "./parent_port.ts";
import { ownFileOnDisk } from "../own_files.ts";
import { wrapPort } from "../port.ts";
import { usageOf } from "../usage.ts";

// --- adapter
// For Node before 20.16; a guest has another way from its entry. Deno loads this file too, from an
// `https:` URL.
if (globals.Deno === undefined) loadBy(createRequire(ownFileOnDisk() ?? process.execPath));

/** The adapter for Node. */
export const nodeAdapter: Adapter = {
  runtime: "Node",
  capabilities: {
    memoryLimit: true,
    stackLimit: true,
    sandboxSpares: 0,
    killsAnywhere: true,
    exitWaitsForThreads: true,
  },
  enforce: enforceNodePermissions,
  spawn,
};

// --- threads
function spawn({ entry, name, boot, limits, permissions, onEnd }: SpawnOptions): Thread {
  const { port1, port2 } = new MessageChannel();
  const { url, texts } = startOf(entry);
  const worker = startWorker(url, {
    name,
    workerData: { boot, port: port2, texts },
    transferList: [port2],
    resourceLimits: resourceLimits(limits),
    // A spare gets its variables later.
    env: "env" in boot ? atStart(boot.env) : {},
    // Otherwise Node reads output from the thread's streams, which are not Node's (stdio/streams.ts).
    stdout: true,
    stderr: true,
    execArgv: threadFlags(permissions),
  });
  hearKnownAlone(worker);
  let terminated: Promise<void> | undefined;
  let error: unknown;
  worker.on("error", (cause: unknown) => {
    error = cause;
  });
  worker.on("exit", () => {
    if (terminated === undefined) onEnd({ error, isOutOfMemory: isOutOfMemory(error) });
  });
  worker.unref();
  return {
    port: wrapPort(port1, { keepsAlive: false }),
    terminate() {
      if (terminated === undefined) {
        terminated = worker.terminate().then(() => {});
        // terminate() has made the process wait for the thread, which may never end.
        worker.unref();
      }
      return terminated;
    },
    usage: () => usageOf(worker),
  };
}

/**
 * The variables that a thread starts with. Node obeys some of them at once: `NODE_OPTIONS=--require`
 * runs a file to which nothing has been closed yet. So only the program's own come that early, and the
 * guest sets the others.
 */
function atStart(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) =>
      !/^NODE_/i.test(name) || process.env[name] === value
    ),
  );
}

// --- entry
/** Apart from its use: bundlers look for whatever stands there. */
const TSX = "tsx/esm/api";

/** Starts a worker. Node 20 cannot start one from a `.ts` file: a stub registers tsx and imports it. */
function startWorker(entry: URL, options: WorkerOptions): Worker {
  if (!entry.pathname.endsWith(".ts")) return new Worker(entry, options);
  const tsx = import.meta.resolve(TSX);
  const stub = `import(${JSON.stringify(tsx)}).then(({ register }) => {
    register();
    return import(${JSON.stringify(entry.href)});
  });`;
  return new Worker(stub, { ...options, eval: true });
}
