// Queues between interpreters as Effect sees them: waits that can be interrupted, streams and
// sinks. `Queue` is the module's own; Effect's has its full name.

import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import type * as EffectQueue from "effect/Queue";
import type * as Scope from "effect/Scope";
import * as Sink from "effect/Sink";
import * as Stream from "effect/Stream";
import { atCaller, callerHere } from "../api/caller.ts";
import { show } from "../api/checks.ts";
import type { PutNowaitOptions, QueueOptions, ShutdownOptions } from "../api/options.ts";
import { createQueue, gettingEnd, puttingTo, Queue } from "../door.js";
import { claiming, receivingValid, type Source, waiting } from "../host/channels/effects.ts";
import * as queues from "../host/channels/queues.ts";
import { attemptNow, failureOf } from "./failures.ts";
import {
  type GetError,
  type GetNowaitError,
  isGetError,
  isPutError,
  type PutError,
  type PutNowaitError,
  type QueueNotFound,
} from "./queue_failures.ts";

export type { Queue } from "../api/queue.ts";
export type {
  GetError,
  GetNowaitError,
  PutError,
  PutNowaitError,
  QueueNotFound,
} from "./queue_failures.ts";

const HELD_ITEMS = 16;

/**
 * Creates a queue that is shut down with the scope. Items that nobody has got then are dropped,
 * and whoever waits on it gets a `QueueShutDownError`.
 *
 * A wrong option is a defect, and so are more queues than a process may have.
 *
 * @typeParam Input Type of what is put. Without a schema it is for the compiler alone.
 * @typeParam Output Type of what is got, which differs if the schema transforms.
 * @param options As for `createQueue`: the most items, or `maxsize`, `unboundItems` and `schema`.
 * @returns An effect that needs a scope and gives the queue.
 *
 * @example Work for an interpreter
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Stream from "effect/Stream";
 * import { Interpreter, Queue } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const tasks = yield* Queue.make<number>();
 *   const results = yield* Queue.make<number>();
 *   const interpreter = yield* Interpreter.make();
 *   const source = "for await (const n of tasks) await results.put(n * n);";
 *   yield* Effect.forkChild(Interpreter.run(interpreter, source, { values: { tasks, results } }));
 *   yield* Stream.run(Stream.make(1, 2, 3), Queue.sink(tasks));
 *   return yield* Stream.runCollect(Stream.take(Queue.stream(results), 3));
 * });
 * assert.deepEqual(await Effect.runPromise(Effect.scoped(program)), [1, 4, 9]);
 * ```
 */
export function make<Input = unknown, Output = Input>(
  options: number | QueueOptions<Input, Output> = {},
): Effect.Effect<Queue<Input, Output>, never, Scope.Scope> {
  return Effect.acquireRelease(
    Effect.sync(() => createQueue(options)),
    (queue) => Effect.ignore(shutdown(queue, { immediate: true })),
  );
}

/**
 * Puts an item, waiting until there is room for it. Interrupting the effect takes it back, unless
 * it is in the queue already.
 *
 * The effect fails with a `QueueShutDownError`, a `QueueNotFoundError`, a `QueueError` if 1000
 * other interpreters use the queue, a `NotShareableError`, or a `RangeError` for an item that is
 * too long. What a getter of the value throws is a defect.
 *
 * @param queue Where to.
 * @param value What to put: anything that `isShareable`.
 * @param options What becomes of the item when this interpreter ends.
 * @returns An effect that is done when the item is in the queue.
 * @throws {TypeError} `queue` is no `Queue`.
 *
 * @example Wait for room
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Queue } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const queue = yield* Queue.make<string>(1);
 *   yield* Queue.put(queue, "first");
 *   yield* Effect.forkChild(Queue.put(queue, "second"));
 *   return [yield* Queue.get(queue), yield* Queue.get(queue)];
 * });
 * assert.deepEqual(await Effect.runPromise(Effect.scoped(program)), ["first", "second"]);
 * ```
 */
export function put<Input>(
  queue: Queue<Input, unknown>,
  value: NoInfer<Input>,
  options?: PutNowaitOptions,
): Effect.Effect<void, PutError> {
  check(queue);
  const caller = callerHere();
  return waiting(claiming(puttingTo(queue.id, value, options?.unboundItems)), {
    failure: (error) => failureOf(atCaller(error, caller), isPutError<PutError>),
  });
}

/**
 * Puts an item if there is room for it, and never waits. The effect fails where `put` does, and
 * with a `QueueFullError`.
 *
 * @param queue Where to.
 * @param value What to put: anything that `isShareable`.
 * @param options What becomes of the item when this interpreter ends.
 * @returns An effect that is done when the item is in the queue.
 * @throws {TypeError} `queue` is no `Queue`.
 *
 * @example A full queue
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Queue } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const queue = yield* Queue.make<string>({ maxsize: 1 });
 *   yield* Queue.putNowait(queue, "first");
 *   return yield* Queue.putNowait(queue, "second").pipe(
 *     Effect.as("put"),
 *     Effect.catchTag("QueueFullError", () => Effect.succeed("full")),
 *   );
 * });
 * assert.equal(await Effect.runPromise(Effect.scoped(program)), "full");
 * ```
 */
export function putNowait<Input>(
  queue: Queue<Input, unknown>,
  value: NoInfer<Input>,
  options?: PutNowaitOptions,
): Effect.Effect<void, PutNowaitError> {
  check(queue);
  return attemptNow(() => queue.putNowait(value, options), isPutError<PutNowaitError>);
}

/**
 * Gets the next item, waiting until there is one. Interrupting the effect withdraws the wait; an
 * item that comes for it all the same is the next that this interpreter gets.
 *
 * The effect fails with a `QueueShutDownError` if the queue is shut down and empty, with an
 * `ItemInterpreterDestroyed`, a `QueueNotFoundError`, a `QueueError` for an item that cannot be
 * read, or a `ValidationError` for one that does not fit the schema of the queue.
 *
 * @param queue Where from.
 * @returns An effect of the item.
 * @throws {TypeError} `queue` is no `Queue`.
 *
 * @example The end of a queue
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Queue } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const queue = yield* Queue.make<string>();
 *   yield* Queue.put(queue, "last");
 *   yield* Queue.shutdown(queue);
 *   assert.equal(yield* Queue.get(queue), "last");
 *   return (yield* Effect.flip(Queue.get(queue)))._tag;
 * });
 * assert.equal(await Effect.runPromise(Effect.scoped(program)), "QueueShutDownError");
 * ```
 */
export function get<Output>(queue: Queue<never, Output>): Effect.Effect<Output, GetError> {
  return Effect.map(receivingValid<Output, GetError>(sourceOf(queue)), ({ value }) => value);
}

/**
 * Gets the next item if there is one, and never waits. The effect fails where `get` does, and with
 * a `QueueEmptyError`. A schema that takes time to validate is a defect.
 *
 * @param queue Where from.
 * @returns An effect of the item.
 * @throws {TypeError} `queue` is no `Queue`.
 *
 * @example An empty queue
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Queue } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.flatMap(Queue.make<string>(), (queue) =>
 *   Queue.getNowait(queue).pipe(
 *     Effect.catchTag("QueueEmptyError", () => Effect.succeed("empty")),
 *   ));
 * assert.equal(await Effect.runPromise(Effect.scoped(program)), "empty");
 * ```
 */
export function getNowait<Output>(
  queue: Queue<never, Output>,
): Effect.Effect<Output, GetNowaitError> {
  check(queue);
  return attemptNow(() => queue.getNowait(), isGetError<GetNowaitError>);
}

/**
 * Shuts a queue down before its scope does: nothing can be put any more, and what is there can
 * still be got. Shutting down again is fine. The effect fails with a `QueueNotFoundError`.
 *
 * @param queue What to shut down.
 * @param options With `immediate` the items are dropped.
 * @returns An effect that is done when it is shut down.
 * @throws {TypeError} `queue` is no `Queue`.
 *
 * @example Nothing more
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Queue } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const queue = yield* Queue.make<string>();
 *   yield* Queue.shutdown(queue);
 *   return (yield* Effect.flip(Queue.put(queue, "late")))._tag;
 * });
 * assert.equal(await Effect.runPromise(Effect.scoped(program)), "QueueShutDownError");
 * ```
 */
export function shutdown(
  queue: Queue<never, unknown>,
  options?: ShutdownOptions,
): Effect.Effect<void, QueueNotFound> {
  check(queue);
  return attemptNow(() => queue.shutdown(options), isGetError<QueueNotFound>);
}

/**
 * Gives the items of a queue as a stream, which ends when the queue is shut down and empty. Each
 * is taken when the stream is pulled, not before.
 *
 * @param queue Where from.
 * @returns The stream; it fails where `get` would, except for a queue that is shut down.
 * @throws {TypeError} `queue` is no `Queue`.
 *
 * @example All items of a queue
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Stream from "effect/Stream";
 * import { Queue } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const queue = yield* Queue.make<number>();
 *   for (const n of [1, 2]) yield* Queue.put(queue, n);
 *   yield* Queue.shutdown(queue);
 *   return yield* Stream.runCollect(Queue.stream(queue));
 * });
 * assert.deepEqual(await Effect.runPromise(Effect.scoped(program)), [1, 2]);
 * ```
 */
export function stream<Output>(queue: Queue<never, Output>): Stream.Stream<Output, GetError> {
  const pull: Effect.Effect<Output, GetError | Cause.Done> = get(queue).pipe(
    Effect.catch((error): Effect.Effect<never, GetError | Cause.Done> =>
      error._tag === "QueueShutDownError" ? Cause.done() : Effect.fail(error)
    ),
  );
  return Stream.fromEffectRepeat(pull);
}

/**
 * Gives a sink that puts what comes, and so the stream waits while the queue is full. The end of
 * the stream leaves the queue open.
 *
 * @param queue Where to.
 * @returns The sink; it fails where `put` does.
 * @throws {TypeError} `queue` is no `Queue`.
 *
 * @example Put a stream
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Stream from "effect/Stream";
 * import { Queue } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const queue = yield* Queue.make<number>();
 *   yield* Stream.run(Stream.make(1, 2, 3), Queue.sink(queue));
 *   return queue.qsize();
 * });
 * assert.equal(await Effect.runPromise(Effect.scoped(program)), 3);
 * ```
 */
export function sink<Input>(
  queue: Queue<Input, unknown>,
): Sink.Sink<void, Input, never, PutError> {
  check(queue);
  return Sink.forEach((item: Input) => put(queue, item));
}

/**
 * Gives a queue of Effect's that is filled from this one while the scope is open, and is done
 * when this one is shut down and empty. What it holds when the scope closes returns.
 *
 * @param queue Where from.
 * @param capacity How many items may be held; 16 if absent.
 * @returns An effect that needs a scope and gives the queue.
 * @throws {TypeError} `queue` is no `Queue`.
 *
 * @example Take what comes
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as EffectQueue from "effect/Queue";
 * import { Queue } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const queue = yield* Queue.make<string>();
 *   for (const item of ["a", "b"]) yield* Queue.put(queue, item);
 *   return yield* EffectQueue.takeN(yield* Queue.dequeue(queue), 2);
 * });
 * assert.deepEqual(await Effect.runPromise(Effect.scoped(program)), ["a", "b"]);
 * ```
 */
export function dequeue<Output>(
  queue: Queue<never, Output>,
  capacity: number = HELD_ITEMS,
): Effect.Effect<EffectQueue.Dequeue<Output, GetError | Cause.Done>, never, Scope.Scope> {
  return queues.dequeue<Output, GetError>(sourceOf(queue), capacity);
}

/**
 * Gives a queue of Effect's whose items are put into this one, in order, while the scope is open.
 * It fails where `put` would. What waits in it when the scope closes is not put.
 *
 * @param queue Where to.
 * @param capacity How many items may wait; 16 if absent.
 * @returns An effect that needs a scope and gives the queue.
 * @throws {TypeError} `queue` is no `Queue`.
 *
 * @example Offer and get
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as EffectQueue from "effect/Queue";
 * import { Queue } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const queue = yield* Queue.make<string>();
 *   yield* EffectQueue.offer(yield* Queue.enqueue(queue), "a");
 *   return yield* Queue.get(queue);
 * });
 * assert.equal(await Effect.runPromise(Effect.scoped(program)), "a");
 * ```
 */
export function enqueue<Input>(
  queue: Queue<Input, unknown>,
  capacity: number = HELD_ITEMS,
): Effect.Effect<EffectQueue.Enqueue<Input, PutError>, never, Scope.Scope> {
  check(queue);
  return queues.enqueue<Input, PutError>((item) => put(queue, item), capacity);
}

/** The queue as fibers get from it; errors get the frames of whoever calls now. */
function sourceOf(queue: Queue<never, unknown>): Source<GetError> {
  check(queue);
  const caller = callerHere();
  return {
    ...gettingEnd(queue.id),
    failure: (error) => failureOf(atCaller(error, caller), isGetError<GetError>),
  };
}

function check(queue: unknown): void {
  if (queue instanceof Queue) return;
  throw new TypeError(`Cannot use a queue: it must be a Queue, received ${show(queue)}`);
}
