// What channels and queues are called, and their errors. A queue lies in memory of the same
// kind. Inside the module both go by their keys, as pools do (codec/handles.ts).

import {
  ChannelClosedError,
  ChannelError,
  ChannelNotFoundError,
  InterpreterError,
  ItemInterpreterDestroyed,
} from "../errors.ts";
import {
  QueueError,
  QueueItemDestroyed,
  QueueNotFoundError,
  QueueShutDownError,
} from "../queue_errors.ts";
import { isPoolKey, isQueueKey, poolId, queueId } from "../codec/handles.ts";

/** What somebody does with a channel. */
export type Action = "send on" | "receive from" | "close" | "use";

const WITH_QUEUE: Readonly<Record<Action, string>> = {
  "send on": "put on",
  "receive from": "get from",
  close: "shut down",
  use: "use",
};

/** What a message calls it: `channel 3`, `queue 3`. */
export function nameOf(key: number): string {
  return isQueueKey(key) ? `queue ${queueId(key)}` : `channel ${key}`;
}

/** How a message begins: `Cannot put on queue 3`. */
export function cannot(action: Action, key: number): string {
  return `Cannot ${isQueueKey(key) ? WITH_QUEUE[action] : action} ${nameOf(key)}`;
}

/** The error of an operation on what is closed; a queue is called shut down. */
export function closedError(key: number, action: Action, why: string = "it is closed"): Error {
  return isQueueKey(key)
    ? new QueueShutDownError(`${cannot(action, key)}: it is shut down`)
    : new ChannelClosedError(`${cannot(action, key)}: ${why}`);
}

/** Whether an error says that nothing more will come. */
export function isClosedError(error: unknown): boolean {
  return error instanceof ChannelClosedError || error instanceof QueueShutDownError;
}

/** The error of what nobody closed and cannot be used any more. */
export function spoiledError(key: number): Error {
  const kind = isQueueKey(key) ? "queue" : "channel";
  const message = `${
    cannot("use", key)
  }: its shared memory is damaged, or an interpreter does not let go of it; make a new ${kind}`;
  return isQueueKey(key) ? new QueueShutDownError(message) : new ChannelClosedError(message);
}

/** The error of a key that nothing within reach has. */
export function notFoundError(key: number): Error {
  if (isQueueKey(key)) return queueNotFound(queueId(key));
  if (isPoolKey(key)) {
    return new InterpreterError(
      `Cannot use pool ${poolId(key)}: this interpreter was not handed a pool of that id`,
    );
  }
  return new ChannelNotFoundError(`${cannot("use", key)}: ${nameOf(key)} not found`);
}

/** The error of a queue that is not within reach. */
export function queueNotFound(id: number): QueueNotFoundError {
  return new QueueNotFoundError(`Cannot use queue ${id}: queue ${id} not found`);
}

/** Any other error of a channel or a queue. */
export function errorOf(key: number, message: string, options?: ErrorOptions): Error {
  return isQueueKey(key) ? new QueueError(message, options) : new ChannelError(message, options);
}

/** The error that takes the place of an item whose sender is gone. */
export function destroyedError(key: number, sender: number): Error {
  const isQueue = isQueueKey(key);
  const message = `${cannot("receive from", key)}: interpreter ${sender}, which ${
    isQueue ? "put" : "sent"
  } the item, is gone; the item is dropped`;
  return isQueue ? new QueueItemDestroyed(message) : new ItemInterpreterDestroyed(message);
}
