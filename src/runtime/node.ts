// Node: `node:worker_threads`.

// --- types
import { createRequire } from "node:module";
import { MessageChannel, Worker } from "node:worker_threads";
import type { Adapter, SpawnOptions, Thread } from "./adapter.ts";
import { loadBy } from "./builtins.ts";
import { isOutOfMemory, resourceLimits } from "./limits.ts";
import { enforceNodePermissions, nodeFlags } from "./node_permissions.ts";
import { wrapPort } from "./port.ts";

// --- adapter
// For Node before 20.16; a guest there gets it from its entry.
loadBy(createRequire(import.meta.url));

/** The adapter for Node. */
export const nodeAdapter: Adapter = {
  runtime: "Node",
  capabilities: { memoryLimit: true, stackLimit: true, sandboxSpares: 0, killsAnywhere: true },
  enforce: enforceNodePermissions,
  spawn,
};

// --- threads
function spawn({ entry, name, boot, limits, permissions, onEnd }: SpawnOptions): Thread {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(entry, {
    name,
    workerData: { boot, port: port2 },
    transferList: [port2],
    resourceLimits: resourceLimits(limits),
    // A spare gets its own later.
    env: "env" in boot ? boot.env : {},
    // Without this a worker inherits the parent's `--import` and friends.
    execArgv: nodeFlags(permissions),
  });
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
    terminate: () => (terminated ??= worker.terminate().then(() => {})),
  };
}
