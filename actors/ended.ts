// The error of an interpreter that ended, for whoever knows the reason in words alone.

import { InterpreterTerminatedError } from "../src/errors.ts";

/** The error of a run that ended with its interpreter. */
export function ended(id: number, reason: string): InterpreterTerminatedError {
  const message = reason === "timeout"
    ? `Interpreter ${id} ended: its run took longer than its timeout`
    : `Interpreter ${id} ended: ${reason}`;
  return new InterpreterTerminatedError(message, { reason });
}
