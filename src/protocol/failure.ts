// Errors on their way between host and guest: the name of the class, the message and details
// as plain data, of which the other side makes an instance of the same class.

import {
  BrokenInterpreterPoolError,
  CancelledError,
  ChannelClosedError,
  ChannelError,
  ChannelNotFoundError,
  type Excinfo,
  InterpreterError,
  InterpreterNotFoundError,
  InterpreterTerminatedError,
  NotShareableError,
  RunFailedError,
  RuntimeError,
  UnsupportedError,
} from "../errors.ts";
import { QueueError, QueueFullError, QueueNotFoundError } from "../queue_errors.ts";
import { ValidationError } from "../validation_error.ts";
import type { Failure } from "./frames.ts";
import { fromExcinfo, toExcinfo } from "../codec/excinfo.ts";
import { recordOf } from "../codec/fields.ts";
import { withTransferred } from "../codec/pieces.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Error, Object, RangeError, String, TypeError } = globalThis;

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
  QueueFullError,
  BrokenInterpreterPoolError,
  CancelledError,
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
  if (error instanceof ValidationError) {
    const { name: tag, message, properties = {} } = toExcinfo(error);
    return { tag, message, excinfo: { name: tag, message, properties } };
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
  if (tag === "ValidationError") return validationError(message, excinfo);
  const constructor = Object.hasOwn(CLASSES, tag) ? CLASSES[tag] : undefined;
  return new (constructor ?? RuntimeError)(message);
}

/** The error as the other side had it; what of its issues has not their shape is left out. */
function validationError(message: string, excinfo: Excinfo | undefined): ValidationError {
  const { issues: given, channel, queue } = excinfo?.properties ?? {};
  const list: readonly unknown[] = Array.isArray(given) ? given : [];
  return new ValidationError(message, {
    issues: list.flatMap((issue) => {
      if (typeof issue !== "object" || issue === null) return [];
      const { message: text, path } = recordOf(issue);
      const keys: readonly unknown[] = Array.isArray(path) ? path : [];
      const isKey = (key: unknown) => typeof key === "string" || typeof key === "number";
      return typeof text === "string" ? [{ message: text, path: keys.filter(isKey) }] : [];
    }),
    channel: typeof channel === "number" ? channel : undefined,
    queue: typeof queue === "number" ? queue : undefined,
    cause: excinfo?.cause === undefined ? undefined : fromExcinfo(excinfo.cause),
  });
}
