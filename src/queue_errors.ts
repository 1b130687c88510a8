// The error classes of queues; a file of its own beside errors.ts, for room.

import { ItemInterpreterDestroyed, RuntimeError, tag } from "./errors.ts";

const { Function, Object, Reflect, Symbol } = globalThis;
const isInstance = Function.prototype[Symbol.hasInstance];

/**
 * The base of all queue errors.
 *
 * @see CPython 3.13 `QueueError`.
 */
export class QueueError extends RuntimeError {
  /** The class's name, or that of a class that extends it, for Effect's `catchTag`. */
  declare readonly _tag:
    | "QueueError"
    | "QueueNotFoundError"
    | "QueueEmptyError"
    | "QueueFullError"
    | "QueueShutDownError"
    | "ItemInterpreterDestroyed";
  static {
    tag(this, "QueueError");
  }
}

/**
 * No queue has that id, or none within reach.
 *
 * @see CPython 3.13 `QueueNotFoundError`.
 */
export class QueueNotFoundError extends QueueError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "QueueNotFoundError";
  static {
    tag(this, "QueueNotFoundError");
  }
}

/**
 * The queue had no item, at once or for as long as was waited. Nothing was taken.
 *
 * @see CPython 3.13 `QueueEmpty`; its documentation says `QueueEmptyError`.
 */
export class QueueEmptyError extends QueueError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "QueueEmptyError";
  static {
    tag(this, "QueueEmptyError");
  }
}

/**
 * The queue had no room, at once or for as long as was waited. Nothing was put.
 *
 * @see CPython 3.13 `QueueFull`; its documentation says `QueueFullError`.
 */
export class QueueFullError extends QueueError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "QueueFullError";
  static {
    tag(this, "QueueFullError");
  }
}

/**
 * The queue is shut down: nothing can be put any more, and what was there has been taken or
 * dropped.
 *
 * @see CPython 3.13 `queue.ShutDown`.
 */
export class QueueShutDownError extends QueueError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "QueueShutDownError";
  static {
    tag(this, "QueueShutDownError");
  }
}

/** An `ItemInterpreterDestroyed` that is a `QueueError`. */
export class QueueItemDestroyed extends QueueError {
  /** The class's name, for Effect's `catchTag`. */
  declare readonly _tag: "ItemInterpreterDestroyed";
  static {
    tag(this, "ItemInterpreterDestroyed");
  }
}

// Python's class has two bases for it, JavaScript's have one.
Object.defineProperty(ItemInterpreterDestroyed, Symbol.hasInstance, {
  value(this: unknown, error: unknown): boolean {
    return Reflect.apply(isInstance, this, [error]) ||
      (this === ItemInterpreterDestroyed && error instanceof QueueItemDestroyed);
  },
});
