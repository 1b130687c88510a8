// How tasks end for whoever submitted them: with a value that fits its schema, or an error.

import { atCaller, type Caller, withFramesOf } from "../caller.ts";
import { isThenable } from "../checks.ts";
import type { Validator } from "../validation.ts";
import { toExcinfo } from "../../codec/excinfo.ts";
import { hideField } from "../../codec/fields.ts";
import {
  ExecutionFailedError,
  InterpreterTerminatedError,
  NotShareableError,
  RunFailedError,
} from "../../errors.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, TypeError } = globalThis;

/** The name of an excinfo whose original was no error. */
const NO_ERROR: string = toExcinfo(0).name;

/**
 * The error of a task: what its function threw, with an `ExecutionFailedError` as its cause. A
 * thrown value that is no error cannot be given back, and a function that only its own file can
 * call is a value that cannot cross.
 */
export function errorOfTask(error: unknown, caller: Caller): unknown {
  if (error instanceof RunFailedError && !(error instanceof InterpreterTerminatedError)) {
    return originalOf(error, caller);
  }
  const isNotCallable = error instanceof TypeError && !(error instanceof NotShareableError);
  return atCaller(isNotCallable ? new NotShareableError(error.message) : error, caller);
}

function originalOf(
  { excinfo, cause: original }: RunFailedError,
  caller: Caller,
): InstanceType<typeof Error> {
  const inner = original instanceof Error ? original.cause : undefined;
  const failure = withFramesOf(
    caller,
    new ExecutionFailedError(excinfo, inner === undefined ? undefined : { cause: inner }),
  );
  if (excinfo.name === NO_ERROR || !(original instanceof Error)) return failure;
  hideField(original, "cause", failure);
  // First where it was thrown, then where the task was submitted.
  const { stack: submitted = "" } = failure;
  const head = `${failure.name}: ${failure.message}`;
  hideField(original, "stack", `${original.stack ?? ""}${submitted.slice(head.length)}`);
  return original;
}

/** Takes how a task ended. */
export interface TaskEnd {
  succeed(value: unknown): void;
  fail(error: unknown): void;
}

/** Ends a task with its value, once that fits what it must fit. */
export function settleValid(
  value: unknown,
  validator: Validator<unknown>,
  end: TaskEnd,
): void {
  try {
    const valid = validator.check(value);
    if (!isThenable(valid)) end.succeed(valid.value);
    // A failure is the task's own.
    else void valid.then((made) => end.succeed(made.value), (error) => end.fail(error));
  } catch (error) {
    end.fail(error);
  }
}
