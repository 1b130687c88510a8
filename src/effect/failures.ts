// The module's errors as Effect's error channel has them: each with its own literal
// `_tag`. A class that others derive from can only declare that it is one of several.

import * as Effect from "effect/Effect";
import {
  type ChannelClosedError,
  ChannelError,
  type ChannelNotFoundError,
  InterpreterError,
  type InterpreterNotFoundError,
  type InterpreterTerminatedError,
  type ItemInterpreterDestroyed,
  NotShareableError,
  type RunFailedError,
  UnsupportedError,
  ValidationError,
} from "../door.js";

/**
 * An error whose tag `catchTag` can tell from others.
 *
 * @typeParam E The error's class.
 * @typeParam Tag Its name.
 */
export type Tagged<E, Tag extends string> = E & { readonly _tag: Tag };

// To TypeScript every error is a `RangeError`, so a union with one swallows all others where
// effects of different failures meet. Its name tells it apart.

/** How creating an interpreter can fail. */
export type MakeError =
  | Tagged<InterpreterError, "InterpreterError">
  | Tagged<UnsupportedError, "UnsupportedError">;

/** How a run can fail; a `RangeError` says that the value is more than `limits.messageBytes`. */
export type RunError =
  | (RangeError & { readonly name: "RangeError" })
  | Tagged<InterpreterError, "InterpreterError">
  | Tagged<InterpreterNotFoundError, "InterpreterNotFoundError">
  | Tagged<RunFailedError, "RunFailedError">
  | Tagged<InterpreterTerminatedError, "InterpreterTerminatedError">
  | Tagged<NotShareableError, "NotShareableError">;

/** How sending can fail; a `RangeError` says that the message is too big. */
export type SendError =
  | (RangeError & { readonly name: "RangeError" })
  | Tagged<ChannelError, "ChannelError">
  | Tagged<ChannelClosedError, "ChannelClosedError">
  | Tagged<ChannelNotFoundError, "ChannelNotFoundError">
  | Tagged<NotShareableError, "NotShareableError">;

/** How receiving can fail. */
export type RecvError =
  | Tagged<ChannelError, "ChannelError">
  | Tagged<ChannelClosedError, "ChannelClosedError">
  | Tagged<ChannelNotFoundError, "ChannelNotFoundError">
  | Tagged<ItemInterpreterDestroyed, "ItemInterpreterDestroyed">
  | Tagged<ValidationError, "ValidationError">;

/** Whether creating an interpreter may fail so; anything else is a defect. */
export function isMakeError(error: unknown): error is MakeError {
  return error instanceof InterpreterError || error instanceof UnsupportedError;
}

/** Whether a run may fail so. */
export function isRunError(error: unknown): error is RunError {
  return error instanceof InterpreterError || error instanceof NotShareableError ||
    error instanceof RangeError;
}

/** Whether sending may fail so. */
export function isSendError(error: unknown): error is SendError {
  return error instanceof ChannelError || error instanceof NotShareableError ||
    error instanceof RangeError;
}

/** Whether receiving may fail so. */
export function isRecvError(error: unknown): error is RecvError {
  return error instanceof ChannelError || error instanceof ValidationError;
}

/** The error as a failure if the guard knows it. Anything else is a defect: a wrong argument, say. */
export function failureOf<E>(
  error: unknown,
  isFailure: (error: unknown) => error is E,
): Effect.Effect<never, E> {
  return isFailure(error) ? Effect.fail(error) : Effect.die(error);
}

/**
 * An operation as an effect. Interrupting it aborts the operation, and is done when that has
 * ended.
 *
 * @param undo Undoes a result that came although the fiber was interrupted.
 */
export function attempt<A, E>(
  operation: (signal: AbortSignal) => Promise<A>,
  isFailure: (error: unknown) => error is E,
  undo: (late: A) => Promise<void> | void = () => {},
): Effect.Effect<A, E> {
  return Effect.callback<A, E>((resume) => {
    const interruption = new AbortController();
    const ended = operation(interruption.signal).then(
      (value) => {
        if (interruption.signal.aborted) return undo(value);
        resume(Effect.succeed(value));
      },
      (error: unknown) => resume(failureOf(error, isFailure)),
    );
    return Effect.promise(() => {
      interruption.abort();
      return ended;
    });
  });
}
