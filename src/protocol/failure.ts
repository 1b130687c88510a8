// Errors on their way between host and guest: the name of the class, the message and details
// as plain data, of which the other side makes an instance of the same class.

import {
  ChannelClosedError,
  ChannelError,
  ChannelNotFoundError,
  InterpreterError,
  InterpreterNotFoundError,
  InterpreterTerminatedError,
  NotShareableError,
  QueueError,
  QueueNotFoundError,
  RunFailedError,
  RuntimeError,
  UnsupportedError,
} from "../errors.ts";
import type { Failure } from "./frames.ts";
import { fromExcinfo } from "../codec/excinfo.ts";
import { withTransferred } from "../codec/pieces.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Object, RangeError, String, TypeError } = globalThis;

const CLASSES: Readonly<Record<string, new (message: string) => Error>> = {
  RuntimeError,
  InterpreterError,
  InterpreterNotFoundError,
  NotShareableError,
  UnsupportedError,
  ChannelError,
  ChannelNotFoundError,
  ChannelClosedError,
  QueueError,
  QueueNotFoundError,
  TypeError,
  RangeError,
};

/** The error as plain data; one of no class in the table becomes a `RuntimeError` with its message. */
export function toFailure(error: unknown): Failure {
  if (error instanceof InterpreterTerminatedError) {
    const { message, reason, exitCode, isInterpreterAlive } = error;
    const base = { tag: "InterpreterTerminatedError", message, reason, isInterpreterAlive };
    return exitCode === undefined ? base : { ...base, exitCode };
  }
  if (error instanceof RunFailedError) {
    return { tag: "RunFailedError", message: error.message, excinfo: error.excinfo };
  }
  if (error instanceof Error) {
    return {
      tag: Object.hasOwn(CLASSES, error.name) ? error.name : "RuntimeError",
      message: error.message,
    };
  }
  return { tag: "RuntimeError", message: String(error) };
}

/** An error of the class that the other side threw. */
export function fromFailure(failure: Failure): Error {
  return withTransferred(errorOf(failure), failure.transferred ?? []);
}

function errorOf(failure: Failure): Error {
  const { tag, message, excinfo, reason, exitCode, isInterpreterAlive = false } = failure;
  if (tag === "InterpreterTerminatedError") {
    const details = { reason: reason ?? "terminated", isInterpreterAlive };
    return new InterpreterTerminatedError(
      message,
      exitCode === undefined ? details : { ...details, exitCode },
    );
  }
  // A function of the creator threw it: the error is the creator's, not the module's.
  if (tag === "Thrown" && excinfo !== undefined) return fromExcinfo(excinfo);
  if (tag === "RunFailedError" && excinfo !== undefined) {
    return new RunFailedError(excinfo, { cause: fromExcinfo(excinfo) });
  }
  const constructor = Object.hasOwn(CLASSES, tag) ? CLASSES[tag] : undefined;
  return new (constructor ?? RuntimeError)(message);
}
