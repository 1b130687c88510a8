// How jobs get to an interpreter.

import { realm } from "../api/realm.ts";
import type { PackedJob } from "./packed_job.ts";

/** A job that was sent. */
export interface Posted {
  /** Takes it back: `true` if it has not begun, and never will. */
  withdraw(): boolean;
  hasBegun(): boolean;
}

/** Takes how a job ended. */
export interface JobEnd {
  succeed(value: unknown): void;
  fail(error: unknown): void;
}

/** The way to one interpreter. */
export interface Connection {
  /** Sends a job; `end` is called once, later, unless the job is withdrawn. */
  post(job: PackedJob, end: JobEnd): Posted;
}

const BEGUN: Posted = { withdraw: () => false, hasBegun: () => true };

/** Each job is a run of the interpreter with that id, and begins at once. */
export function runsIn(id: number): Connection {
  return {
    post({ source, options }, end) {
      realm().run(id, source, options).then(
        (value) => end.succeed(value),
        (error: unknown) => end.fail(error),
      );
      return BEGUN;
    },
  };
}
