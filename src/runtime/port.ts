// Ports of all runtimes. MessagePorts behave alike on the three as far as they are used here, in the
// web's style (`onmessage`): Deno's have no `removeListener` (Deno 2.9).

import type { MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { Port } from "./adapter.ts";
import { builtin } from "./builtins.ts";
import { globals } from "./globals.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Event, MessageEvent, Object, Reflect, Symbol } = globalThis;
const { apply } = Reflect;

interface ReceivingModule {
  readonly receiveMessageOnPort: typeof receiveMessageOnPort;
}

/** Listens to a port as the web does; Node's types leave it out. */
export function onMessage(port: MessagePort, listener: (event: object) => void): void {
  Reflect.set(port, "onmessage", listener);
}

// As they are now: a getter of source's would be told the port as the event's target.
const getData = Reflect.getOwnPropertyDescriptor(MessageEvent.prototype, "data")?.get;

const getType = Reflect.getOwnPropertyDescriptor(Event.prototype, "type")?.get;

function typeOf(event: object): unknown {
  return getType === undefined ? "message" : apply(getType, event, []);
}

function dataOf(event: object): unknown {
  return getData === undefined ? Reflect.get(event, "data") : apply(getData, event, []);
}

/** Set on a port while Node 20 hands over what arrives. */
const RECEIVING = Symbol.for("nodejs.internal.kCurrentlyReceivingPorts");

/**
 * Makes a port's methods its own. The runtimes call some of them whenever something arrives, and a
 * method that source puts on a prototype would be told the port.
 */
export function pin(port: object): void {
  let prototype = Reflect.getPrototypeOf(port);
  for (; prototype !== null && prototype !== Object.prototype;) {
    for (const key of Reflect.ownKeys(prototype)) {
      const descriptor = Reflect.getOwnPropertyDescriptor(prototype, key);
      if (descriptor === undefined || key === "constructor" || Object.hasOwn(port, key)) continue;
      Object.defineProperty(port, key, descriptor);
    }
    prototype = Reflect.getPrototypeOf(prototype);
  }
  Object.defineProperty(port, RECEIVING, { value: undefined, writable: true });
}

/** By this method Node 20 gives a port what arrives. */
const DISPATCH = Symbol.for("nodejs.internal.kHybridDispatch");

/**
 * Makes a port call its listener directly. The runtimes' own way from a port to its listeners breaks
 * when source breaks arrays or functions. Where a runtime has yet another way, that stays.
 */
function listenDirectly(port: object, listener: (frame: unknown) => void): void {
  const dispatch = (data: unknown, type: unknown) => {
    if (type === "message") listener(data);
  };
  const dispatchEvent = (event: object) => {
    dispatch(dataOf(event), typeOf(event));
    return true;
  };
  if (DISPATCH in port) Object.defineProperty(port, DISPATCH, { value: dispatch });
  if (globals.Deno !== undefined) {
    Object.defineProperty(port, "dispatchEvent", { value: dispatchEvent });
  }
}

/** How a port is used. */
export interface PortOptions {
  /** Whether it keeps its thread alive; the host's ends do not keep the process alive. */
  readonly keepsAlive: boolean;
  /** Called when a frame cannot be sent because source broke what that takes. */
  readonly onBroken?: () => void;
  /** Where the peer listens instead, for word that there is a frame (runtime/deno/wire.ts). */
  readonly knock?: MessagePort | undefined;
}

/** Wraps a MessagePort. */
export function wrapPort(port: MessagePort, options: PortOptions): Port {
  // Taken now: source that runs in this realm may overwrite the prototype later.
  if (options.keepsAlive) pin(port);
  const post = port.postMessage.bind(port);
  const knock = options.knock?.postMessage.bind(options.knock);
  const close = port.close.bind(port);
  const { receiveMessageOnPort: receive } = builtin<ReceivingModule>("worker_threads");
  return {
    post(frame, moved) {
      try {
        if (moved === undefined) post(frame);
        else post(frame, moved);
        knock?.(0);
      } catch (error) {
        // A closed port refuses frames on some runtimes: the peer is gone, and nobody waits for this
        // frame. What cannot be cloned is the caller's mistake.
        if (error instanceof Error && error.name === "DataCloneError") throw error;
        options.onBroken?.();
      }
    },
    take() {
      let received: { readonly message: unknown } | undefined;
      try {
        received = receive(port);
      } catch {
        // Deno 2.9 has taken it off the port, and then cannot list the indexes of 128 MiB and more
        // (measured). Whoever checks a frame ends the sender of one that says nothing.
        return { frame: undefined };
      }
      return received === undefined ? undefined : { frame: received.message };
    },
    listen(listener) {
      onMessage(port, (event) => listener(dataOf(event)));
      if (options.keepsAlive) listenDirectly(port, listener);
      else port.unref();
    },
    close,
  };
}
