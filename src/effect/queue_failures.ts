// How operations on queues fail: the errors of queue_errors.ts, each with its own tag.

import {
  type ItemInterpreterDestroyed,
  NotShareableError,
  type QueueEmptyError,
  QueueError,
  type QueueFullError,
  type QueueNotFoundError,
  type QueueShutDownError,
  ValidationError,
} from "../door.js";
import type { Tagged, TaggedRangeError } from "./failures.ts";

/** There is no queue of that id within reach. */
export type QueueNotFound = Tagged<QueueNotFoundError, "QueueNotFoundError">;

/** How getting can fail. */
export type GetError =
  | QueueNotFound
  | Tagged<QueueError, "QueueError">
  | Tagged<QueueShutDownError, "QueueShutDownError">
  | Tagged<ItemInterpreterDestroyed, "ItemInterpreterDestroyed">
  | Tagged<ValidationError, "ValidationError">;

/** How getting without waiting can fail. */
export type GetNowaitError = GetError | Tagged<QueueEmptyError, "QueueEmptyError">;

/** How putting can fail; a `RangeError` says that the item is too long. */
export type PutError =
  | QueueNotFound
  | TaggedRangeError
  | Tagged<QueueError, "QueueError">
  | Tagged<QueueShutDownError, "QueueShutDownError">
  | Tagged<NotShareableError, "NotShareableError">;

/** How putting without waiting can fail. */
export type PutNowaitError = PutError | Tagged<QueueFullError, "QueueFullError">;

/** Whether getting or shutting down may fail so; anything else is a defect. */
export function isGetError<E extends GetNowaitError>(error: unknown): error is E {
  return error instanceof QueueError || error instanceof ValidationError;
}

/** Whether putting may fail so. */
export function isPutError<E extends PutNowaitError>(error: unknown): error is E {
  return error instanceof QueueError || error instanceof NotShareableError ||
    error instanceof RangeError;
}
