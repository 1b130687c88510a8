// Effect queues between a channel and a program, with the fibers that pump items from one to
// the other. An item that a queue still holds when it is left returns to the channel.

import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Queue from "effect/Queue";
import { PreventSchedulerYield } from "effect/Scheduler";
import type * as Scope from "effect/Scope";
import { atCaller, type Caller } from "../../api/caller.ts";
import type { ReceivingEnd } from "../../api/ends.ts";
import { LEFT, type Start } from "../../api/realm.ts";
import type { Received } from "../../channel/channel.ts";
import { RuntimeError } from "../../errors.ts";
import { type Ends, type Item, receivingValid, type Source, waiting } from "./effects.ts";

/**
 * A queue that a fiber fills from a channel while the scope is open, as long as it has room.
 * It ends when the channel closes; what it holds when the scope closes returns to the channel.
 */
export function dequeue<T, E>(
  source: Source<E>,
  capacity: number,
): Effect.Effect<Queue.Dequeue<T, E | Cause.Done>, never, Scope.Scope> {
  return Effect.gen(function* () {
    const queue = yield* Queue.bounded<T, E | Cause.Done>(capacity);
    /** What was received, ascending by place; the queue still holds the last of it. */
    const taken: Received[] = [];
    let isOffering = false;
    const offer = ({ received, value }: Item<T>) => {
      taken.splice(0, taken.length - Queue.sizeUnsafe(queue));
      taken.push(received);
      isOffering = true;
      return Effect.map(Queue.offer(queue, value), () => {
        isOffering = false;
      });
    };
    const pump = Effect.forever(Effect.flatMap(receivingValid<T, E>(source), offer), {
      disableYield: true,
    })
      .pipe(
        Effect.catchCause((cause) => {
          if (Cause.hasInterrupts(cause)) return Effect.failCause(cause);
          return isClosed(cause) ? Queue.end(queue) : Queue.failCause(queue, cause);
        }),
        // A fiber that yields with an item in hand would lose it when it is interrupted meanwhile.
        Effect.provideService(PreventSchedulerYield, true),
      );
    const leave = Effect.sync(() => {
      const held = Queue.sizeUnsafe(queue) + (isOffering ? 1 : 0);
      const left = taken.slice(taken.length - held);
      // First, because an item that returns may wake somebody who takes from this queue.
      Queue.shutdownUnsafe(queue);
      for (const received of left) source.putBack(received);
    });
    yield* Effect.acquireRelease(
      Effect.forkDetach(pump, { startImmediately: true }),
      (fiber) => Effect.andThen(Fiber.interrupt(fiber), leave),
    );
    return queue;
  });
}

const ENDS: readonly string[] = ["ChannelClosedError", "QueueShutDownError"];

/** By the tag: with the classes of queues the module's import would load one file more. */
function isClosed(cause: Cause.Cause<unknown>): boolean {
  const error = Cause.squash(cause);
  return error instanceof RuntimeError && ENDS.includes(error._tag);
}

/**
 * A queue whose items a fiber sends, one after the other, while the scope is open. If one
 * cannot be sent the queue fails; what waits in it then, or when the scope closes, is not sent.
 */
export function enqueue<T, E>(
  send: (item: T) => Effect.Effect<void, E>,
  capacity: number,
): Effect.Effect<Queue.Enqueue<T, E>, never, Scope.Scope> {
  return Effect.gen(function* () {
    const queue = yield* Queue.bounded<T, E>(capacity);
    const pump = Effect.forever(Effect.flatMap(Queue.take(queue), send)).pipe(
      // Shut down, because nobody takes any more: whoever waits to offer would wait for ever.
      Effect.catchCause((cause) =>
        Effect.andThen(Queue.failCause(queue, cause), Queue.shutdown(queue))
      ),
    );
    yield* Effect.forkScoped(pump);
    yield* Effect.addFinalizer(() => Queue.shutdown(queue));
    return queue;
  });
}

type Outcome = Exit.Exit<Received, unknown>;

/** The items that an iterator waits for: a queue without room, filled by a fiber for each. */
export class PullQueue {
  readonly #ends: Ends<Received, unknown>;
  readonly #queue = Effect.runSync(Queue.bounded<Outcome>(0));
  readonly #take = Effect.flatten(Queue.take(this.#queue));
  readonly #fibers = new Set<Fiber.Fiber<Received, unknown>>();

  constructor(putBack: ReceivingEnd["putBack"]) {
    this.#ends = { failure: Effect.fail, late: { resolve: putBack, reject: () => {} } };
  }

  /** Begins to wait for one item now; rejects with `LEFT` if `leave` comes first. */
  next(start: Start<Received>, caller: Caller): Promise<Received> {
    const asked = new Promise<Received>((resolve, reject) => {
      Effect.runFork(this.#take).addObserver((exit) => {
        if (Exit.isSuccess(exit)) resolve(exit.value);
        else queueMicrotask(() => reject(reasonOf(exit.cause, caller)));
      });
    });
    const fiber = Effect.runFork(waiting(start, this.#ends));
    this.#fibers.add(fiber);
    fiber.addObserver((outcome) => {
      this.#fibers.delete(fiber);
      Queue.offerUnsafe(this.#queue, outcome);
    });
    return asked;
  }

  /** Interrupts all waits. */
  leave(): void {
    for (const fiber of this.#fibers) fiber.interruptUnsafe();
  }
}

function reasonOf(cause: Cause.Cause<unknown>, caller: Caller): unknown {
  return Cause.hasInterrupts(cause) ? LEFT : atCaller(Cause.squash(cause), caller);
}
