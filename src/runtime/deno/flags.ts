// How Deno was started, as far as permissions of workers depend on it. Without the right flag a worker
// with permissions ends the whole process, and Deno has no way to ask for its flags (2.9, measured).
// But it hands its unstable flags on to the processes that it forks: these can be seen.

import type { fork } from "node:child_process";
import { UnsupportedError } from "../../errors.ts";
import { builtin, process } from "../builtins.ts";
import { globals } from "../globals.ts";

/** A variable that Deno looks up when it starts a process as Node does. */
const COVERAGE = "NODE_V8_COVERAGE";

interface SpawnArguments {
  readonly args?: readonly string[];
}

/** The module with the method that starts every process, which the types leave out. */
interface ChildProcessModule {
  readonly ChildProcess: { readonly prototype: { spawn: (options: SpawnArguments) => number } };
  readonly fork: typeof fork;
}

let isEnabled: boolean | undefined;

/**
 * Whether Deno was started so that it asks nobody. It looked at the variable then, and does not again:
 * a value that the program sets later means nothing.
 */
const asksNobody = mayLookUp("DENO_NO_PROMPT") && process.env.DENO_NO_PROMPT === "1";

/**
 * Whether workers can be given permissions.
 *
 * @throws {UnsupportedError} The process may not read what it takes to find out.
 */
export function areWorkerPermissionsEnabled(): boolean {
  return isEnabled ??= flagsOfForks().includes("--unstable-worker-options");
}

/**
 * Whether Deno would ask at the terminal before it denies something to a worker. Source
 * could then talk the user into it, and a thread that asks cannot be killed.
 */
export function mayPrompt(): boolean {
  const { Deno } = globals;
  if (Deno === undefined || !Deno.stdin.isTerminal() || !Deno.stderr.isTerminal()) return false;
  return !asksNobody;
}

/** Whether a variable can be looked up without a question to the user. */
function mayLookUp(variable: string): boolean {
  return globals.Deno?.permissions.querySync({ name: "env", variable }).state === "granted";
}

/** The arguments with which Deno would fork a process; none is forked. */
function flagsOfForks(): readonly string[] {
  if (!mayLookUp(COVERAGE)) {
    throw new UnsupportedError(
      `Cannot create an interpreter: permissions need to know Deno's flags, which the process may not look up; start deno with --allow-env=${COVERAGE},DENO_NO_PROMPT`,
    );
  }
  const child = builtin<ChildProcessModule>("node:child_process");
  const { prototype } = child.ChildProcess;
  const { spawn } = prototype;
  let args: readonly string[] = [];
  prototype.spawn = (options) => {
    args = options.args ?? [];
    return 0;
  };
  try {
    child.fork("none", [], { execPath: "none", execArgv: [], stdio: "ignore", env: {} });
  } finally {
    prototype.spawn = spawn;
  }
  return args;
}
