// The receiving end of a channel. A handle is an id; the channel behind it is
// looked up on first use, through the realm, and kept.

import { type Channel, NOTHING } from "../channel/channel.ts";
import { HANDLE, RECV_END, setHandleFactory } from "../codec/handles.ts";
import { atCaller, callerHere } from "./caller.ts";
import { checkForce, checkId, checkMax, checkSyncWait, checkWait, FOR_EVER } from "./checks.ts";
import { describeEnd, showAsText } from "./console_text.ts";
import { emptyError, openEnd } from "./ends.ts";
import { Items, streamOf } from "./items.ts";
import type { CloseOptions, RecvChannelOptions, SyncWaitOptions, WaitOptions } from "./options.ts";
import { realm } from "./realm.ts";
import { inTurn } from "./turns.ts";
import { itemValidator, moreValid, moreValidNow, validLater, validNow } from "./valid_items.ts";
import type { Validator } from "./validation.ts";

// Taken now: source may declare names of its own that hide these.
// Under other names where a public type has the name: it must stay the type of the language.
const { Object, Promise: BuiltInPromise } = globalThis;

/** Most items that `recvMany` takes unasked. */
const MANY = 1000;

/**
 * The receiving end of a channel.
 *
 * Any number of interpreters may hold it and receive; each item reaches exactly one of
 * them, in the order of sending. `createChannel` makes one, `run` hands one over, and one
 * can be sent through another channel. The first use of an end associates the interpreter
 * with the channel, for at most 1000 interpreters at a time.
 *
 * @typeParam T Type of the items. Only a handle with a schema checks that senders keep to it.
 *
 * @see PEP 554 `RecvChannel`; differs: waits without polling, can time out and be aborted.
 *
 * @example Receive until the channel is closed
 * ```ts
 * import { createChannel } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const [recv, send] = createChannel();
 * send.sendNowait("a");
 * send.sendNowait("b");
 * send.close();
 * const items = [];
 * for await (const item of recv) items.push(item);
 * assert.deepEqual(items, ["a", "b"]);
 * ```
 */
export class RecvChannel<out T = unknown> {
  readonly #id: number;
  readonly #validator: Validator<T> | undefined;
  #channel: Channel | undefined;

  static {
    Object.defineProperty(this.prototype, HANDLE, { value: RECV_END });
    showAsText<RecvChannel>(this.prototype, (end) => end.#describe());
  }

  /**
   * Makes a handle by id. Whether there is such a channel shows on first use.
   *
   * @param id A channel's id.
   * @param options What the items must fit.
   * @throws {TypeError} The id is not an integer, the schema is none, or there is no option of
   *   that name.
   * @throws {RangeError} The id is negative or not a safe integer.
   */
  constructor(id: number, options?: RecvChannelOptions<T>) {
    this.#id = checkId("Cannot make a RecvChannel: id", id);
    if (options !== undefined) this.#validator = itemValidator(this, options);
  }

  /** The channel's id, the same for both ends; ids only grow and none is used twice. */
  get id(): number {
    return this.#id;
  }

  /**
   * Receives the next item, waiting until there is one.
   *
   * Items arrive in the order in which they were sent, each at exactly one receiver. The
   * item is a copy; shared memory stays shared. The promise resolves to the item when it is
   * this receiver's turn, and has been validated if the handle has a schema: neither timeout
   * nor signal ends that. A wait keeps the process alive.
   *
   * @param options How long to wait, and what may end the wait; absent: for ever.
   * @returns The item.
   * @throws {TypeError} An option has the wrong type, or there is no option of that name.
   * @throws {RangeError} `timeout` is negative or not a number.
   * @throws {ChannelEmptyError} The timeout passed; nothing was taken.
   * @throws {ChannelClosedError} The end is closed or released, at once or while waiting.
   * @throws {ChannelNotFoundError} There is no channel of that id within reach.
   * @throws {ItemInterpreterDestroyed} The item's sender is gone, and the channel's
   *   `unboundItems` is `"error"`; the item is dropped.
   * @throws {ChannelError} The item cannot be read and is dropped, or 1000 other interpreters
   *   use the channel.
   * @throws {ValidationError} The item does not fit the schema of this handle; it is dropped.
   * @throws `options.signal.reason`, when aborted; nothing was taken.
   * @see CPython 3.12 `RecvChannel.recv`; differs: waits without polling, takes a timeout.
   *
   * @example One item
   * ```ts
   * import { createChannel } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const [recv, send] = createChannel();
   * send.sendNowait({ n: 1 });
   * assert.deepEqual(await recv.recv(), { n: 1 });
   * ```
   */
  recv(options?: WaitOptions): Promise<T> {
    try {
      const { signal, timeoutMs } = options === undefined
        ? FOR_EVER
        : checkWait(`Cannot receive from channel ${this.#id}`, options);
      const channel = this.#open();
      const item = channel.tryRecv();
      if (item !== NOTHING) {
        return validLater(this.#validator, inTurn(BuiltInPromise.resolve(item)));
      }
      if (timeoutMs === 0) return BuiltInPromise.reject(emptyError(this.#id, 0));
      const waited = realm().wait<unknown>((settle) => channel.startRecv(settle), {
        signal,
        timeoutMs,
        onTimeout: () => emptyError(this.#id, timeoutMs),
        caller: callerHere(),
      });
      return validLater(this.#validator, inTurn(waited));
    } catch (error) {
      return BuiltInPromise.reject(error);
    }
  }

  /**
   * Receives the next item, blocking this thread until there is one.
   *
   * In the main interpreter the requests of other interpreters are served meanwhile.
   *
   * @param options How long to wait; absent: for ever.
   * @returns The item.
   * @throws {TypeError} As `recv`; also for a `signal`, which cannot end a call that blocks, and
   *   for a schema that takes time to validate: then the item is the next that is received here.
   * @throws {RangeError | ChannelEmptyError | ChannelClosedError} As `recv`.
   * @throws {ChannelNotFoundError | ItemInterpreterDestroyed | ChannelError} As `recv`.
   * @throws {ValidationError} As `recv`.
   * @see CPython 3.12 `RecvChannel.recv`, which blocks too; differs: takes a timeout.
   *
   * @example Block for 10 ms at most
   * ```ts
   * import { ChannelEmptyError, createChannel } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const [recv, send] = createChannel();
   * send.sendNowait(1);
   * assert.equal(recv.recvSync(), 1);
   * assert.throws(() => recv.recvSync({ timeout: 10 }), ChannelEmptyError);
   * ```
   */
  recvSync(options?: SyncWaitOptions): T {
    const timeoutMs = options === undefined
      ? Infinity
      : checkSyncWait(`Cannot receive from channel ${this.#id}`, options);
    try {
      const channel = this.#open();
      const item = channel.recvSync(timeoutMs);
      if (item === NOTHING) throw emptyError(this.#id, timeoutMs);
      return validNow(this.#validator, channel, item);
    } catch (error) {
      throw atCaller(error, callerHere());
    }
  }

  /**
   * Receives the next item if there is one, and never waits.
   *
   * @typeParam Fallback Type of what is returned when nothing is there.
   * @param fallback What to return when nothing is there; `null` if none is given.
   * @returns The item, or the fallback itself.
   * @throws {ChannelClosedError} The end is closed or released, fallback or not.
   * @throws {ChannelNotFoundError | ItemInterpreterDestroyed | ChannelError} As `recv`.
   * @throws {ValidationError} As `recv`.
   * @throws {TypeError} The schema takes time to validate, as `recvSync`.
   * @see PEP 554 `recv_nowait(default=None)`; CPython's code raises instead of returning `None`.
   *
   * @example An item, or the fallback
   * ```ts
   * import { createChannel } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const [recv, send] = createChannel();
   * send.sendNowait("a");
   * assert.equal(recv.recvNowait("none"), "a");
   * assert.equal(recv.recvNowait("none"), "none");
   * ```
   */
  recvNowait<const Fallback = null>(...fallback: [fallback?: Fallback]): T | NoInfer<Fallback> {
    const channel = this.#open();
    const item = channel.tryRecv();
    if (item !== NOTHING) return validNow(this.#validator, channel, item);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is `null` that its type is when none is given
    return (fallback.length === 0 ? null : fallback[0]) as Fallback;
  }

  /**
   * Receives what is there, waiting until there is one item at least.
   *
   * The promise resolves when the first item is there, with what is queued behind it. It
   * costs one array more than `recv`, and a promise less for each further item. What others
   * wait for in `recv` is left to them. An item that cannot be received ends the array
   * before it, and is the error of the next receive.
   *
   * @param max Most items to take; 1000 if it is not given.
   * @param options How long to wait for the first item, and what may end that wait.
   * @returns One to `max` items, in the order of sending.
   * @throws {TypeError} `max` is not a number, or as `recv`.
   * @throws {RangeError} `max` is not a whole number of at least 1, or as `recv`.
   * @throws {ChannelEmptyError | ChannelClosedError | ChannelNotFoundError} As `recv`.
   * @throws {ItemInterpreterDestroyed | ChannelError | ValidationError} As `recv`, of the first.
   * @throws `options.signal.reason`, when aborted; nothing was taken.
   *
   * @example Receive in batches
   * ```ts
   * import { createChannel } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const [recv, send] = createChannel();
   * for (let n = 0; n < 5; n++) send.sendNowait(n);
   * assert.deepEqual(await recv.recvMany(3), [0, 1, 2]);
   * assert.deepEqual(await recv.recvMany(), [3, 4]);
   * ```
   */
  async recvMany(max: number = MANY, options?: WaitOptions): Promise<T[]> {
    checkMax(`Cannot receive from channel ${this.#id}`, max);
    return moreValid(this.#validator, this.#open(), { first: await this.recv(options), max });
  }

  /**
   * Receives what is there, blocking this thread until there is one item at least.
   *
   * @param max Most items to take; 1000 if it is not given.
   * @param options How long to wait for the first item.
   * @returns One to `max` items, in the order of sending.
   * @throws {TypeError} As `recvMany`; also for a `signal`, and as `recvSync` of the first item.
   * @throws {RangeError} As `recvMany`.
   * @throws {ChannelEmptyError | ChannelClosedError | ChannelNotFoundError} As `recv`.
   * @throws {ItemInterpreterDestroyed | ChannelError | ValidationError} As `recv`, of the first.
   *
   * @example All that is there
   * ```ts
   * import { createChannel } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const [recv, send] = createChannel();
   * send.sendNowait("a");
   * assert.deepEqual(recv.recvManySync(), ["a"]);
   * ```
   */
  recvManySync(max: number = MANY, options?: SyncWaitOptions): T[] {
    checkMax(`Cannot receive from channel ${this.#id}`, max);
    return moreValidNow(this.#validator, this.#open(), { first: this.recvSync(options), max });
  }

  /**
   * Receives items until the channel is closed. Leaving the loop leaves the channel open. A loop
   * that is left while it waits for an item, with `return()` for example, does not receive it.
   *
   * @returns An iterator whose `next` rejects as `recv` does, and is done where `recv` would
   *   reject with a `ChannelClosedError`.
   */
  // oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; isolatedDeclarations wants the global.
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.#items();
  }

  /**
   * A new stream of the items, which ends when the channel closes, and errors where `recv`
   * would reject otherwise. It takes an item only when it is asked for one. Cancelling it
   * releases this interpreter's end; a reader that lets go of it while it waits leaves the
   * item to others.
   */
  get readable(): ReadableStream<T> {
    return streamOf(this.#items(), () => this.release());
  }

  /**
   * Whether nothing can be received any more: the channel is closed for everybody.
   *
   * @throws {ChannelNotFoundError} There is no channel of that id within reach.
   */
  get isClosed(): boolean {
    this.#channel ??= realm().openChannel(this.#id);
    return this.#channel === undefined || this.#channel.isRecvClosed;
  }

  /**
   * How many items wait in the channel: sent, and neither received nor withdrawn. An item
   * that somebody waits for counts until it is taken. Others send and receive meanwhile, so
   * this is a glance; 0 when nothing can be received any more. To ask associates this
   * interpreter with nothing.
   *
   * @throws {ChannelNotFoundError} There is no channel of that id within reach.
   * @throws {ChannelClosedError} The channel's memory is damaged.
   * @see CPython 3.13 `_interpchannels.get_count`.
   *
   * @example How far the receivers are behind
   * ```ts
   * import { createChannel } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const [recv, send] = createChannel();
   * send.sendNowait("a");
   * assert.equal(recv.length, 1);
   * ```
   */
  get length(): number {
    this.#channel ??= realm().openChannel(this.#id);
    return this.#channel?.length ?? 0;
  }

  /**
   * Ends the channel at once, for everybody. Whoever waits on it gets a `ChannelClosedError`.
   *
   * @param options Whether items may be dropped.
   * @throws {TypeError} `force` is not a boolean, or there is no option of that name.
   * @throws {ChannelNotEmptyError} Items are left and `force` is not given; nothing changed.
   * @throws {ChannelClosedError} It is closed already.
   * @throws {ChannelNotFoundError} There is no channel of that id within reach.
   * @see PEP 554 `RecvChannel.close(force=False)`.
   *
   * @example Drop what is left
   * ```ts
   * import { ChannelNotEmptyError, createChannel } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const [recv, send] = createChannel();
   * send.sendNowait(1);
   * assert.throws(() => recv.close(), ChannelNotEmptyError);
   * recv.close({ force: true });
   * assert.equal(send.isClosed, true);
   * ```
   */
  close(options?: CloseOptions): void {
    this.#open().closeRecv(checkForce(`Cannot close channel ${this.#id}`, options));
  }

  /**
   * Gives up this interpreter's own receiving end, for good. When nobody is left who uses
   * the channel, it closes and its items are lost.
   *
   * @returns Whether this call did it: `false` if it was released or closed before.
   * @throws {ChannelNotFoundError} There is no channel of that id within reach.
   * @throws {ChannelError} 1000 other interpreters use the channel.
   * @see PEP 554 `RecvChannel.release`.
   *
   * @example My end only
   * ```ts
   * import { ChannelClosedError, createChannel } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const [recv, send] = createChannel();
   * send.sendNowait(1);
   * assert.equal(recv.release(), true);
   * assert.throws(() => recv.recvNowait(), ChannelClosedError);
   * assert.equal(send.isClosed, false);
   * ```
   */
  release(): boolean {
    this.#channel ??= realm().openChannel(this.#id);
    return this.#channel === undefined ? false : this.#channel.releaseRecv();
  }

  /** Tells whether the other is a receiving end of the same channel. */
  equals(other: unknown): boolean {
    return typeof other === "object" && other !== null && #id in other && other.#id === this.#id;
  }

  /** Gives the handle as text, as Python prints it: `RecvChannel(id=3)`. */
  toString(): string {
    return `RecvChannel(id=${this.#id})`;
  }

  #describe(): string {
    const { isClosed, length } = this;
    return describeEnd(this, { isClosed, length, isReleased: this.#channel?.isRecvReleased });
  }

  #items(): Items<T> {
    return new Items<T>(() => this.#open(), this.#validator);
  }

  #open(): Channel {
    return this.#channel ??= openEnd(this.#id, "receive from");
  }
}

setHandleFactory(RECV_END, (id) => new RecvChannel(id));
