// What makes a channel or a queue in one realm: its core, and a line for each way to wait.

import { isQueueKey } from "../codec/handles.ts";
import { Core } from "./core.ts";
import { ID } from "./memory/layout.ts";
import { Putting } from "./put.ts";
import { QueueCore } from "./queue_core.ts";
import { Receiving } from "./recv.ts";
import { Sending } from "./send.ts";

// Taken now: source may declare names of its own that hide these.
const { Int32Array } = globalThis;

/** What makes a channel; only operations have it, by way of the gate. */
export interface Parts {
  readonly core: Core;
  readonly sending: Sending;
  readonly receiving: Receiving;
  /** Of a queue. */
  readonly putting: Putting | undefined;
}

/** The key of the channel or queue in that memory. */
export function keyIn(buffer: SharedArrayBuffer): number {
  return new Int32Array(buffer, 0, ID + 1)[ID]!;
}

/**
 * Makes the parts of the channel or queue in that memory.
 *
 * @param onRing Called when it may be time to `pump` a part.
 */
export function makeParts(
  buffer: SharedArrayBuffer,
  me: number,
  onRing: (part: "sending" | "receiving" | "putting") => void,
): Parts {
  const queue = isQueueKey(keyIn(buffer)) ? new QueueCore(buffer, me) : undefined;
  const core = queue ?? new Core(buffer, me);
  const sending = new Sending(core, () => onRing("sending"));
  const receiving = new Receiving(core, () => onRing("receiving"));
  core.watch({ onReceivable: () => receiving.pump(), onReceived: () => sending.pump() });
  const putting = queue && new Putting(queue, () => onRing("putting"));
  queue?.watchRoom(() => putting?.pump());
  return { core, sending, receiving, putting };
}
