// Who asked for what failed. An error of a later turn has a stack of this module alone, but
// its reader needs the line in the program that asked. So the caller is remembered while the
// call is on the stack, and the error gets those frames.

import { NotShareableError, RuntimeError, UnsupportedError } from "../errors.ts";
import { isFrame, isOwnFrame, readableFrame } from "../runtime/stack.ts";
import { ValidationError } from "../validation_error.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Object } = globalThis;

/** Who calls. Make one in the function that a user calls, before anything is awaited. */
export interface Caller {
  readonly stack?: string;
}

/** Remembers who calls, in a microsecond: the text is made only if somebody reads it. */
export function callerHere(): Caller {
  return new Error();
}

/**
 * The error of an operation, with the frames of whoever asked for it. Errors that this module
 * has not made stay as they are: what a getter threw has a place of its own, and the reason
 * of an abort is the user's.
 */
export function atCaller(error: unknown, caller: Caller, signal?: AbortSignal): unknown {
  if (signal?.aborted === true && error === signal.reason) return error;
  return error instanceof Error && isOwnError(error) ? withFramesOf(caller, error) : error;
}

/** The error with the frames of whoever asked, whatever it is. */
export function withFramesOf(caller: Caller, error: Error): Error {
  const frames = framesOf(caller).filter((line) => !isOwnFrame(line)).map(readableFrame);
  if (frames.length === 0) return error;
  const { name, message } = error;
  Object.defineProperty(error, "stack", {
    value: [message === "" ? name : `${name}: ${message}`, ...frames].join("\n"),
    writable: true,
    enumerable: false,
    configurable: true,
  });
  return error;
}

/** Does what takes a while; its errors have the frames of whoever calls now. */
export async function pointingHere(operation: () => Promise<void>): Promise<void> {
  const caller = callerHere();
  try {
    await operation();
  } catch (error) {
    throw atCaller(error, caller);
  }
}

function isOwnError(error: Error): boolean {
  const isOfOwnClass = error instanceof RuntimeError || error instanceof NotShareableError ||
    error instanceof UnsupportedError || error instanceof ValidationError;
  if (isOfOwnClass) return true;
  const [top] = framesOf(error);
  return top !== undefined && isOwnFrame(top);
}

function framesOf(error: Caller): string[] {
  try {
    const { stack } = error;
    return typeof stack === "string" ? stack.split("\n").filter(isFrame) : [];
  } catch {
    // `Error.prepareStackTrace` is anybody's.
    return [];
  }
}
