// The thread's side of `spawn`, for threads of the module's own that run no source: what
// guest/entry.ts does for interpreters. It takes what the adapter hands over, and on Deno
// holds the lock that makes the thread killable in the middle of a loop.

import type { MessagePort } from "node:worker_threads";
import type { SpareBoot } from "../protocol/frames.ts";
import type { Port } from "./adapter.ts";
import { builtin } from "./builtins.ts";
import { globals } from "./globals.ts";
import { wrapPort } from "./port.ts";

interface Message {
  readonly boot: SpareBoot;
  readonly port: MessagePort;
  readonly knock?: MessagePort | undefined;
}

interface BunScope {
  onmessage: ((event: { readonly data: Message }) => void) | null;
}

/** Calls back, once, with what this thread was started with and its port to the host. */
export function onceStarted(start: (boot: SpareBoot, port: Port) => void): void {
  const begin = ({ boot, port, knock }: Message) =>
    whenKillable(
      boot.lockName,
      () => start(boot, wrapPort(port, { keepsAlive: true, knock })),
    );
  if (globals.Bun === undefined) {
    const { workerData } = builtin<typeof import("node:worker_threads")>("node:worker_threads");
    begin(workerData as Message);
    return;
  }
  const scope = globalThis as unknown as BunScope;
  scope.onmessage = ({ data }) => {
    scope.onmessage = null;
    begin(data);
  };
}

function whenKillable(lockName: string, start: () => void): void {
  const locks = globals.Deno === undefined ? undefined : globals.navigator?.locks;
  if (locks === undefined) {
    start();
    return;
  }
  void locks.request(lockName, () => {
    // Code that runs in the turn of this callback could not be killed (Deno 2.9, measured).
    setTimeout(start, 0);
    return new Promise(() => {});
  });
}
