// Calls one function of a creator on behalf of source that the creator does not trust. The
// same in the program and in an interpreter that has created another.

import { decode } from "../codec/decode.ts";
import { encode } from "../codec/encode.ts";
import { toExcinfo } from "../codec/excinfo.ts";
import { checkMessage } from "../codec/limit.ts";
import { detach } from "../codec/pieces.ts";
import type { ReadShapes } from "../codec/shapes.ts";
import { notedFor } from "../codec/transfers.ts";
import { type Excinfo, InterpreterError, NotShareableError } from "../errors.ts";
import { copyOf } from "../primordials.ts";
import { toFailure } from "../protocol/failure.ts";
import type { Outcome, Packed } from "../protocol/frames.ts";
import { isThenable } from "./checks.ts";
import { ValidationError } from "../validation_error.ts";
import type { HostFunction } from "./create_options.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, DOMException, Promise, Reflect, TypeError } = globalThis;

/** Calls of one interpreter that may be unanswered at a time. */
export const MAX_UNANSWERED = 10_000;
/** Arguments of one call. */
export const MAX_ARGUMENTS = 1_000;

/** One call. */
export interface FunctionCall {
  readonly name: string;
  readonly args: Packed;
  /** Fires when the run that called ends. */
  readonly signal: AbortSignal;
  /** What is remembered of the caller's messages. Absent: nothing. */
  readonly shapes?: ReadShapes;
}

/** Takes how a call ended. Called at most once. */
export type Answer = (outcome: Outcome<Packed>) => void;

/** The outcome of a call that failed with an error of this module. */
export function failed(error: unknown): Outcome<never> {
  return { ok: false, failure: toFailure(error) };
}

/** The reason of a signal that fires because the run that called has ended. */
export function endedReason(): DOMException {
  return new DOMException("The run that called has ended", "AbortError");
}

/** The error of a call while so many are unanswered. */
export function tooManyCalls(name: string): InterpreterError {
  return new InterpreterError(
    `Cannot call host.${name}: ${MAX_UNANSWERED} calls are unanswered; await some of them first`,
  );
}

/**
 * Calls the function of that name. A result that is no promise is answered at once.
 *
 * @param call `isBlocked` says that this thread blocks until the caller is done: then a
 *   promise could never settle, and the call is rejected.
 */
export function callFunction(
  functions: ReadonlyMap<string, HostFunction>,
  { name, args, signal, shapes, isBlocked }: FunctionCall & { readonly isBlocked: boolean },
  answer: Answer,
): void {
  let result: unknown;
  let isPromise: boolean;
  try {
    const called = functions.get(name);
    const values = called === undefined ? undefined : readArguments(args, shapes);
    if (called === undefined || values === undefined) {
      const why = called === undefined ? "there is no such function" : "its arguments are damaged";
      answer(failed(new TypeError(`Cannot call host.${name}: ${why}`)));
      return;
    }
    result = Reflect.apply(called, { signal }, values) as unknown;
    isPromise = isThenable(result);
  } catch (error) {
    answer(thrown(error));
    return;
  }
  if (!isPromise) {
    answer(packed(name, result));
    return;
  }
  const settled = new Promise((resolve) => resolve(result)).then(
    (value) => packed(name, value),
    thrown,
  );
  if (!isBlocked) {
    void settled.then(answer);
    return;
  }
  answer(failed(
    new InterpreterError(
      `Cannot await host.${name}: it returned a promise, and its owner blocks until this run is done; use run() there, not runSync()`,
    ),
  ));
}

function readArguments(
  { bytes, shared }: Packed,
  shapes: ReadShapes | undefined,
): unknown[] | undefined {
  try {
    const values = decode(bytes, shared, { shapes });
    return Array.isArray(values) && values.length <= MAX_ARGUMENTS ? values : undefined;
  } catch {
    // Our own encoder did not write these bytes: the caller hears that, and nothing else.
    return undefined;
  }
}

function packed(name: string, result: unknown): Outcome<Packed> {
  try {
    const subject = `The result of host.${name}`;
    const { bytes, shared, channels } = encode(result, subject, notedFor(result));
    const what = `Cannot return the result of host.${name}`;
    checkMessage(what, bytes);
    const value = { bytes: copyOf(bytes), shared: detach(shared, what), channels };
    return { ok: true, value };
  } catch (error) {
    // Else a getter of the result threw, which is as if the function had thrown.
    return error instanceof NotShareableError ? failed(error) : thrown(error);
  }
}

/** What the function threw, without its stack, which is none of the caller's business. */
function thrown(error: unknown): Outcome<never> {
  const excinfo = withoutStacks(toExcinfo(error));
  const tag = isOfSchema(error) ? "ValidationError" : "Thrown";
  return { ok: false, failure: { tag, message: excinfo.message, excinfo } };
}

function isOfSchema(error: unknown): boolean {
  try {
    return error instanceof ValidationError;
  } catch {
    // A proxy was thrown that lets nobody look.
    return false;
  }
}

function withoutStacks({ name, message, cause, errors, properties }: Excinfo): Excinfo {
  return {
    name,
    message,
    ...(properties === undefined ? {} : { properties }),
    ...(cause === undefined ? {} : { cause: withoutStacks(cause) }),
    ...(errors === undefined ? {} : { errors: errors.map(withoutStacks) }),
  };
}
