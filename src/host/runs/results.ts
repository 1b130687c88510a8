// How a run ended, as the value or the error that its caller gets.

import { fromExcinfo, toExcinfo } from "../../codec/excinfo.ts";
import { tooLong } from "../../codec/limit.ts";
import {
  type Excinfo,
  InterpreterError,
  InterpreterTerminatedError,
  RunFailedError,
} from "../../errors.ts";
import { fromFailure } from "../../protocol/failure.ts";
import type { InterruptReason, Packed } from "../../protocol/frames.ts";
import { NotCallable } from "../../source/functions.ts";
import { mapExcinfo } from "../../source/positions.ts";
import type { RunEndFrame } from "../life/thread.ts";
import type { Settled } from "../outcome.ts";

/** What a frame that ends a run says. */
export function resultOf(
  frame: RunEndFrame,
  { id, messageBytes = Infinity }: {
    readonly id: number;
    readonly messageBytes: number | undefined;
  },
): Settled<Packed | null> {
  switch (frame.type) {
    case "done": {
      const length = frame.value?.bytes.length ?? 0;
      if (length <= messageBytes) return { ok: true, value: frame.value };
      // The guest checks this itself, unless source has got at it.
      const what = "Cannot return the value of the source";
      return { ok: false, error: tooLong(what, { length, limit: messageBytes }) };
    }
    case "failed":
      return { ok: false, error: failed(mapExcinfo(frame.excinfo)) };
    case "unshareable":
      return { ok: false, error: fromFailure({ tag: frame.tag, message: frame.message }) };
    case "interrupted":
      return { ok: false, error: interrupted(id, "timeout") };
  }
}

/** The error of a run that was interrupted, in an interpreter that goes on. */
export function interrupted(id: number, reason: InterruptReason): InterpreterTerminatedError {
  const why = reason === "aborted" ? "it was aborted" : "it took longer than its timeout";
  const message =
    `The run was interrupted: ${why}; interpreter ${id} is idle and keeps its namespace`;
  return new InterpreterTerminatedError(message, { reason, isInterpreterAlive: true });
}

/** The error of a run whose source is wrong. */
export function syntaxError(cause: SyntaxError): RunFailedError {
  return failed(toExcinfo(cause));
}

/** The error of a function that only its own file can call. */
export function notCallable(id: number, { message }: NotCallable): TypeError {
  return new TypeError(`Cannot call a function in interpreter ${id}: the function ${message}`);
}

/** The error of a run without a script: the source is wrong, takes too much, or nobody could compile it. */
export function compileError(id: number, cause: unknown): Error {
  if (cause instanceof NotCallable) return notCallable(id, cause);
  if (cause instanceof SyntaxError || cause instanceof RangeError) return failed(toExcinfo(cause));
  return new InterpreterError(
    `Cannot run source in interpreter ${id}: the thread that compiles it cannot be started, or has failed`,
    { cause },
  );
}

/** The error of a run that threw. */
export function failed(excinfo: Excinfo): RunFailedError {
  return new RunFailedError(excinfo, { cause: fromExcinfo(excinfo) });
}
