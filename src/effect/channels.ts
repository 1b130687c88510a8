// Channels as Effect sees them: waits that can be interrupted, queues as buffers
// between a channel and a program, streams.

import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Option from "effect/Option";
import type * as Queue from "effect/Queue";
import type * as Scope from "effect/Scope";
import * as Sink from "effect/Sink";
import * as Stream from "effect/Stream";
import { atCaller, callerHere } from "../api/caller.ts";
import { show } from "../api/checks.ts";
import type { ChannelOptions, CloseOptions } from "../api/options.ts";
import { createChannel, receivingEnd, RecvChannel, SendChannel, sendingTo } from "../door.js";
import { claiming, receivingValid, type Source, waiting } from "../host/channels/effects.ts";
import * as queues from "../host/channels/queues.ts";
import {
  attemptNow,
  type ChannelCloseError,
  failureOf,
  isChannelCloseError,
  isRecvError,
  isSendError,
  type RecvError,
  type SendError,
} from "./failures.ts";
import { beginSpan } from "./spans.ts";

const QUEUE_ITEMS = 16;
const NOTHING = Symbol("nothing");

/**
 * Creates a channel that closes with the scope. Items that nobody has received then are dropped,
 * and whoever waits on it gets a `ChannelClosedError`.
 *
 * A wrong option is a defect, and so are more channels than a process may have.
 *
 * @typeParam Input Type of what is sent. Without a schema it is for the compiler alone.
 * @typeParam Output Type of what is received, which differs if the schema transforms.
 * @param options As for `createChannel`.
 * @returns An effect that needs a scope and gives both ends.
 *
 * @example Between the program and an interpreter
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Channel, Interpreter } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const [recv, send] = yield* Channel.make<number>();
 *   const interpreter = yield* Interpreter.make();
 *   yield* Interpreter.run(interpreter, "out.sendNowait(6 * 7)", { channels: { out: send } });
 *   return yield* Channel.recv(recv);
 * });
 * assert.equal(await Effect.runPromise(Effect.scoped(program)), 42);
 * ```
 */
export function make<Input = unknown, Output = Input>(
  options: ChannelOptions<Input, Output> = {},
): Effect.Effect<[RecvChannel<Output>, SendChannel<Input>], never, Scope.Scope> {
  return Effect.acquireRelease(
    Effect.sync(() => createChannel(options)),
    ([end]) => Effect.ignore(close(end, { force: true })),
  );
}

/**
 * Receives the next item. Interrupting the effect withdraws the wait; an item that comes for
 * it all the same is the next that this interpreter receives.
 *
 * The effect fails with a `ChannelClosedError`, a `ChannelNotFoundError`, an
 * `ItemInterpreterDestroyed`, a `ChannelError` for an item that cannot be read, or a
 * `ValidationError` for one that does not fit the schema of the end.
 *
 * @param channel Where from.
 * @returns An effect of the item.
 * @throws {TypeError} `channel` is no `RecvChannel`.
 *
 * @example Errors by tag
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { createChannel } from "subinterpreters";
 * import { recv } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const [end] = createChannel();
 * end.close();
 * const program = recv(end).pipe(
 *   Effect.catchTag("ChannelClosedError", () => Effect.succeed("closed")),
 * );
 * assert.equal(await Effect.runPromise(program), "closed");
 * ```
 */
export function recv<T>(channel: RecvChannel<T>): Effect.Effect<T, RecvError> {
  const source = sourceOf(channel);
  const item = receivingValid<T, RecvError>(source, () => beginSpan("recv", channel));
  return Effect.map(item, ({ value }) => value);
}

/**
 * Sends a value and waits until it has been received. Interrupting the effect withdraws the
 * item.
 *
 * The effect fails with a `ChannelClosedError`, a `ChannelNotFoundError`, a `ChannelError` if
 * 1000 other interpreters use the channel, a `NotShareableError`, or a `RangeError` for an item
 * that is too long. What a getter of the value throws is a defect.
 *
 * @param channel Where to.
 * @param value What to send: anything that `isShareable`.
 * @returns An effect that is done when the item has been received.
 * @throws {TypeError} `channel` is no `SendChannel`.
 *
 * @example A value that cannot cross
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { createChannel } from "subinterpreters";
 * import { send } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const [, end] = createChannel();
 * const program = send(end, () => {}).pipe(
 *   Effect.as("sent"),
 *   Effect.catchTag("NotShareableError", () => Effect.succeed("refused")),
 * );
 * assert.equal(await Effect.runPromise(program), "refused");
 * ```
 */
export function send<T>(
  channel: SendChannel<T>,
  value: NoInfer<T>,
): Effect.Effect<void, SendError> {
  checkSend(channel);
  const caller = callerHere();
  const failure = (error: unknown) => failureOf(atCaller(error, caller), isSendError);
  const sent = claiming(sendingTo(channel.id, value));
  return waiting(sent, { failure }, () => beginSpan("send", channel));
}

/**
 * Receives the next item if there is one, and never waits.
 *
 * The effect fails where `recv` does. A schema that takes time to validate is a defect.
 *
 * @param channel Where from.
 * @returns An effect of the item, or of none.
 * @throws {TypeError} `channel` is no `RecvChannel`.
 *
 * @example One item
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Option from "effect/Option";
 * import { Channel } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const [recv, send] = yield* Channel.make<string>();
 *   yield* Channel.sendNowait(send, "a");
 *   assert.deepEqual(yield* Channel.recvNowait(recv), Option.some("a"));
 *   return yield* Channel.recvNowait(recv);
 * });
 * assert.deepEqual(await Effect.runPromise(Effect.scoped(program)), Option.none());
 * ```
 */
export function recvNowait<T>(
  channel: RecvChannel<T>,
): Effect.Effect<Option.Option<T>, RecvError> {
  checkRecv(channel);
  return attemptNow(() => {
    const item = channel.recvNowait(NOTHING);
    return item === NOTHING ? Option.none() : Option.some(item);
  }, isRecvError);
}

/**
 * Sends a value and never waits. The effect fails where `send` does.
 *
 * @param channel Where to.
 * @param value What to send: anything that `isShareable`.
 * @returns An effect that is `true` if an interpreter that waits in `recv` got the item, and
 *   `false` if it was queued.
 * @throws {TypeError} `channel` is no `SendChannel`.
 *
 * @example Nobody waits yet
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Channel } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const [recv, send] = yield* Channel.make<string>();
 *   const isTaken = yield* Channel.sendNowait(send, "first");
 *   return [isTaken, yield* Channel.recv(recv)];
 * });
 * assert.deepEqual(await Effect.runPromise(Effect.scoped(program)), [false, "first"]);
 * ```
 */
export function sendNowait<T>(
  channel: SendChannel<T>,
  value: NoInfer<T>,
): Effect.Effect<boolean, SendError> {
  checkSend(channel);
  return attemptNow(() => channel.sendNowait(value), isSendError);
}

/**
 * Closes an end of a channel before its scope does. After closing the sending end, receivers drain
 * what is queued; closing the receiving end ends the channel at once.
 *
 * The effect fails with a `ChannelClosedError` if it is closed already, with a
 * `ChannelNotEmptyError` if a receiving end still has items and `force` is not given, or with a
 * `ChannelNotFoundError`.
 *
 * @param channel What to close.
 * @param options With `force` items are dropped.
 * @returns An effect that is done when it is closed.
 *
 * @example The last item
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Stream from "effect/Stream";
 * import { Channel } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const [recv, send] = yield* Channel.make<string>();
 *   yield* Channel.sendNowait(send, "last");
 *   yield* Channel.close(send);
 *   return yield* Stream.runCollect(Channel.stream(recv));
 * });
 * assert.deepEqual(await Effect.runPromise(Effect.scoped(program)), ["last"]);
 * ```
 */
export function close(
  channel: RecvChannel | SendChannel<never>,
  options?: CloseOptions,
): Effect.Effect<void, ChannelCloseError> {
  return attemptNow(() => channel.close(options), isChannelCloseError);
}

/**
 * Gives a queue that is filled from a channel while the scope is open, and is done when the
 * channel closes. What it holds has left the channel, and returns to it when the scope closes:
 * the next receivers in this interpreter have it.
 *
 * The queue fails where `recv` would, except that a closed channel ends it.
 *
 * @param channel Where from.
 * @param capacity How many items may be held; 16 if absent.
 * @returns An effect that needs a scope and gives the queue.
 * @throws {TypeError} `channel` is no `RecvChannel`.
 *
 * @example Take what comes
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Queue from "effect/Queue";
 * import { createChannel } from "subinterpreters";
 * import { dequeue } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const [end, send] = createChannel();
 * send.sendNowait("a");
 * send.sendNowait("b");
 * const program = Effect.flatMap(dequeue(end), (queue) => Queue.takeN(queue, 2));
 * assert.deepEqual(await Effect.runPromise(Effect.scoped(program)), ["a", "b"]);
 * ```
 */
export function dequeue<T>(
  channel: RecvChannel<T>,
  capacity: number = QUEUE_ITEMS,
): Effect.Effect<Queue.Dequeue<T, RecvError | Cause.Done>, never, Scope.Scope> {
  return queues.dequeue<T, RecvError>(sourceOf(channel), capacity);
}

/**
 * Gives a queue whose items are sent on a channel, one after the other, while the scope is
 * open. Where `send` would fail, the queue fails. What waits in it then, or when the scope
 * closes, is not sent.
 *
 * @param channel Where to.
 * @param capacity How many items may wait for their receivers; 16 if absent.
 * @returns An effect that needs a scope and gives the queue.
 *
 * @example Offer without waiting for the receiver
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Queue from "effect/Queue";
 * import { createChannel } from "subinterpreters";
 * import { enqueue } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const [recv, end] = createChannel();
 * const program = Effect.gen(function* () {
 *   const queue = yield* enqueue(end);
 *   yield* Queue.offerAll(queue, ["a", "b"]);
 *   return yield* Effect.promise(async () => [await recv.recv(), await recv.recv()]);
 * });
 * assert.deepEqual(await Effect.runPromise(Effect.scoped(program)), ["a", "b"]);
 * ```
 */
export function enqueue<T>(
  channel: SendChannel<T>,
  capacity: number = QUEUE_ITEMS,
): Effect.Effect<
  Queue.Enqueue<T, SendError>,
  never,
  Scope.Scope
> {
  return queues.enqueue<T, SendError>((item) => send(channel, item), capacity);
}

/**
 * Gives the items of a channel as a stream, which ends when the channel closes. Each is taken
 * when the stream is pulled, not before.
 *
 * @param channel Where from.
 * @returns The stream; it fails where `recv` would, except for a closed channel.
 * @throws {TypeError} `channel` is no `RecvChannel`.
 *
 * @example All items of a channel
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Stream from "effect/Stream";
 * import { createChannel } from "subinterpreters";
 * import { stream } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const [end, send] = createChannel();
 * for (const n of [1, 2]) send.sendNowait(n);
 * send.close();
 * assert.deepEqual(await Effect.runPromise(Stream.runCollect(stream(end))), [1, 2]);
 * ```
 */
export function stream<T>(channel: RecvChannel<T>): Stream.Stream<T, RecvError> {
  const pull: Effect.Effect<T, RecvError | Cause.Done> = recv(channel).pipe(
    Effect.catch((error): Effect.Effect<never, RecvError | Cause.Done> =>
      error._tag === "ChannelClosedError" ? Cause.done() : Effect.fail(error)
    ),
  );
  return Stream.fromEffectRepeat(pull);
}

/**
 * Gives a sink that sends what comes, one item after the other: each waits until it has been
 * received, and so the stream waits for the receiver. The end of the stream leaves the channel
 * open.
 *
 * @param channel Where to.
 * @returns The sink; it fails where `send` does.
 * @throws {TypeError} `channel` is no `SendChannel`.
 *
 * @example Send a stream
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Stream from "effect/Stream";
 * import { Channel } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const [recv, send] = yield* Channel.make<number>();
 *   const sending = Stream.run(Stream.make(1, 2, 3), Channel.sink(send));
 *   yield* Effect.forkChild(Effect.andThen(sending, Channel.close(send)));
 *   return yield* Stream.runCollect(Channel.stream(recv));
 * });
 * assert.deepEqual(await Effect.runPromise(Effect.scoped(program)), [1, 2, 3]);
 * ```
 */
export function sink<T>(channel: SendChannel<T>): Sink.Sink<void, T, never, SendError> {
  checkSend(channel);
  return Sink.forEach((item: T) => send(channel, item));
}

/** The channel as fibers receive from it; errors get the frames of whoever calls now. */
function sourceOf(channel: RecvChannel): Source<RecvError> {
  checkRecv(channel);
  const caller = callerHere();
  return {
    ...receivingEnd(channel),
    failure: (error) => failureOf(atCaller(error, caller), isRecvError),
  };
}

function checkRecv(channel: unknown): void {
  if (channel instanceof RecvChannel) return;
  throw new TypeError(`Cannot receive: channel must be a RecvChannel, received ${show(channel)}`);
}

function checkSend(channel: unknown): void {
  if (channel instanceof SendChannel) return;
  throw new TypeError(`Cannot send: channel must be a SendChannel, received ${show(channel)}`);
}
