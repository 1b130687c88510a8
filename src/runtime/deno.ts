// Deno: `node:worker_threads`, whose workers really stop when terminated if they
// hold a Web Lock (taken by the guest at boot). Web workers do not: they go on
// burning a core after terminate() (Deno 2.9, measured).

// --- types
import { MessageChannel } from "node:worker_threads";
import type { Adapter, SpawnOptions, Thread } from "./adapter.ts";
import { startWorker } from "./deno_worker.ts";
import { wrapPort } from "./port.ts";
import { wardenOf } from "./warden.ts";

// --- adapter
/** The adapter for Deno. */
export const denoAdapter: Adapter = {
  runtime: "Deno",
  // Deno 2.9 gives the thread a stack of another size but does not tell V8: a smaller one
  // overflows and takes the process along, a larger one is not used (measured).
  // A thread that a worker starts waits half a second for a debugger (read, measured).
  capabilities: { memoryLimit: true, stackLimit: false, sandboxSpares: 2, killsAnywhere: false },
  enforce: (permissions) => void wardenOf(permissions),
  spawn,
};

// --- threads
function spawn(options: SpawnOptions): Thread {
  const { entry, permissions } = options;
  if (permissions !== "inherit") return wardenOf(permissions).spawn(options);
  const { port1, port2 } = new MessageChannel();
  const kill = startWorker({ ...options, entry: entry.href, port: port2 });
  let terminated: Promise<void> | undefined;
  // Deno's terminate() resolves before the thread has stopped: up to 35 ms later, on a busy
  // machine, it still ran. Its end of the wire is closed when it has (2.9, measured).
  const stopped = new Promise<void>((resolve) => port1.on("close", resolve));
  return {
    port: wrapPort(port1, { keepsAlive: false }),
    terminate: () => (terminated ??= kill().then(() => stopped)),
  };
}
