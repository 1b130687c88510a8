// What a worker of Node tells the runtime in the main thread, on a port of the runtime's own. Node
// believes it (20.20, read and measured). A message that it does not expect throws in its handler, and
// so ends the process; others are printed as output. We know of no way from source to that port
// (stdio/streams.ts, confine/hidden_ports.ts). If source finds one, it reaches this check.

import type { Worker } from "node:worker_threads";
import { isMethod, isObject } from "../guard.ts";

const { Object, Reflect } = globalThis;
const { apply, get } = Reflect;

/** The messages of Node's own bootstrap of a worker that we have use for. */
const KNOWN: readonly unknown[] = ["upAndRunning", "errorMessage", "couldNotSerializeError"];

/** Lets a worker tell the runtime nothing but that it runs, or why it ended. */
export function hearKnownAlone(worker: Worker): void {
  const symbol = Object.getOwnPropertySymbols(Reflect.getPrototypeOf(worker) ?? {})
    .find(({ description }) => description === "kOnMessage");
  const original: unknown = symbol === undefined ? undefined : get<object, symbol>(worker, symbol);
  // A version of Node that does it in another way keeps what it has.
  if (symbol === undefined || !isMethod(original)) return;
  Object.defineProperty(worker, symbol, {
    value(message: unknown): void {
      if (!isObject(message) || !KNOWN.includes(get(message, "type"))) return;
      try {
        apply(original, worker, [message]);
      } catch {
        // Node has not written it. The end of the thread is heard of all the same.
      }
    },
  });
}
