// Bun: the web `Worker`. It starts in a fifth of the time that Bun's `node:worker_threads` take, and
// its terminate() stops infinite loops (Bun 1.4, measured).

// --- types
import { MessageChannel } from "node:worker_threads";
import { UnsupportedError } from "../../errors.ts";
import type { Adapter, SpawnOptions, Thread } from "../adapter.ts";
import { globals } from "../globals.ts";
import { startOf } from "../inlined.ts";
import { wrapPort } from "../port.ts";
import { usageOf } from "../usage.ts";

// --- adapter
/** The adapter for Bun. */
export const bunAdapter: Adapter = {
  runtime: "Bun",
  capabilities: {
    memoryLimit: false,
    stackLimit: false,
    sandboxSpares: 0,
    killsAnywhere: true,
    exitWaitsForThreads: false,
  },
  enforce() {
    throw new UnsupportedError(
      "Cannot create an interpreter: Bun cannot enforce permissions; leave them out, or use Deno",
    );
  },
  spawn,
};

// --- threads
function spawn({ entry, name, boot, onEnd }: SpawnOptions): Thread {
  const { Worker } = globals;
  if (Worker === undefined) throw new Error("Invariant: Bun has a web Worker");
  const { port1, port2 } = new MessageChannel();
  const { url, texts } = startOf(entry);
  const worker = new Worker(url.href, {
    name,
    // A spare gets its variables later.
    env: "env" in boot ? boot.env : {},
    ref: false,
  });
  worker.postMessage({ boot, port: port2, texts }, [port2]);
  let terminated: Promise<void> | undefined;
  let error: unknown;
  const closed = new Promise<void>((resolve) => {
    worker.addEventListener("close", () => {
      resolve();
      if (terminated === undefined) onEnd({ error });
    });
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    // About a file that is not there Bun gives a text, and no error.
    error = event.error ?? new Error(event.message);
  });
  worker.unref();
  return {
    port: wrapPort(port1, { keepsAlive: false }),
    terminate() {
      if (terminated === undefined) {
        terminated = closed;
        worker.terminate();
      }
      return terminated;
    },
    usage: () => usageOf(worker),
  };
}
