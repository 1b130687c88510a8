// The sending end of a channel; see recv_channel.ts.

import type { Channel } from "../channel/channel.ts";
import { HANDLE, SEND_END, setHandleFactory } from "../codec/handles.ts";
import type { Transfer } from "../codec/transfers.ts";
import { NotReceivedError } from "../errors.ts";
import { atCaller, callerHere } from "./caller.ts";
import { checkForce, checkId, checkKeys, checkSignal, checkTimeout } from "./checks.ts";
import { describeEnd, showAsText } from "./console_text.ts";
import { openEnd } from "./ends.ts";
import type { CloseOptions, SendOptions, SendSyncOptions, TransferOptions } from "./options.ts";
import { realm } from "./realm.ts";
import { checkTransfer, transferOf, withReturned } from "./transfer.ts";
import { inTurn } from "./turns.ts";

// Taken now: source may declare names of its own that hide these.
// Under other names where a public type has the name: it must stay the type of the language.
const { Object, Promise: BuiltInPromise, WritableStream: BuiltInWritable } = globalThis;

/**
 * The sending end of a channel.
 *
 * Any number of interpreters may hold it and send; items keep the order of
 * sending. Values are copied when they are sent, inside one realm too. Only shared memory and
 * compiled WebAssembly are shared, and buffers that `transfer` names are moved.
 *
 * @typeParam T Type of the items. An end for more types may stand where one for fewer is asked
 *   for, so a function that takes any sending end takes a `SendChannel<never>`.
 *
 * @see PEP 554 `SendChannel`; differs: `send` really waits, can time out and be aborted.
 *
 * @example A send waits for its receiver
 * ```ts
 * import { createChannel } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const [recv, send] = createChannel();
 * const sent = send.send([1, 2]);
 * assert.deepEqual(await recv.recv(), [1, 2]);
 * await sent;
 * ```
 */
export class SendChannel<in T = unknown> {
  readonly #id: number;
  #channel: Channel | undefined;

  static {
    Object.defineProperty(this.prototype, HANDLE, { value: SEND_END });
    showAsText<SendChannel<never>>(this.prototype, (end) => end.#describe());
  }

  /**
   * Makes a handle by id. Whether there is such a channel shows on first use.
   *
   * @param id A channel's id.
   * @throws {TypeError} The id is not an integer.
   * @throws {RangeError} The id is negative or not a safe integer.
   */
  constructor(id: number) {
    this.#id = checkId("Cannot make a SendChannel: id", id);
  }

  /** The channel's id, the same for both ends; ids only grow and none is used twice. */
  get id(): number {
    return this.#id;
  }

  /**
   * Sends a value and waits until it has been received.
   *
   * The value is copied now; later changes do not show. The promise resolves when a receiver
   * has taken the item. If the wait is given up, the item is withdrawn: nobody receives it
   * later. A wait keeps the process alive.
   *
   * Buffers that `transfer` names are not copied, however long they are: they are detached
   * here at once, and the receiver has their memory. `limits.messageBytes` does not count
   * them. If nobody receives the item, they come back in new buffers: the error's `transferred`
   * has them, in the order of `transfer`. After an abort they are gone, because the signal's
   * reason is not touched. A channel that was closed keeps them for a tenth of a second.
   *
   * @param obj What to send: anything that `isShareable`.
   * @param options How long to wait, what may end the wait, and what moves; absent: it waits for
   *   ever, and all is copied.
   * @throws {TypeError} An option has the wrong type, or there is no option of that name.
   *   `transfer` has what cannot be moved, or what is not in the value; nothing was sent.
   * @throws {RangeError} `timeout` is negative or not a number, or `transfer` has more than
   *   10,000 buffers. Or the item is longer than `limits.messageBytes` or than 1 GiB, or the
   *   channel has no room for it; nothing was sent.
   * @throws {NotReceivedError} The timeout passed; the item is withdrawn.
   * @throws {NotShareableError} The value cannot cross; nothing was sent.
   * @throws {ChannelClosedError} The end is closed or released, at once or while waiting.
   * @throws {ChannelNotFoundError} There is no channel of that id within reach.
   * @throws {ChannelError} 1000 other interpreters use the channel.
   * @throws `options.signal.reason`, when aborted; the item is withdrawn.
   * @throws What a getter of the value throws; nothing was sent.
   * @see PEP 554 `SendChannel.send`; CPython's code to 3.12 sleeps two seconds instead.
   *
   * @example Wait for the receiver
   * ```ts
   * import { createChannel } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const [recv, send] = createChannel();
   * const sent = send.send({ n: 1 }, { timeout: 1000 });
   * assert.deepEqual(await recv.recv(), { n: 1 });
   * await sent;
   * ```
   *
   * @example Move a buffer instead of copying it
   * ```ts
   * import { createChannel, NotReceivedError } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const [recv, send] = createChannel();
   * const pixels = new Uint8Array(1_000_000).fill(7);
   * const sent = send.send(pixels, { transfer: [pixels.buffer] });
   * assert.equal(pixels.length, 0);
   * const received = await recv.recv();
   * assert.ok(received instanceof Uint8Array && received[999_999] === 7);
   * await sent;
   *
   * const { buffer } = new Uint8Array([1, 2, 3]);
   * await assert.rejects(send.send(buffer, { transfer: [buffer], timeout: 1 }), (error) => {
   *   assert.ok(error instanceof NotReceivedError);
   *   return error.transferred?.[0]?.byteLength === 3;
   * });
   * ```
   */
  send(obj: T, options?: SendOptions): Promise<void> {
    let moved: Transfer | undefined;
    try {
      let signal: AbortSignal | undefined;
      let timeoutMs = Infinity;
      let named: readonly ArrayBuffer[] | undefined;
      if (options !== undefined) {
        const what = `Cannot send on channel ${this.#id}`;
        checkKeys(what, options, ["signal", "timeout", "transfer"]);
        signal = checkSignal(what, options.signal);
        timeoutMs = checkTimeout(what, options.timeout);
        named = checkTransfer(what, options.transfer);
        signal?.throwIfAborted();
      }
      const channel = this.#open();
      moved = transferOf(obj, named);
      if (timeoutMs === 0) {
        if (channel.sendIfAwaited(obj, moved)) return inTurn(BuiltInPromise.resolve());
        throw this.#notReceived(0);
      }
      const waited = realm().wait<void>((settle) => channel.startSend(obj, settle, moved), {
        signal,
        timeoutMs,
        onTimeout: () => this.#notReceived(timeoutMs),
        caller: callerHere(),
      });
      return inTurn(moved === undefined ? waited : returning(waited, moved, signal));
    } catch (error) {
      return BuiltInPromise.reject(withReturned(error, moved));
    }
  }

  /**
   * Sends a value, blocking this thread until it has been received.
   *
   * In the main interpreter the requests of other interpreters are served meanwhile.
   *
   * @param obj What to send: anything that `isShareable`.
   * @param options How long to wait, and what moves; absent: it waits for ever, and all is copied.
   * @throws {TypeError} As `send`; also for a `signal`, which cannot end a call that blocks.
   * @throws {RangeError | NotReceivedError | NotShareableError} As `send`.
   * @throws {ChannelClosedError | ChannelNotFoundError | ChannelError} As `send`.
   * @throws What a getter of the value throws; nothing was sent.
   * @see PEP 554 `SendChannel.send`, which blocks too.
   *
   * @example Nobody receives
   * ```ts
   * import { createChannel, NotReceivedError } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const [recv, send] = createChannel();
   * assert.throws(() => send.sendSync(1, { timeout: 10 }), NotReceivedError);
   * assert.equal(recv.length, 0, "the item is withdrawn");
   * ```
   */
  sendSync(obj: T, options?: SendSyncOptions): void {
    let timeoutMs = Infinity;
    let named: readonly ArrayBuffer[] | undefined;
    if (options !== undefined) {
      const what = `Cannot send on channel ${this.#id}`;
      checkKeys(what, options, ["timeout", "transfer"]);
      timeoutMs = checkTimeout(what, options.timeout);
      named = checkTransfer(what, options.transfer);
    }
    let moved: Transfer | undefined;
    try {
      const channel = this.#open();
      moved = transferOf(obj, named);
      const isReceived = timeoutMs === 0
        ? channel.sendIfAwaited(obj, moved)
        : channel.sendSync(obj, timeoutMs, moved);
      if (!isReceived) throw this.#notReceived(timeoutMs);
    } catch (error) {
      throw atCaller(withReturned(error, moved), callerHere());
    }
  }

  /**
   * Sends a value and never waits.
   *
   * @param obj What to send: anything that `isShareable`.
   * @param options What moves; absent: all is copied.
   * @returns `true` if an interpreter that waits in `recv` got the item; `false` if it was queued.
   * @throws {TypeError} As `send`.
   * @throws {RangeError} `transfer` has more than 10,000 buffers. Or the item is longer than `limits.messageBytes` or than 1 GiB, or the
   *   channel has no room for it; nothing was sent.
   * @throws {NotShareableError} The value cannot cross; nothing was sent.
   * @throws {ChannelClosedError} The end is closed or released.
   * @throws {ChannelNotFoundError | ChannelError} As `send`.
   * @throws What a getter of the value throws; nothing was sent.
   * @see PEP 554 `SendChannel.send_nowait`; CPython's code returns `None` always.
   *
   * @example Queue an item
   * ```ts
   * import { createChannel } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const [recv, send] = createChannel();
   * assert.equal(send.sendNowait("first"), false, "nobody waits yet");
   * assert.equal(recv.recvNowait(), "first");
   * ```
   */
  sendNowait(obj: T, options?: TransferOptions): boolean {
    let named: readonly ArrayBuffer[] | undefined;
    if (options !== undefined) {
      const what = `Cannot send on channel ${this.#id}`;
      checkKeys(what, options, ["transfer"]);
      named = checkTransfer(what, options.transfer);
    }
    let moved: Transfer | undefined;
    try {
      const channel = this.#open();
      moved = transferOf(obj, named);
      return channel.sendNowait(obj, moved);
    } catch (error) {
      throw atCaller(withReturned(error, moved), callerHere());
    }
  }

  /**
   * A new stream whose chunks are sent one after the other, each waiting for its receiver. A
   * write rejects as `send` does. Closing the stream closes the sending end; aborting it
   * withdraws what waits and releases this interpreter's own end.
   */
  get writable(): WritableStream<T> {
    return new BuiltInWritable<T>({
      write: (chunk, { signal }) => this.send(chunk, { signal }),
      close: () => this.close(),
      abort: () => {
        this.release();
      },
    });
  }

  /**
   * Whether nothing can be sent any more, by anybody.
   *
   * @throws {ChannelNotFoundError} There is no channel of that id within reach.
   */
  get isClosed(): boolean {
    this.#channel ??= realm().openChannel(this.#id);
    return this.#channel === undefined || this.#channel.isSendClosed;
  }

  /**
   * How many items wait in the channel, as `length` of the receiving end says it. Items stay
   * when the sending end is closed, until they are received.
   *
   * @throws {ChannelNotFoundError} There is no channel of that id within reach.
   * @throws {ChannelClosedError} The channel's memory is damaged.
   */
  get length(): number {
    this.#channel ??= realm().openChannel(this.#id);
    return this.#channel?.length ?? 0;
  }

  /**
   * Ends sending, for everybody: receivers drain what is queued and then get a
   * `ChannelClosedError`.
   *
   * @param options With `force` items are dropped and the channel ends at once.
   * @throws {TypeError} `force` is not a boolean, or there is no option of that name.
   * @throws {ChannelClosedError} It is closed already.
   * @throws {ChannelNotFoundError} There is no channel of that id within reach.
   * @see PEP 554 `SendChannel.close(force=False)`.
   *
   * @example Receivers drain what is queued
   * ```ts
   * import { ChannelClosedError, createChannel } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const [recv, send] = createChannel();
   * send.sendNowait("last");
   * send.close();
   * assert.equal(recv.recvNowait(), "last");
   * assert.throws(() => recv.recvNowait(), ChannelClosedError);
   * ```
   */
  close(options?: CloseOptions): void {
    this.#open().closeSend(checkForce(`Cannot close channel ${this.#id}`, options));
  }

  /**
   * Gives up this interpreter's own sending end, for good. What it still waits to send is
   * withdrawn. When nobody is left who uses the channel, it closes and its items are lost.
   *
   * @returns Whether this call did it: `false` if it was released or closed before.
   * @throws {ChannelNotFoundError} There is no channel of that id within reach.
   * @throws {ChannelError} 1000 other interpreters use the channel.
   * @see PEP 554 `SendChannel.release`.
   *
   * @example My end only
   * ```ts
   * import { ChannelClosedError, createChannel } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const [recv, send] = createChannel();
   * assert.equal(recv.recvNowait(), null, "the program uses the receiving end");
   * assert.equal(send.release(), true);
   * assert.throws(() => send.sendNowait(1), ChannelClosedError);
   * assert.equal(recv.isClosed, false);
   * ```
   */
  release(): boolean {
    this.#channel ??= realm().openChannel(this.#id);
    return this.#channel === undefined ? false : this.#channel.releaseSend();
  }

  /** Tells whether the other is a sending end of the same channel. */
  equals(other: unknown): boolean {
    return typeof other === "object" && other !== null && #id in other && other.#id === this.#id;
  }

  /** Gives the handle as text, as Python prints it: `SendChannel(id=3)`. */
  toString(): string {
    return `SendChannel(id=${this.#id})`;
  }

  #describe(): string {
    const { isClosed, length } = this;
    return describeEnd(this, { isClosed, length, isReleased: this.#channel?.isSendReleased });
  }

  #open(): Channel {
    return this.#channel ??= openEnd(this.#id, "send on");
  }

  #notReceived(timeoutMs: number): NotReceivedError {
    return new NotReceivedError(
      `Cannot send on channel ${this.#id}: nobody received the item within ${timeoutMs} ms; it is withdrawn`,
    );
  }
}

/** The wait; its error has what has come back, but for the signal's reason, which is the user's. */
async function returning(
  waited: Promise<void>,
  moved: Transfer,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await waited;
  } catch (error) {
    throw signal?.aborted === true && error === signal.reason ? error : withReturned(error, moved);
  }
}

setHandleFactory(SEND_END, (id) => new SendChannel(id));
