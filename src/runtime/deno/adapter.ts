// Deno: `node:worker_threads`. A worker really stops when terminated if it holds a Web Lock, which the
// guest takes at boot. Web workers do not stop: they go on using a core after terminate() (Deno 2.9,
// measured; denoland/deno#35657).

// --- types
import type { Adapter, SpawnOptions, Thread } from "../adapter.ts";
import { startOf } from "../inlined.ts";
import { openWire } from "./wire.ts";
import { startMeasured } from "./worker.ts";
import { hasLost, wardenOf } from "./warden.ts";

// --- adapter
/** The adapter for Deno. */
export const denoAdapter: Adapter = {
  runtime: "Deno",
  // Deno 2.9 gives the thread a stack of another size but does not tell V8: a smaller one
  // overflows and takes the process along, a larger one is not used (measured).
  // A thread that a worker starts waits half a second for a debugger (read, measured).
  capabilities: {
    memoryLimit: true,
    stackLimit: false,
    sandboxSpares: 2,
    killsAnywhere: false,
    exitWaitsForThreads: false,
  },
  enforce: (permissions) => void wardenOf(permissions),
  hasLost,
  spawn,
};

// --- threads
function spawn(options: SpawnOptions): Thread {
  const { entry, permissions } = options;
  if (permissions !== "inherit") return wardenOf(permissions).spawn(options);
  const { url, texts } = startOf(entry);
  const { port, ends, stopped } = openWire();
  const { kill, usage } = startMeasured({ ...options, entry: url.href, texts, ends });
  let terminated: Promise<void> | undefined;
  return {
    port,
    terminate: () => (terminated ??= kill().then(() => stopped)),
    usage,
  };
}
