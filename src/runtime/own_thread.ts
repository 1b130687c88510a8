// The thread's side of `spawn`, for threads of the module's own that run no source; guest/entry.ts does
// this for interpreters. It takes what the adapter hands over.

import type { MessagePort } from "node:worker_threads";
import type { SpareBoot } from "../protocol/frames.ts";
import type { Port } from "./adapter.ts";
import { builtin } from "./builtins.ts";
import { globals } from "./globals.ts";
import { wrapPort } from "./port.ts";
import { takeMessage } from "./started.ts";

interface Message {
  readonly boot: SpareBoot;
  readonly port: MessagePort;
  readonly knock?: MessagePort | undefined;
  readonly texts?: readonly string[] | undefined;
}

/**
 * Calls back, once, with what this thread was started with, its port to the host, and the texts that it
 * was given because there are no files.
 */
export function onceStarted(
  start: (boot: SpareBoot, port: Port, texts: readonly string[]) => void,
): void {
  const begin = ({ boot, port, knock, texts = [] }: Message) =>
    start(boot, wrapPort(port, { keepsAlive: true, knock }), texts);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- guest/entry.ts has put it there
  const message = takeMessage() as Message | undefined;
  if (message !== undefined) {
    begin(message);
    return;
  }
  if (globals.Bun === undefined) {
    begin(builtin<{ readonly workerData: Message }>("node:worker_threads").workerData);
    return;
  }
  globals.onmessage = ({ data }) => {
    globals.onmessage = null;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- bun/adapter.ts posts it
    begin(data as Message);
  };
}
