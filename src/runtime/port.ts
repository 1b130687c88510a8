// Ports of all runtimes. MessagePorts behave alike on the three as far as they are
// used here, in the web's style (`onmessage`): Deno's have no `removeListener`.

import type { MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { Port } from "./adapter.ts";
import { builtin } from "./builtins.ts";

// Taken now: source may declare names of its own that hide these.
const { Error } = globalThis;

interface ReceivingModule {
  readonly receiveMessageOnPort: typeof receiveMessageOnPort;
}

interface WebPort {
  onmessage: ((event: { readonly data: unknown }) => void) | null;
}

/** Wraps a MessagePort; the host's ends do not keep the process alive. */
export function wrapPort(port: MessagePort, options: { readonly keepsAlive: boolean }): Port {
  // Taken now: source that runs in this realm may overwrite the prototype later.
  const post = port.postMessage.bind(port);
  const close = port.close.bind(port);
  const { receiveMessageOnPort: receive } = builtin<ReceivingModule>("worker_threads");
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
