// How tasks get to an interpreter: as calls through its line, which it answers one by one, or as
// runs. A call that it has not received has not begun, and can be taken back.

import { lineTo } from "../api/line.ts";
import type { TaskEnd } from "../api/pool/outcome.ts";
import type { RunJob } from "../api/pool/run_job.ts";
import { realm } from "../api/realm.ts";
import { argumentsOf, type CallJob } from "./job.ts";

/** A task that was sent. */
export interface Posted {
  /** Takes it back: `true` if it has not begun, and never will. */
  withdraw(): boolean;
  hasBegun(): boolean;
}

const BEGUN: Posted = { withdraw: () => false, hasBegun: () => true };

/**
 * Sends a task to the interpreter of that id.
 *
 * @throws {InterpreterNotFoundError} The interpreter has ended.
 * @throws What is wrong with the task.
 */
export function post(id: number, job: CallJob | RunJob, end: TaskEnd): Posted {
  if (job.kind === undefined) {
    const running = job.run?.(id) ?? realm().run(id, job.source, job.options);
    running.then(
      (value) => end.succeed(value),
      (error: unknown) => end.fail(error),
    );
    return BEGUN;
  }
  const { target } = job.kind;
  return lineTo(id).post({ target, args: argumentsOf(job), inTurn: true }, end);
}
