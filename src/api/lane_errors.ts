// The errors of calls over a lane: made of what the called interpreter says, or of what came
// instead of an answer.

import { fromExcinfo } from "../codec/excinfo.ts";
import { type Excinfo, NotShareableError, RunFailedError } from "../errors.ts";
import { fromFailure } from "../protocol/failure.ts";

// Taken now: source may declare names of its own that hide these.
const { Error } = globalThis;

/** Characters of a message of a refusal. */
const MAX_MESSAGE = 100_000;

/** What a call threw. */
export function failed(excinfo: Excinfo): RunFailedError {
  return new RunFailedError(excinfo, { cause: fromExcinfo(excinfo) });
}

/** Why a call was refused, as the interpreter says. */
export function refusal(tag: unknown, message: unknown): Error {
  return fromFailure({
    tag: tag === "RangeError" || tag === "TypeError" ? tag : "NotShareableError",
    message: typeof message === "string"
      ? message.slice(0, MAX_MESSAGE)
      : "The result cannot cross",
  });
}

/** What was thrown, which is an error. */
export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error("Invariant: what is thrown here is an error");
}

/** An answer cannot be read: it would take far too much, or what goes beside it is lost. */
export function unreceived(cause: unknown): NotShareableError {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new NotShareableError(`The result cannot be received${why}`, { cause });
}
