// Starts a guest's thread on Deno, in the main interpreter or in a warden.

import { Worker } from "node:worker_threads";
import type { SpawnOptions, ThreadEnd, ThreadUsage } from "../adapter.ts";
import type { ThreadEnds } from "./wire.ts";
import { globals } from "../globals.ts";
import { isOutOfMemory, resourceLimits } from "../limits.ts";
import { usageOf } from "../usage.ts";

/** What a thread is started with. */
export type StartOptions = Pick<SpawnOptions, "name" | "boot" | "limits" | "onEnd"> & {
  /** Its first file. */
  readonly entry: string;
  /** What it evaluates instead of loading files (inlined.ts). */
  readonly texts: readonly string[] | undefined;
  readonly ends: ThreadEnds;
};

/** A thread that has been started. */
interface StartedWorker {
  /** Kills it, and resolves when Deno says that it is dead. */
  readonly kill: () => Promise<void>;
  /** Asks what it uses. */
  readonly usage: () => Promise<ThreadUsage>;
}

/** Starts the thread. The function returned kills it, and resolves when Deno says that it is dead. */
export function startWorker(options: StartOptions): () => Promise<void> {
  return startMeasured(options).kill;
}

/** As `startWorker`, for whoever may ask what the thread uses. */
export function startMeasured(options: StartOptions): StartedWorker {
  const { entry, texts, name, boot, limits, ends, onEnd } = options;
  const url = workerUrl(entry);
  checkReadable(url);
  const worker = new Worker(url, {
    name,
    workerData: { boot, texts, ...ends },
    transferList: [ends.port, ends.knock],
    resourceLimits: resourceLimits(limits),
  });
  let isTerminated = false;
  let error: unknown;
  worker.on("error", (cause: unknown) => {
    error = cause;
  });
  worker.on("exit", () => {
    const end: ThreadEnd = { error, isOutOfMemory: isOutOfMemory(error) };
    if (!isTerminated) onEnd(end);
  });
  worker.unref();
  return {
    kill: async () => {
      isTerminated = true;
      await worker.terminate();
    },
    usage: () => usageOf(worker),
  };
}

/**
 * Makes sure that a thread may read its first file. Deno asks for that in the thread alone if the file is
 * one that the program imports (2.9, measured), and a host that blocks does not hear of a refusal there.
 */
function checkReadable({ protocol, pathname }: URL): void {
  const permissions = globals.Deno?.permissions;
  if (protocol !== "file:" || permissions === undefined) return;
  const read = { name: "read", path: decodeURIComponent(pathname) };
  if (permissions.requestSync(read).state === "granted") return;
  throw new Error(`Requires read access to "${read.path}", run again with the --allow-read flag`);
}

/**
 * The URL that a worker of `node:worker_threads` can start from: on Deno that is `file:` and `data:`
 * only. A `data:` module may import the rest.
 */
function workerUrl(entry: string): URL {
  const url = new URL(entry);
  if (url.protocol === "file:" || url.protocol === "data:") return url;
  const text = `import ${JSON.stringify(entry)};`;
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`);
}
