// What a queue tells of itself, and its end. The handle of a queue is this and queue.ts. It
// holds an id; the queue behind it is looked up on first use, through the realm, and kept.

import type { UnboundItems } from "../channel/channel.ts";
import type { Action } from "../channel/names.ts";
import type { SharedQueue } from "../channel/queue.ts";
import { checkId } from "./checks.ts";
import { describeEnd, showAsText } from "./console_text.ts";
import { findQueue, openQueue } from "./ends.ts";
import type { ShutdownOptions } from "./options.ts";
import { checkImmediate } from "./queue_options.ts";

/** The queue behind a handle; throws if there is none, or if it is shut down and empty. */
export let openOf: (handle: QueueState, action: Action) => SharedQueue;

/** As `openOf`; `undefined` if it is shut down and empty. */
export let findOf: (handle: QueueState) => SharedQueue | undefined;

/** What a `Queue` tells of itself. */
export class QueueState {
  readonly #id: number;
  #queue: SharedQueue | undefined;

  static {
    openOf = (handle, action) => handle.#queue ??= openQueue(handle.#id, action);
    findOf = (handle) => handle.#queue ??= findQueue(handle.#id);
    showAsText<QueueState>(this.prototype, (handle) => handle.#describe());
  }

  /**
   * Keeps the id of a queue; see `Queue`.
   *
   * @param id A queue's id.
   */
  constructor(id: number) {
    this.#id = checkId("Cannot make a Queue: id", id);
  }

  /** The queue's id; ids start at 1, only grow, and none is used twice. */
  get id(): number {
    return this.#id;
  }

  /**
   * The most items that the queue may have, as `createQueue` was told; 0 and less: any number.
   *
   * @throws {QueueNotFoundError} There is no queue of that id within reach.
   * @throws {QueueShutDownError} It was shut down and empty before it was used here.
   */
  get maxsize(): number {
    return openOf(this, "use").maxsize;
  }

  /**
   * What becomes of items whose putter's interpreter ends, as `createQueue` was told.
   *
   * @throws {QueueNotFoundError} There is no queue of that id within reach.
   * @throws {QueueShutDownError} It was shut down and empty before it was used here.
   */
  get unboundItems(): UnboundItems {
    return openOf(this, "use").unboundItems;
  }

  /**
   * Tells how many items are in the queue at this moment.
   *
   * @returns Their number; 0 if it is shut down and empty.
   * @throws {QueueNotFoundError} There is no queue of that id within reach.
   * @see PEP 734 `Queue.qsize`.
   *
   * @example Two items
   * ```ts
   * import { createQueue } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const queue = createQueue();
   * queue.putNowait("a");
   * queue.putNowait("b");
   * assert.equal(queue.qsize(), 2);
   * ```
   */
  qsize(): number {
    return findOf(this)?.length ?? 0;
  }

  /**
   * Tells whether no item is in the queue at this moment.
   *
   * @returns Whether `qsize()` is 0.
   * @throws {QueueNotFoundError} There is no queue of that id within reach.
   * @see PEP 734 `Queue.empty`.
   *
   * @example Before and after
   * ```ts
   * import { createQueue } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const queue = createQueue();
   * assert.equal(queue.empty(), true);
   * queue.putNowait("a");
   * assert.equal(queue.empty(), false);
   * ```
   */
  empty(): boolean {
    return this.qsize() === 0;
  }

  /**
   * Tells whether there is no room in the queue at this moment.
   *
   * @returns Whether `maxsize` items are in it; `false` for any number of items.
   * @throws {QueueNotFoundError} There is no queue of that id within reach.
   * @see PEP 734 `Queue.full`.
   *
   * @example Room for one
   * ```ts
   * import { createQueue } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const queue = createQueue({ maxsize: 1 });
   * assert.equal(queue.full(), false);
   * queue.putNowait("a");
   * assert.equal(queue.full(), true);
   * ```
   */
  full(): boolean {
    const queue = findOf(this);
    return queue !== undefined && queue.maxsize > 0 && queue.length >= queue.maxsize;
  }

  /**
   * Shuts the queue down, for everybody: nothing can be put any more, and whoever waits to put
   * is refused. What is in the queue can still be got. Shutting down again is no error.
   *
   * @param options With `immediate` the items are dropped, and whoever waits to get is refused.
   * @throws {TypeError} `immediate` is not a boolean, or there is no option of that name.
   * @throws {QueueNotFoundError} There is no queue of that id within reach.
   * @see CPython 3.13 `queue.Queue.shutdown(immediate=False)`.
   *
   * @example What is there can still be got
   * ```ts
   * import { createQueue, QueueShutDownError } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const queue = createQueue<string>();
   * queue.putNowait("last");
   * queue.shutdown();
   * assert.throws(() => queue.putNowait("more"), QueueShutDownError);
   * assert.equal(queue.getNowait(), "last");
   * assert.throws(() => queue.getNowait(), QueueShutDownError);
   * ```
   */
  shutdown(options?: ShutdownOptions): void {
    const isImmediate = checkImmediate(`Cannot shut down queue ${this.#id}`, options);
    findOf(this)?.shutdown(isImmediate);
  }

  /** Tells whether the other is a handle of the same queue. */
  equals(other: unknown): boolean {
    return typeof other === "object" && other !== null && #id in other && other.#id === this.#id;
  }

  /** Gives the handle as text, as Python prints it: `Queue(3)`. */
  toString(): string {
    return `Queue(${this.#id})`;
  }

  #describe(): string {
    const isClosed = findOf(this)?.isSendClosed ?? true;
    return describeEnd(this, { isClosed, length: this.qsize(), isReleased: false });
  }
}
