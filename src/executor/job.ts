// A task as it goes to an interpreter. Its values are as they were when it was submitted: what
// the caller changes afterwards makes no difference.

import { types } from "node:util";
import type { Caller } from "../api/caller.ts";
import type { Job, Submission } from "../api/pool/pool.ts";
import { prepareRun, type RunJob } from "../api/pool/run_job.ts";
import { pack } from "../api/run_options.ts";
import { receive } from "../codec/receive.ts";
import { notedInside } from "../codec/transfers.ts";
import type { Packed } from "../protocol/frames.ts";
import type { Kind, Kinds } from "./kinds.ts";

const { isProxy } = types;

/** Objects with more properties are packed. */
const MOST_FIELDS = 16;

/** A call through the line of a worker. */
export interface CallJob {
  readonly kind: Kind;
  /** The arguments, or what they are packed in. */
  args: readonly unknown[] | Packed;
}

/** A task as the host's pool takes it: also one that an interpreter has prepared. */
export interface Given extends Omit<Submission, "job" | "caller"> {
  readonly job: Job | RunJob;
  /** Absent: its errors go to an interpreter, as they are. */
  readonly caller: Caller | undefined;
}

const WHAT = "Cannot submit a task";

/**
 * Prepares a task. Functions are called through the line of their worker. What the host has to
 * end by itself is a run: source, what has a timeout, what moves.
 *
 * @param isSentNow Whether nothing has to be copied before.
 * @throws {NotShareableError | RangeError} An argument cannot cross, or all are too long.
 */
export function prepareJob(
  { job, timeoutMs, moved }: Given,
  kinds: Kinds,
  isSentNow: boolean,
): CallJob | RunJob {
  if ("options" in job) return job;
  const { args } = job;
  // Whatever was marked by `transfer()` leaves the caller now.
  const moving = notedInside(args, moved);
  if (!job.isFunction || timeoutMs !== Infinity || moving !== undefined) {
    return prepareRun(job, { what: WHAT, timeoutMs, moved: moving });
  }
  return {
    kind: kinds.get(job.source, job.filename),
    args: isSentNow
      ? args
      : snapshot(args) ?? pack(WHAT, args, { name: "a list of arguments", moved: undefined }),
  };
}

/** The arguments of a call that is sent now. */
export function argumentsOf({ args }: CallJob): readonly unknown[] {
  if (!("bytes" in args)) return args;
  const values = receive("The list of arguments", args);
  if (!Array.isArray(values)) throw new Error("Invariant: a list was packed");
  return values;
}

/** Arguments as they are now, if that is cheaper told than packed: values and flat objects of them. */
function snapshot(args: readonly unknown[]): readonly unknown[] | undefined {
  const copies: unknown[] = [];
  for (const arg of args) {
    if (isPrimitive(arg)) copies.push(arg);
    else if (isFlat(arg)) copies.push({ ...arg });
    else return undefined;
  }
  return copies;
}

/** Whether a value is a plain object with nothing but primitive values, and few of them. */
function isFlat(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Object.getPrototypeOf(value) !== Object.prototype || isProxy(value)) return false;
  const names = Object.keys(value);
  if (names.length > MOST_FIELDS) return false;
  for (const name of names) {
    const field = Object.getOwnPropertyDescriptor(value, name);
    if (field === undefined || !("value" in field) || !isPrimitive(field.value)) return false;
  }
  return true;
}

function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== "object" && typeof value !== "function");
}
