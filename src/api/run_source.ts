// Running source on behalf of a handle: the arguments are checked here, and an error gets
// the frames of whoever asked.

import { atCaller, callerHere } from "./caller.ts";
import { refuseSignal, show } from "./checks.ts";
import { realm } from "./realm.ts";
import { checkRunOptions, type RunOptions, type RunSyncOptions } from "./run_options.ts";

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
  const checked = checkRunOptions(describe(id, source), options, wantsValue);
  const caller = callerHere();
  try {
    return await realm().run(id, source, checked);
  } catch (error) {
    throw atCaller(error, caller, checked.signal);
  }
}

/** As `runSource`, blocking this thread. */
export function runSourceSync(
  { id, source, wantsValue }: SourceRun,
  options: RunSyncOptions | undefined,
): unknown {
  const what = describe(id, source);
  const checked = checkRunOptions(what, options, wantsValue);
  refuseSignal(what, checked.signal);
  try {
    return realm().runSync(id, source, checked);
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
