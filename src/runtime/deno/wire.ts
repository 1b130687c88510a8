// The wire to a thread on Deno. Deno's event loop takes what has arrived off a port some time before
// it hands it over. Meanwhile a host that blocks finds it nowhere, nor the memory that was sent with
// an item (Deno 2.9, measured: with three senders that happens to some items in a hundred). So nobody
// listens to the port of the frames: the host empties it by itself. A second port says when: the
// thread knocks there, by a message that says nothing else, after each frame.

import { setTimeout } from "node:timers";
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { Port } from "../adapter.ts";
import { onMessage, wrapPort } from "../port.ts";

/**
 * How long one thread's frames are read at a stretch. To read takes Deno as long as to send: a thread
 * that goes on sending would never let the host come to anything else.
 */
const TURN_MS = 8;

/** A thread's ends of its wire. */
export interface ThreadEnds {
  readonly port: MessagePort;
  /** Where it knocks after each frame. */
  readonly knock: MessagePort;
}

/** A new wire. */
export interface DenoWire {
  readonly ends: ThreadEnds;
  readonly port: Port;
  /**
   * The thread has stopped. Deno's `terminate()` resolves before that: up to 35 ms later, on a
   * busy machine, it still ran. Its ends of the wire are closed when it has (2.9, measured).
   */
  readonly stopped: Promise<void>;
}

/** Makes the wire to one thread. */
export function openWire(): DenoWire {
  const frames = new MessageChannel();
  const knocks = new MessageChannel();
  const port = wrapPort(frames.port1, { keepsAlive: false });
  const door = knocks.port1;
  let isPaused = false;
  // Not what a paused stretch began with: a spare that becomes an interpreter has another listener.
  let hear: (frame: unknown) => void = () => {};
  const empty = () => {
    isPaused = false;
    const deadline = performance.now() + TURN_MS;
    for (let next = port.take(); next !== undefined; next = port.take()) {
      hear(next.frame);
      if (performance.now() < deadline) continue;
      isPaused = true;
      // The rest comes when timers and other threads have had their turn.
      setTimeout(empty, 0).unref();
      return;
    }
  };
  return {
    ends: { port: frames.port2, knock: knocks.port2 },
    stopped: new Promise<void>((resolve) => door.on("close", resolve)),
    port: {
      ...port,
      take() {
        const next = port.take();
        // The frame's knock is taken off too: a host that blocks for long would hoard them. At most
        // one for each frame: a frame that is still there keeps its knock.
        if (next !== undefined) receiveMessageOnPort(door);
        return next;
      },
      listen(listener) {
        hear = listener;
        onMessage(door, () => {
          if (!isPaused) empty();
        });
        door.unref();
      },
      close() {
        port.close();
        door.close();
      },
    },
  };
}
