// What a worker of Node tells the runtime in the main thread, on a port of the runtime's own.
// Node believes it: one message that it does not expect throws in its handler, and so ends
// the process; others are printed as output (20.20, read and measured). Source has no way to
// that port that we know of (stdio/streams.ts, confine/hidden_ports.ts); if it finds one, it reaches this.

import type { Worker } from "node:worker_threads";

const { Object, Reflect } = globalThis;
const { apply } = Reflect;

type Handler = (this: unknown, message: unknown) => unknown;

/** What Node's own bootstrap of a worker posts, and we have use for. */
const KNOWN: readonly unknown[] = ["upAndRunning", "errorMessage", "couldNotSerializeError"];

/** Lets a worker tell the runtime nothing but that it runs, or why it ended. */
export function hearKnownAlone(worker: Worker): void {
  const prototype = Object.getPrototypeOf(worker) as Record<symbol, Handler | undefined>;
  const symbol = Object.getOwnPropertySymbols(prototype)
    .find(({ description }) => description === "kOnMessage");
  const original = symbol === undefined ? undefined : prototype[symbol];
  // A version that does it in another way keeps what it has.
  if (symbol === undefined || original === undefined) return;
  Object.defineProperty(worker, symbol, {
    value(message: unknown): void {
      if (!KNOWN.includes((message as { readonly type?: unknown } | null)?.type)) return;
      try {
        apply(original, worker, [message]);
      } catch {
        // Not written by Node: the thread's end is heard of all the same.
      }
    },
  });
}
