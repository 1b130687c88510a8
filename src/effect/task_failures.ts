// How tasks of a pool fail.

import {
  BrokenInterpreterPoolError,
  CancelledError,
  ExecutionFailedError,
  type InterpreterError,
  type InterpreterTerminatedError,
  NotShareableError,
  type QueueFullError,
  RunFailedError,
  RuntimeError,
  ValidationError,
} from "../door.js";
import type { Tagged, TaggedRangeError } from "./failures.ts";

/**
 * How a task can fail. What its function threw is a `RunFailedError`, as it is for
 * `Interpreter.call`; a `RangeError` says that arguments or result are too long.
 */
export type TaskError =
  | TaggedRangeError
  | Tagged<RunFailedError, "RunFailedError">
  | Tagged<InterpreterTerminatedError, "InterpreterTerminatedError">
  | Tagged<InterpreterError, "InterpreterError">
  | Tagged<NotShareableError, "NotShareableError">
  | Tagged<QueueFullError, "QueueFullError">
  | Tagged<BrokenInterpreterPoolError, "BrokenInterpreterPoolError">
  | Tagged<ValidationError, "ValidationError">
  | Tagged<CancelledError, "CancelledError">
  | Tagged<RuntimeError, "RuntimeError">;

/** Whether a task may fail so; anything else is a defect. */
export function isTaskError(error: unknown): error is TaskError {
  return error instanceof RuntimeError || error instanceof NotShareableError ||
    error instanceof ValidationError || error instanceof CancelledError ||
    error instanceof RangeError;
}

/** A task fails with the error that its function threw: here that is told from all others. */
export function toTaskError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof BrokenInterpreterPoolError) return error;
  if (error instanceof ExecutionFailedError) {
    return error instanceof RunFailedError ? error : runFailed(error, error.cause);
  }
  return error.cause instanceof ExecutionFailedError ? runFailed(error.cause, error) : error;
}

function runFailed({ excinfo, stack }: ExecutionFailedError, cause: unknown): RunFailedError {
  const error = new RunFailedError(excinfo, { cause });
  if (stack !== undefined) {
    Object.defineProperty(error, "stack", {
      value: stack.replace("ExecutionFailedError", "RunFailedError"),
      writable: true,
      configurable: true,
    });
  }
  return error;
}
