// How Deno was started, as far as permissions of workers depend on it. It tells nobody of
// its flags, and a worker with permissions ends the whole process without the right one
// (2.9, measured). But it hands its unstable flags on to the processes that it forks.

import type { fork } from "node:child_process";
import process from "node:process";
import { UnsupportedError } from "../errors.ts";
import { builtin } from "./builtins.ts";
import { globals } from "./globals.ts";

interface SpawnArguments {
  readonly args?: readonly string[];
}

/** With the method by which every process is started, which the types leave out. */
interface ChildProcessModule {
  readonly ChildProcess: { readonly prototype: { spawn: (options: SpawnArguments) => number } };
  readonly fork: typeof fork;
}

let isEnabled: boolean | undefined;

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
  try {
    return process.env.DENO_NO_PROMPT !== "1";
  } catch {
    // It may not be looked up.
    return true;
  }
}

/** With what arguments a process would be forked; none is. */
function flagsOfForks(): readonly string[] {
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
  } catch (cause) {
    throw new UnsupportedError(
      "Cannot create an interpreter: permissions need to know Deno's flags, which the process may not look up; start deno with --allow-env=NODE_V8_COVERAGE",
      { cause },
    );
  } finally {
    prototype.spawn = spawn;
  }
  return args;
}
