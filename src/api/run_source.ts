// Running source on behalf of a handle: the arguments are checked here, and an error gets
// the frames of whoever asked.

import { atCaller, callerHere } from "./caller.ts";
import { refuseSignal, show } from "./checks.ts";
import { realm } from "./realm.ts";
import {
  type CheckedRunOptions,
  checkRunOptions,
  type RunOptions,
  type RunSyncOptions,
} from "./run_options.ts";

const { TypeError } = globalThis;

/** What to run, and where. */
export interface SourceRun {
  /** The interpreter's id. */
  readonly id: number;
  readonly source: string;
  /** Whether the value of the last expression is asked for. */
  readonly wantsValue: boolean;
}

/** Resolves to the value, or to `undefined` if none is wanted. */
export async function runSource(
  { id, source, wantsValue }: SourceRun,
  options: RunOptions | undefined,
): Promise<unknown> {
  return await runChecked(id, source, checkRunOptions(describe(id, source), options, wantsValue));
}

/** Runs what has been checked: source, or the text of a function with its arguments. */
export async function runChecked(
  id: number,
  source: string,
  options: CheckedRunOptions,
): Promise<unknown> {
  const caller = callerHere();
  try {
    return await realm().run(id, source, options);
  } catch (error) {
    throw atCaller(error, caller, options.signal);
  }
}

/** As `runSource`, blocking this thread. */
export function runSourceSync(
  { id, source, wantsValue }: SourceRun,
  options: RunSyncOptions | undefined,
): unknown {
  return runCheckedSync(id, source, checkRunOptions(describe(id, source), options, wantsValue));
}

/** As `runChecked`, blocking this thread. */
export function runCheckedSync(id: number, source: string, options: CheckedRunOptions): unknown {
  refuseSignal(describe(id, source), options.signal);
  try {
    return realm().runSync(id, source, options);
  } catch (error) {
    throw atCaller(error, callerHere());
  }
}

/** What cannot be done if the arguments are wrong, for messages. */
function describe(id: number, source: unknown): string {
  const what = `Cannot run source in interpreter ${id}`;
  if (typeof source === "string") return what;
  throw new TypeError(`${what}: source must be a string, received ${show(source)}`);
}
