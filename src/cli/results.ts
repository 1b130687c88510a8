// What `--json` tells of a run; docs/cli.md has the fields.

import { inspect } from "node:util";
import type { Failure } from "./interpreters.ts";
import { EXIT } from "./terminal.ts";

/** What became of a run. */
export interface Result {
  readonly failure: Failure | undefined;
  readonly value: unknown;
  /** The value as the console inside shows it; absent: as it is shown here. */
  readonly text?: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** The result as one object for JSON. */
export function resultToJson({ failure, value, text, stdout, stderr, ms }: Result): object {
  const exitCode = failure?.exitCode ?? EXIT.ok;
  const { excinfo, reason, message = "" } = failure ?? {};
  return {
    ok: exitCode === EXIT.ok,
    exitCode,
    ...failure === undefined ? { value: plain(value), text: text ?? inspect(value) } : {},
    ...{ stdout, stderr },
    ...reason === undefined ? {} : { reason },
    ...exitCode === EXIT.ok
      ? {}
      : { error: excinfo ?? { name: "InterpreterTerminatedError", message } },
    ms,
  };
}

/** What JSON cannot hold is left out: `text` has it. */
function plain(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return undefined;
  }
}
