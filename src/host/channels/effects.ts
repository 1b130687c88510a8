// Waits on channels as Effects: what the promises of the API and `subinterpreters/effect`
// run. A wait is built directly on the channel's start and give-up, holds the process while
// it lasts, and is withdrawn when its fiber is interrupted.

import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import { atCaller } from "../../api/caller.ts";
import { isThenable } from "../../api/checks.ts";
import type { ReceivingEnd } from "../../api/ends.ts";
import { LONGEST_DELAY_MS, type Start, type WaitLimits } from "../../api/realm.ts";
import type { GiveUp, Received, Settle } from "../../channel/channel.ts";
import { hold, release } from "../../runtime/keep_alive.ts";

/** How a wait ends besides by its value. */
export interface Ends<A, E> {
  /** The error of a wait as an effect. */
  readonly failure: (error: unknown) => Effect.Effect<never, E>;
  /** Hears what is settled while the fiber is interrupted, which cannot have it any more. */
  readonly late?: Settle<A>;
}

/** Begins to watch a wait, in its fiber, and returns what ends that; `undefined`: nobody watches. */
export type Begin = () => ((exit: Exit.Exit<unknown, unknown>) => void) | undefined;

/** Waits for what `start` settles; begins when its fiber does. */
export function waiting<A, E>(
  start: Start<A>,
  { failure, late }: Ends<A, E>,
  begin?: Begin,
): Effect.Effect<A, E> {
  return Effect.callback<A, E>((resume) => {
    let isInterrupted = false;
    const end = begin?.();
    hold();
    const settle: Settle<A> = {
      resolve(value) {
        release();
        if (isInterrupted) return late?.resolve(value);
        end?.(Exit.succeed(value));
        resume(Effect.succeed(value));
      },
      reject(error) {
        release();
        if (isInterrupted) return late?.reject(error);
        end?.(Exit.fail(error));
        resume(failure(error));
      },
    };
    let giveUp: GiveUp;
    try {
      giveUp = start(settle);
    } catch (error) {
      settle.reject(error);
      return;
    }
    return Effect.sync(() => {
      isInterrupted = true;
      end?.(Exit.interrupt());
      if (giveUp()) release();
    });
  });
}

/** A receiving end as fibers see it: its errors are effects. */
export interface Source<E> extends ReceivingEnd {
  readonly failure: (error: unknown) => Effect.Effect<never, E>;
}

/** An item as a program gets it. */
export interface Item<T> {
  readonly received: Received;
  /** What the schema of the handle made of it; without one the item itself. */
  readonly value: T;
}

/** As `receiving`; the item is validated if its handle has a schema. */
export function receivingValid<T, E>(
  source: Source<E>,
  begin?: Begin,
): Effect.Effect<Item<T>, E> {
  const { validator } = source;
  if (validator === undefined) {
    return Effect.map(receiving(source, begin), (received) => itemOf(received, received.item));
  }
  return Effect.flatMap(receiving(source, begin), (received) => {
    try {
      const valid = validator.check(received.item);
      if (!isThenable(valid)) return Effect.succeed(itemOf<T>(received, valid.value));
      return Effect.tryPromise({ try: () => valid, catch: (error) => error }).pipe(
        Effect.map(({ value }) => itemOf<T>(received, value)),
        Effect.catch(source.failure),
        Effect.onInterrupt(() => Effect.sync(() => source.putBack(received))),
      );
    } catch (error) {
      return source.failure(error);
    }
  });
}

function itemOf<T>(received: Received, value: unknown): Item<T> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type is that of the schema, or a claim of the user's
  return { received, value: value as T };
}

/** Receives the next item; if the fiber is interrupted before it goes on, it is put back. */
function receiving<E>(
  { start, putBack, failure }: Source<E>,
  begin?: Begin,
): Effect.Effect<Received, E> {
  return waiting(claiming(start, putBack), { failure }, begin);
}

/**
 * As `start`, for fibers of the program's: none of their code runs in the middle of what the
 * channel does. What has come is only claimed until the fiber goes on, a microtask later.
 *
 * @param undo What becomes of a claim that is given up.
 */
export function claiming<A>(start: Start<A>, undo: (value: A) => void = () => {}): Start<A> {
  return (settle) => {
    let claim: { readonly value: A } | undefined;
    const giveUp = start({
      resolve(value) {
        claim = { value };
        queueMicrotask(() => {
          if (claim === undefined) return;
          claim = undefined;
          settle.resolve(value);
        });
      },
      reject: (error) => queueMicrotask(() => settle.reject(error)),
    });
    return () => {
      if (claim === undefined && giveUp()) return true;
      if (claim === undefined) return false;
      const { value } = claim;
      claim = undefined;
      undo(value);
      return true;
    };
  };
}

/** Runs a wait in a fiber that its limits interrupt; a result that comes meanwhile counts. */
export function waitInFiber<A>(start: Start<A>, limits: WaitLimits): Promise<A> {
  const { signal, timeoutMs, onTimeout, caller } = limits;
  return new Promise((resolve, reject) => {
    let late: Exit.Exit<A, unknown> | undefined;
    let reason: unknown;
    const fiber = Effect.runFork(waiting(start, {
      failure: Effect.fail,
      late: {
        resolve: (value) => late = Exit.succeed(value),
        reject: (error) => late = Exit.fail(error),
      },
    }));
    const finish = (exit: Exit.Exit<A, unknown>) => {
      if (exit._tag === "Success") {
        resolve(exit.value);
        return;
      }
      const error = Cause.hasInterrupts(exit.cause) ? reason : Cause.squash(exit.cause);
      // Not in the middle of what the channel does: to read a stack may be to run source.
      queueMicrotask(() => reject(atCaller(error, caller, signal)));
    };
    fiber.addObserver((exit) => finish(late ?? exit));
    const end = (why: () => unknown) => {
      reason = why();
      fiber.interruptUnsafe();
    };
    if (fiber.pollUnsafe() !== undefined) return;
    if (timeoutMs < LONGEST_DELAY_MS) {
      const timer = Effect.runFork(Effect.sleep(timeoutMs));
      timer.addObserver((exit) => {
        if (exit._tag === "Success") end(onTimeout);
      });
      fiber.addObserver(() => timer.interruptUnsafe());
    }
    if (signal === undefined) return;
    const onAbort = () => end(() => signal.reason);
    signal.addEventListener("abort", onAbort);
    fiber.addObserver(() => signal.removeEventListener("abort", onAbort));
    // It may have been aborted while Effect was loading.
    if (signal.aborted) onAbort();
  });
}
