// Why an interpreter ends, and why it refuses a request, as the errors that callers get.

import type { Refusal } from "../../../actors/events.ts";
import {
  InterpreterError,
  InterpreterNotFoundError,
  InterpreterTerminatedError,
  type UnsupportedError,
} from "../../errors.ts";
import type { ThreadEnd } from "../../runtime/adapter.ts";
import { isAboutMissing, missing } from "../../runtime/inlined.ts";

/** The error of a request that the machine of an interpreter refuses. */
export function refused(id: number, { event, state }: Refusal): InterpreterError {
  if (state === "closed") return notFound(id);
  return new InterpreterError(
    event === "CLOSE"
      ? `Cannot close interpreter ${id}: interpreter running; wait for its run, or call terminate()`
      : `Cannot run source in interpreter ${id}: interpreter already running; wait for run() or call terminate()`,
  );
}

/** The error of a request to an interpreter that does not exist. */
export function notFound(id: number): InterpreterNotFoundError {
  return new InterpreterNotFoundError(`Cannot use interpreter ${id}: no interpreter has that id`);
}

/** The error of an interpreter whose thread ended by itself. */
export function crashed(
  id: number,
  { error: cause, isOutOfMemory }: ThreadEnd,
): InterpreterTerminatedError {
  if (isOutOfMemory) return outOfMemory(id, cause);
  const message = `Interpreter ${id} ended: its thread crashed`;
  return new InterpreterTerminatedError(message, { reason: "crash", cause });
}

/** The error of one that was never there: its thread ended before it was ready. */
export function unborn(
  { error: cause, isOutOfMemory }: ThreadEnd,
): InterpreterError | UnsupportedError {
  if (isAboutMissing(cause)) return missing(cause);
  const message = isOutOfMemory
    ? "Cannot create an interpreter: its thread ran out of memory; raise limits.memoryMiB"
    : "Cannot create an interpreter: its thread ended before it was ready";
  return new InterpreterError(message, { cause });
}

/** The error of an interpreter that ran out of memory. */
export function outOfMemory(id: number, cause?: unknown): InterpreterTerminatedError {
  const message = `Interpreter ${id} ended: it ran out of memory`;
  return new InterpreterTerminatedError(message, { reason: "out of memory", cause });
}

/** The error of an interpreter that posts more than the main interpreter lets it. */
export function flooded(id: number): InterpreterTerminatedError {
  const message =
    `Interpreter ${id} ended: it sent more to the main interpreter than that can take in`;
  return new InterpreterTerminatedError(message, { reason: "flood" });
}
