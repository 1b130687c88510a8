// The handle of a queue: putting and getting. The rest of it is in queue_state.ts.

import { NOTHING } from "../channel/channel.ts";
import { HANDLE, QUEUE, setHandleFactory } from "../codec/handles.ts";
import { QueueEmptyError, QueueFullError } from "../queue_errors.ts";
import { atCaller, callerHere } from "./caller.ts";
import { refuseSignal } from "./checks.ts";
import { HandleTable } from "./handle_table.ts";
import { Items } from "./items.ts";
import type {
  GetOptions,
  GetSyncOptions,
  PutNowaitOptions,
  PutOptions,
  PutSyncOptions,
  QueueHandleOptions,
} from "./options.ts";
import { checkWait } from "./queue_options.ts";
import { schemaOfHandle, setSchemaOfQueue, validatorOfQueue } from "./queue_schemas.ts";
import { findOf, openOf, QueueState } from "./queue_state.ts";
import { realm } from "./realm.ts";
import { inTurn } from "./turns.ts";
import { validLater, validNow } from "./valid_items.ts";

// Taken now: source may declare names of its own that hide these.
// Under another name where a public type has the name: it must stay the type of the language.
const { Object, Promise: BuiltInPromise } = globalThis;

const handles = new HandleTable<QueueState>();
// A handle that arrives in an item is made without asking whether its queue exists, so that
// the rest of the item is not lost with it.
let isExpected = false;

/**
 * A queue between interpreters: whoever has it puts and gets items, in any interpreter.
 *
 * `createQueue` makes one. Items come out in the order in which they were put, each once. Who
 * puts waits for room, and not for the one who gets. In one realm there is one object for each
 * id. A queue can be sent through channels and queues, and handed over as a value.
 *
 * @typeParam Input Type of what is put. Only a schema checks that it is kept to.
 * @typeParam Output Type of what is got, which differs if a schema transforms.
 * @see PEP 734 `Queue`; differs: waits without polling, can be aborted and shut down.
 *
 * @example Work for an interpreter
 * ```ts
 * import { create, createQueue } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const tasks = createQueue<number>();
 * const results = createQueue<number>();
 * await using interpreter = await create();
 * const working = interpreter.run(
 *   "for await (const n of tasks) await results.put(n * n);",
 *   { values: { tasks, results } },
 * );
 * for (const n of [1, 2, 3]) await tasks.put(n);
 * tasks.shutdown();
 * await working;
 * assert.deepEqual([results.getNowait(), results.getNowait(), results.getNowait()], [1, 4, 9]);
 * ```
 */
export class Queue<in Input = unknown, out Output = Input> extends QueueState {
  static {
    Object.defineProperty(this.prototype, HANDLE, { value: QUEUE });
  }

  /**
   * Gives the handle of an existing queue; nothing is created.
   *
   * @param id A queue's id.
   * @param options What the items must fit that are got from it in this interpreter.
   * @throws {TypeError} The id is not an integer, the schema is none, or the queue has another
   *   one here already.
   * @throws {RangeError} The id is negative or not a safe integer.
   * @throws {QueueNotFoundError} No queue within reach has that id.
   * @see PEP 734 `Queue(id)`.
   */
  constructor(id: number, options?: QueueHandleOptions<Output>) {
    super(id);
    const schema = options === undefined ? undefined : schemaOfHandle(options);
    const known = handles.get(id);
    if (known === undefined && !isExpected) findOf(this);
    if (schema !== undefined) setSchemaOfQueue(id, schema);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type of its items is a claim of the user's
    if (known !== undefined) return known as Queue<Input, Output>;
    handles.set(id, this);
  }

  /**
   * Puts an item, waiting until there is room for it.
   *
   * The item is copied now; later changes do not show. The promise resolves when the item is in
   * the queue. If the wait is given up, nothing has been put. Who waits in one interpreter puts
   * in the order of the calls. A wait keeps the process alive.
   *
   * @param obj What to put: anything that `isShareable`.
   * @param options Whether and how long to wait, what may end the wait, and what becomes of the
   *   item when this interpreter ends.
   * @throws {TypeError} An option has the wrong type, or there is no option of that name.
   * @throws {RangeError} `timeout` is negative or not a number. Or the item is longer than
   *   `limits.messageBytes` or than 1 GiB, or there is no memory for it.
   * @throws {QueueFullError} There was no room, at once or in time.
   * @throws {QueueShutDownError} The queue is shut down, at once or while waiting.
   * @throws {NotShareableError} The value cannot cross.
   * @throws {QueueNotFoundError} There is no queue of that id within reach.
   * @throws {QueueError} 1000 other interpreters use the queue.
   * @throws `options.signal.reason`, when aborted.
   * @throws What a getter of the value throws.
   * @see PEP 734 `Queue.put`.
   *
   * @example Wait for room
   * ```ts
   * import { createQueue } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const queue = createQueue<string>({ maxsize: 1 });
   * await queue.put("first");
   * const second = queue.put("second", { timeout: 1000 });
   * assert.equal(await queue.get(), "first");
   * await second;
   * ```
   */
  put(obj: Input, options?: PutOptions): Promise<void> {
    try {
      const { signal, timeoutMs, choice } = checkWait(`Cannot put on queue ${this.id}`, options, [
        "timeout",
        "signal",
        "block",
        "unboundItems",
      ]);
      signal?.throwIfAborted();
      const queue = openOf(this, "send on");
      if (timeoutMs === 0) {
        if (queue.putNowait(obj, choice)) return inTurn(BuiltInPromise.resolve());
        return BuiltInPromise.reject(this.#full(0));
      }
      const waiting = queue.beginPut(obj, choice);
      if (waiting === undefined) return inTurn(BuiltInPromise.resolve());
      const waited = realm().wait<void>((settle) => queue.startPut(waiting, settle), {
        signal,
        timeoutMs,
        onTimeout: () => this.#full(timeoutMs),
        caller: callerHere(),
      });
      return inTurn(waited);
    } catch (error) {
      return BuiltInPromise.reject(error);
    }
  }

  /**
   * Puts an item, blocking this thread until there is room for it.
   *
   * In the main interpreter the requests of other interpreters are served meanwhile.
   *
   * @param obj What to put: anything that `isShareable`.
   * @param options As for `put`, without a signal.
   * @throws {TypeError} As `put`; also for a `signal`, which cannot end a call that blocks.
   * @throws {RangeError | QueueFullError | QueueShutDownError | NotShareableError} As `put`.
   * @throws {QueueNotFoundError | QueueError} As `put`.
   * @throws What a getter of the value throws.
   * @see PEP 734 `Queue.put`, which blocks too.
   *
   * @example Block for 10 ms at most
   * ```ts
   * import { createQueue, QueueFullError } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const queue = createQueue(1);
   * queue.putSync("a");
   * assert.throws(() => queue.putSync("b", { timeout: 10 }), QueueFullError);
   * ```
   */
  putSync(obj: Input, options?: PutSyncOptions): void {
    const what = `Cannot put on queue ${this.id}`;
    const { signal, ...limits } = checkWait(what, options, ["timeout", "block", "unboundItems"]);
    refuseSignal(what, signal);
    try {
      if (!openOf(this, "send on").putSync(obj, limits)) throw this.#full(limits.timeoutMs);
    } catch (error) {
      throw atCaller(error, callerHere());
    }
  }

  /**
   * Puts an item if there is room for it, and never waits.
   *
   * @param obj What to put: anything that `isShareable`.
   * @param options What becomes of the item when this interpreter ends.
   * @throws {TypeError | RangeError | QueueFullError | QueueShutDownError} As `put`.
   * @throws {NotShareableError | QueueNotFoundError | QueueError} As `put`.
   * @throws What a getter of the value throws.
   * @see PEP 734 `Queue.put_nowait`.
   *
   * @example A full queue
   * ```ts
   * import { createQueue, QueueFullError } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const queue = createQueue(1);
   * queue.putNowait("a");
   * assert.throws(() => queue.putNowait("b"), QueueFullError);
   * ```
   */
  putNowait(obj: Input, options?: PutNowaitOptions): void {
    const { choice } = checkWait(`Cannot put on queue ${this.id}`, options, ["unboundItems"]);
    try {
      if (!openOf(this, "send on").putNowait(obj, choice)) throw this.#full(0);
    } catch (error) {
      throw atCaller(error, callerHere());
    }
  }

  /**
   * Gets the next item, waiting until there is one.
   *
   * The item is a copy; shared memory stays shared. The promise resolves to the item when it is
   * the caller's turn. A wait keeps the process alive.
   *
   * @param options Whether and how long to wait, and what may end the wait.
   * @returns The item.
   * @throws {TypeError} An option has the wrong type, or there is no option of that name.
   * @throws {RangeError} `timeout` is negative or not a number.
   * @throws {QueueEmptyError} There was no item, at once or in time.
   * @throws {QueueShutDownError} The queue is shut down and empty, at once or while waiting.
   * @throws {ItemInterpreterDestroyed} The item's putter is gone, and `unboundItems` of the item
   *   or the queue is `"error"`; the item is dropped.
   * @throws {QueueNotFoundError} There is no queue of that id within reach.
   * @throws {QueueError} The item cannot be read and is dropped, or 1000 other interpreters use
   *   the queue.
   * @throws {ValidationError} The item does not fit the schema of the queue; it is dropped.
   * @throws `options.signal.reason`, when aborted; nothing was taken.
   * @see PEP 734 `Queue.get`.
   *
   * @example One item
   * ```ts
   * import { createQueue } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const queue = createQueue<{ n: number }>();
   * await queue.put({ n: 1 });
   * assert.deepEqual(await queue.get(), { n: 1 });
   * ```
   */
  get(options?: GetOptions): Promise<Output> {
    try {
      const { signal, timeoutMs } = checkWait(`Cannot get from queue ${this.id}`, options, [
        "timeout",
        "signal",
        "block",
      ]);
      signal?.throwIfAborted();
      const queue = openOf(this, "receive from");
      const item = queue.tryRecv();
      const validator = validatorOfQueue<Output>(this.id);
      if (item !== NOTHING) return validLater(validator, inTurn(BuiltInPromise.resolve(item)));
      if (timeoutMs === 0) return BuiltInPromise.reject(this.#empty(0));
      const waited = realm().wait<unknown>(
        (settle) => queue.startRecv(settle),
        { signal, timeoutMs, onTimeout: () => this.#empty(timeoutMs), caller: callerHere() },
      );
      return validLater(validator, inTurn(waited));
    } catch (error) {
      return BuiltInPromise.reject(error);
    }
  }

  /**
   * Gets the next item, blocking this thread until there is one.
   *
   * In the main interpreter the requests of other interpreters are served meanwhile.
   *
   * @param options As for `get`, without a signal.
   * @returns The item.
   * @throws {TypeError} As `get`; also for a `signal`, which cannot end a call that blocks.
   * @throws {RangeError | QueueEmptyError | QueueShutDownError} As `get`.
   * @throws {ItemInterpreterDestroyed | QueueNotFoundError | QueueError} As `get`.
   * @throws {ValidationError} As `get`. A schema that takes time to validate is a `TypeError`, and
   *   the item is the next that is got here.
   * @see PEP 734 `Queue.get`, which blocks too.
   *
   * @example Block for 10 ms at most
   * ```ts
   * import { createQueue, QueueEmptyError } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * assert.throws(() => createQueue().getSync({ timeout: 10 }), QueueEmptyError);
   * ```
   */
  getSync(options?: GetSyncOptions): Output {
    const what = `Cannot get from queue ${this.id}`;
    const { signal, timeoutMs } = checkWait(what, options, ["timeout", "block"]);
    refuseSignal(what, signal);
    try {
      const queue = openOf(this, "receive from");
      const item = queue.recvSync(timeoutMs);
      if (item === NOTHING) throw this.#empty(timeoutMs);
      return validNow(validatorOfQueue<Output>(this.id), queue, item);
    } catch (error) {
      throw atCaller(error, callerHere());
    }
  }

  /**
   * Gets the next item if there is one, and never waits.
   *
   * @returns The item.
   * @throws {QueueEmptyError | QueueShutDownError | ItemInterpreterDestroyed} As `get`.
   * @throws {QueueNotFoundError | QueueError} As `get`.
   * @throws {ValidationError | TypeError} As `getSync`.
   * @see PEP 734 `Queue.get_nowait`.
   *
   * @example An empty queue
   * ```ts
   * import { createQueue, QueueEmptyError } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * assert.throws(() => createQueue().getNowait(), QueueEmptyError);
   * ```
   */
  getNowait(): Output {
    try {
      const queue = openOf(this, "receive from");
      const item = queue.tryRecv();
      if (item === NOTHING) throw this.#empty(0);
      return validNow(validatorOfQueue<Output>(this.id), queue, item);
    } catch (error) {
      throw atCaller(error, callerHere());
    }
  }
  /** Gives the items one after the other, until the queue is shut down and empty. */
  // oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; isolatedDeclarations wants the global.
  [Symbol.asyncIterator](): AsyncIterableIterator<Output> {
    return new Items(() => openOf(this, "receive from"), validatorOfQueue<Output>(this.id));
  }

  #empty(timeoutMs: number): QueueEmptyError {
    const when = timeoutMs === 0 ? "it is empty" : `no item came within ${timeoutMs} ms`;
    return new QueueEmptyError(`Cannot get from queue ${this.id}: ${when}`);
  }

  #full(timeoutMs: number): QueueFullError {
    const when = timeoutMs === 0 ? "it is full" : `there was no room within ${timeoutMs} ms`;
    return new QueueFullError(`Cannot put on queue ${this.id}: ${when}`);
  }
}

/** The handle of a queue; whether it exists (still) shows when it is used. */
export function queueOf<Input = unknown, Output = Input>(id: number): Queue<Input, Output> {
  isExpected = true;
  try {
    return new Queue<Input, Output>(id);
  } finally {
    isExpected = false;
  }
}

setHandleFactory(QUEUE, (id) => queueOf(id));
