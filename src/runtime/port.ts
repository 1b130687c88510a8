// Ports of all runtimes, and the guest's side of the wire: how a thread that has
// just started gets its boot record and its port. MessagePorts behave alike on
// the three runtimes as far as they are used here, in the web's style
// (`onmessage`): Deno's have no `removeListener`.

import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { Boot } from "../protocol/frames.ts";
import type { Port } from "./adapter.ts";
import { globals } from "./globals.ts";

/** What the parent hands to the entry. */
export interface BootMessage {
  readonly boot: Boot;
  readonly port: MessagePort;
}

interface WebPort {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
}

/** Wraps a MessagePort; the host's ends do not keep the process alive. */
export function wrapPort(port: MessagePort, options: { readonly keepsAlive: boolean }): Port {
  // Taken now: source that runs in this realm may overwrite the prototype later.
  const post = port.postMessage.bind(port);
  const close = port.close.bind(port);
  const receive = receiveMessageOnPort;
  return {
    post(frame) {
      try {
        post(frame);
      } catch (error) {
        // A closed port refuses frames on some runtimes; the peer is gone, nobody
        // waits for this frame. What cannot be cloned is the caller's mistake.
        if (error instanceof Error && error.name === "DataCloneError") throw error;
      }
    },
    take() {
      const received: { readonly message: unknown } | undefined = receive(port);
      return received === undefined ? undefined : { frame: received.message };
    },
    listen(listener) {
      (port as unknown as WebPort).onmessage = (event) => listener(event.data);
      if (!options.keepsAlive) port.unref();
    },
    close,
  };
}

/**
 * Calls back with what the parent handed over, when source may run in this
 * thread: on Deno the thread holds its lock by then, and has for a whole turn.
 */
export function receiveBoot(start: (message: BootMessage) => void): void {
  if (globals.Bun !== undefined) {
    const scope = globalThis as unknown as WebPort;
    scope.onmessage = (event) => {
      scope.onmessage = null;
      start(event.data as BootMessage);
    };
    return;
  }
  const { boot, port } = workerData as BootMessage;
  // Source can read workerData; the wire is not for it.
  for (const key of Object.keys(workerData as object)) Reflect.deleteProperty(workerData, key);
  const locks = globals.Deno === undefined ? undefined : globals.navigator?.locks;
  if (locks === undefined) {
    start({ boot, port });
    return;
  }
  void locks.request(boot.lockName, () => {
    // Code that runs in the turn of this callback could not be killed (Deno 2.9, measured).
    setTimeout(() => start({ boot, port }), 0);
    return new Promise(() => {});
  });
}
