// The module's errors as Effect's error channel has them: each with its own literal
// `_tag`. A class that others derive from can only declare that it is one of several.

import * as Effect from "effect/Effect";
import {
  type ChannelClosedError,
  ChannelError,
  type ChannelNotEmptyError,
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

/**
 * A value that is too long, a message that is too big, or a number out of its range. The
 * language's own class has no tag; a failure of an effect gets one.
 */
export type TaggedRangeError = Tagged<RangeError, "RangeError">;

/** How creating an interpreter can fail. */
export type MakeError =
  | Tagged<InterpreterError, "InterpreterError">
  | Tagged<UnsupportedError, "UnsupportedError">;

/** How closing an interpreter can fail. */
export type CloseError =
  | Tagged<InterpreterError, "InterpreterError">
  | Tagged<InterpreterNotFoundError, "InterpreterNotFoundError">;

/** How binding values in an interpreter can fail; a `RangeError` says that they are too long. */
export type PrepareError =
  | CloseError
  | TaggedRangeError
  | Tagged<InterpreterTerminatedError, "InterpreterTerminatedError">
  | Tagged<NotShareableError, "NotShareableError">;

/** How a call can fail; a `RangeError` says that arguments or result are too long. */
export type CallError =
  | PrepareError
  | Tagged<RunFailedError, "RunFailedError">;

/** How a run can fail: as a call, or because a channel that it was to have is closed. */
export type RunError =
  | CallError
  | Tagged<ChannelClosedError, "ChannelClosedError">
  | Tagged<ChannelNotFoundError, "ChannelNotFoundError">;

/** How loading a module can fail; a `RangeError` says that it has too many exports. */
export type ImportError =
  | CloseError
  | TaggedRangeError
  | Tagged<RunFailedError, "RunFailedError">
  | Tagged<InterpreterTerminatedError, "InterpreterTerminatedError">
  | Tagged<UnsupportedError, "UnsupportedError">;

/** How sending can fail; a `RangeError` says that the message is too big. */
export type SendError =
  | TaggedRangeError
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

/** How closing a channel can fail. */
export type ChannelCloseError =
  | Tagged<ChannelClosedError, "ChannelClosedError">
  | Tagged<ChannelNotEmptyError, "ChannelNotEmptyError">
  | Tagged<ChannelNotFoundError, "ChannelNotFoundError">;

/** Whether creating an interpreter may fail so; anything else is a defect. */
export function isMakeError(error: unknown): error is MakeError {
  return error instanceof InterpreterError || error instanceof UnsupportedError;
}

/** Whether closing or terminating an interpreter may fail so. */
export function isCloseError(error: unknown): error is CloseError {
  return error instanceof InterpreterError;
}

/** Whether binding values may fail so. */
export function isPrepareError(error: unknown): error is PrepareError {
  return isCallError(error);
}

/** Whether a call may fail so. */
export function isCallError(error: unknown): error is CallError {
  return error instanceof InterpreterError || error instanceof NotShareableError ||
    error instanceof RangeError;
}

/** Whether a run may fail so. */
export function isRunError(error: unknown): error is RunError {
  return isCallError(error) || error instanceof ChannelError;
}

/** Whether loading a module may fail so. */
export function isImportError(error: unknown): error is ImportError {
  return isMakeError(error) || error instanceof RangeError;
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

/** Whether closing a channel may fail so. */
export function isChannelCloseError(error: unknown): error is ChannelCloseError {
  return error instanceof ChannelError;
}

/** The error as a failure if the guard knows it. Anything else is a defect: a wrong argument, say. */
export function failureOf<E>(
  error: unknown,
  isFailure: (error: unknown) => error is E,
): Effect.Effect<never, E> {
  if (!isFailure(error)) return Effect.die(error);
  if (error instanceof RangeError) Object.defineProperty(error, "_tag", { value: "RangeError" });
  return Effect.fail(error);
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

/** An operation that does not wait as an effect. */
export function attemptNow<A, E>(
  operation: () => A,
  isFailure: (error: unknown) => error is E,
): Effect.Effect<A, E> {
  return Effect.suspend(() => {
    try {
      return Effect.succeed(operation());
    } catch (error) {
      return failureOf(error, isFailure);
    }
  });
}
