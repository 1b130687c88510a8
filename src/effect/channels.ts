// Channels as Effect sees them: waits that can be interrupted, queues as buffers
// between a channel and a program, streams.

import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import type * as Queue from "effect/Queue";
import type * as Scope from "effect/Scope";
import * as Stream from "effect/Stream";
import { atCaller, callerHere } from "../api/caller.ts";
import { show } from "../api/checks.ts";
import { receivingEnd, RecvChannel, SendChannel, sendingTo } from "../door.js";
import { claiming, receivingValid, type Source, waiting } from "../host/channels/effects.ts";
import * as queues from "../host/channels/queues.ts";
import { failureOf, isRecvError, isSendError, type RecvError, type SendError } from "./failures.ts";

const QUEUE_ITEMS = 16;

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
  return Effect.map(receivingValid<T, RecvError>(sourceOf(channel)), ({ value }) => value);
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
  if (!(channel instanceof SendChannel)) {
    throw new TypeError(`Cannot send: channel must be a SendChannel, received ${show(channel)}`);
  }
  const caller = callerHere();
  return waiting(claiming(sendingTo(channel.id, value)), {
    failure: (error) => failureOf(atCaller(error, caller), isSendError),
  });
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

/** The channel as fibers receive from it; errors get the frames of whoever calls now. */
function sourceOf(channel: RecvChannel): Source<RecvError> {
  if (!(channel instanceof RecvChannel)) {
    throw new TypeError(`Cannot receive: channel must be a RecvChannel, received ${show(channel)}`);
  }
  const caller = callerHere();
  return {
    ...receivingEnd(channel),
    failure: (error) => failureOf(atCaller(error, caller), isRecvError),
  };
}
