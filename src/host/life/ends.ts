// The errors of interpreters that end before they are closed.

import { InterpreterTerminatedError } from "../../errors.ts";

/** The error of a run that ended with its interpreter. */
export function ended(id: number, reason: string): InterpreterTerminatedError {
  const message = reason === "timeout"
    ? `Interpreter ${id} ended: its run took longer than its timeout`
    : `Interpreter ${id} ended: ${reason}`;
  return new InterpreterTerminatedError(message, { reason });
}

/** The error of one that ran out of memory. */
export function outOfMemory(id: number, cause?: unknown): InterpreterTerminatedError {
  const message = `Interpreter ${id} ended: it ran out of memory`;
  return new InterpreterTerminatedError(message, { reason: "out of memory", cause });
}

/** The error of one that posts more than the main interpreter has let it. */
export function flooded(id: number): InterpreterTerminatedError {
  const message =
    `Interpreter ${id} ended: it sent more to the main interpreter than that can take in`;
  return new InterpreterTerminatedError(message, { reason: "flood" });
}
