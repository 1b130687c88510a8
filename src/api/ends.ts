// The channel behind a handle, and waits on it as Effects need them: begun at once, with a
// way to withdraw them and to return an item that came too late.

import type { Channel, Received } from "../channel/channel.ts";
import { type Action, closedError, queueNotFound } from "../channel/names.ts";
import { SharedQueue } from "../channel/queue.ts";
import { queueKey } from "../codec/handles.ts";
import { ChannelEmptyError } from "../errors.ts";
import { realm, type Start } from "./realm.ts";
import { validatorOf } from "./valid_items.ts";
import type { Validator } from "./validation.ts";

/** A receiving end without its handle. */
export interface ReceivingEnd {
  readonly start: Start<Received>;
  /** Returns an item that nobody has seen: it is the next that this interpreter receives. */
  readonly putBack: (received: Received) => void;
  /** What the items must fit, if the handle has a schema. */
  readonly validator: Validator<unknown> | undefined;
}

/** The channel of that id; throws if there is none, or if it is closed. */
export function openEnd(id: number, action: "send on" | "receive from"): Channel {
  const channel = realm().openChannel(id);
  if (channel !== undefined) return channel;
  throw closedError(id, action);
}

/** Keys of larger ids are not exact. */
const LARGEST_ID = 2 ** 31;

/** The queue of that id; `undefined` if it is shut down and empty; throws if there is none. */
export function findQueue(id: number): SharedQueue | undefined {
  if (id > LARGEST_ID) throw queueNotFound(id);
  const found = realm().openChannel(queueKey(id));
  return found instanceof SharedQueue ? found : undefined;
}

/** The queue of that id; throws if there is none, or if it is shut down and empty. */
export function openQueue(id: number, action: Action): SharedQueue {
  const queue = findQueue(id);
  if (queue === undefined) throw closedError(queueKey(id), action);
  return queue;
}

/** The error of a receive that nothing arrived for in time. */
export function emptyError(id: number, timeoutMs: number): ChannelEmptyError {
  return new ChannelEmptyError(
    `Cannot receive from channel ${id}: nothing arrived within ${timeoutMs} ms`,
  );
}

/** Begins to wait for an item, which comes with its place. */
export function receiveFrom(channel: Channel): Start<Received> {
  return (settle) =>
    channel.startRecv({
      resolve: (item, place) => settle.resolve({ item, place }),
      reject: (error) => settle.reject(error),
    });
}

/** The receiving end of a handle, whose channel is looked up when a wait begins. */
export function receivingEnd(end: { readonly id: number }): ReceivingEnd {
  const { id } = end;
  let channel: Channel | undefined;
  return {
    start: (settle) => receiveFrom(channel ??= openEnd(id, "receive from"))(settle),
    putBack: (received) => channel?.putBack(received),
    validator: validatorOf(end),
  };
}

/** Sends a value on the channel of that id. */
export function sendingTo(id: number, value: unknown): Start<void> {
  return (settle) => openEnd(id, "send on").startSend(value, settle);
}
