// Waits on queues as Effects need them; see ends.ts.

import type { UnboundItems } from "../channel/channel.ts";
import type { SharedQueue } from "../channel/queue.ts";
import { openQueue, receiveFrom, type ReceivingEnd } from "./ends.ts";
import { validatorOfQueue } from "./queue_schemas.ts";
import type { Start } from "./realm.ts";

/** The getting end of a queue, which is looked up when a wait begins. */
export function gettingEnd(id: number): ReceivingEnd {
  let queue: SharedQueue | undefined;
  return {
    start: (settle) => receiveFrom(queue ??= openQueue(id, "receive from"))(settle),
    putBack: (received) => queue?.putBack(received),
    validator: validatorOfQueue(id),
  };
}

/** Puts a value on the queue of that id. */
export function puttingTo(
  id: number,
  value: unknown,
  choice: UnboundItems | undefined,
): Start<void> {
  return (settle) => {
    const queue = openQueue(id, "send on");
    const waiting = queue.beginPut(value, choice);
    if (waiting !== undefined) return queue.startPut(waiting, settle);
    settle.resolve();
    return () => false;
  };
}
