// Deno: `node:worker_threads`, whose workers really stop when terminated if they
// hold a Web Lock (taken by the guest at boot). Web workers do not: they go on
// burning a core after terminate() (Deno 2.9, measured).

// --- types
import { MessageChannel, Worker } from "node:worker_threads";
import type { Adapter, SpawnOptions, Thread } from "./adapter.ts";
import { isOutOfMemory, resourceLimits } from "./limits.ts";
import { wrapPort } from "./port.ts";

// --- adapter
/** The adapter for Deno. */
export const denoAdapter: Adapter = {
  runtime: "Deno",
  // Deno 2.9 gives the thread a stack of another size but does not tell V8: a smaller one
  // overflows and takes the process along, a larger one is not used (measured).
  capabilities: { memoryLimit: true, stackLimit: false, permissions: true, killsAnywhere: false },
  spawn,
};

// --- threads
function spawn({ entry, name, boot, limits, onEnd }: SpawnOptions): Thread {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(workerUrl(entry), {
    name,
    workerData: { boot, port: port2 },
    transferList: [port2],
    resourceLimits: resourceLimits(limits),
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
  // Deno's terminate() resolves before the thread has stopped: up to 35 ms later, on a busy
  // machine, it still ran. Its end of the wire is closed when it has (2.9, measured).
  const stopped = new Promise<void>((resolve) => port1.on("close", resolve));
  return {
    port: wrapPort(port1, { keepsAlive: false }),
    terminate: () => (terminated ??= worker.terminate().then(() => stopped)),
  };
}

// --- entry
/** Deno's node workers start from `file:` and `data:` only; a `data:` module may import the rest. */
function workerUrl(entry: URL): URL {
  if (entry.protocol === "file:") return entry;
  const text = `import ${JSON.stringify(entry.href)};`;
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`);
}
