// An interpreter as the flags want it, and what became of what it ran as an exit code.

import process from "node:process";
import {
  create,
  type CreateOptions,
  type Excinfo,
  type Interpreter,
  InterpreterTerminatedError,
  RunFailedError,
  UnsupportedError,
} from "../../mod.ts";
import type { LimitFlags } from "./arguments.ts";
import { EXIT, UsageError, write } from "./terminal.ts";

/** So much may be printed with --json, which keeps it in memory; --output-limit says otherwise. */
export const MOST_CAPTURED: number = 2 ** 26;

/** How a run ended that did not end well. */
export interface Failure {
  readonly exitCode: number;
  /** What the source threw; absent if it was stopped. */
  readonly excinfo?: Excinfo;
  /** Why it was stopped, as `InterpreterTerminatedError.reason` has it. */
  readonly reason?: string;
  /** What to tell the user if there is no `excinfo`; empty if the source ended itself. */
  readonly message: string;
}

/**
 * Creates an interpreter within the limits that the flags name.
 *
 * @param options What the command wants of it besides.
 * @param argv What source sees as `process.argv` from 1 on.
 * @throws {UsageError} This runtime cannot do what the flags ask for.
 */
export async function createWithin(
  flags: LimitFlags,
  options: CreateOptions,
  argv: readonly [file: string, ...args: string[]],
): Promise<Interpreter> {
  const { permissions, allow, memory, outputLimit } = flags;
  try {
    const interpreter = await create({
      // Written by this thread, which learns that nobody reads any more (`| head -1`) and ends. A
      // loop inside would print for ever.
      ...process.stdout.isTTY ? {} : { stdout: write },
      ...options,
      ...allow === undefined
        ? permissions === undefined ? {} : { permissions }
        : { permissions: allow },
      limits: {
        ...options.limits,
        ...memory === undefined ? {} : { memoryMiB: memory },
        ...outputLimit === undefined ? {} : { outputBytes: outputLimit },
      },
    });
    // A sandbox does not see the program's arguments; these are meant for it.
    await interpreter.call(tellArguments, ...argv);
    return interpreter;
  } catch (error) {
    if (!(error instanceof UnsupportedError) && !(error instanceof TypeError)) throw error;
    throw new UsageError(error.message);
  }
}

/** Runs inside. */
function tellArguments(...argv: string[]): void {
  // oxlint-disable-next-line no-restricted-globals -- It runs inside, where nothing can be imported.
  process.argv.splice(1, Infinity, ...argv);
}

/** What became of a run that rejected; what is not about the run is thrown on. */
export function failureOf(error: unknown, flags: LimitFlags): Failure {
  if (error instanceof InterpreterTerminatedError) {
    const { reason, exitCode } = error;
    switch (reason) {
      case "exit":
        return { exitCode: exitCode ?? EXIT.ok, reason, message: "" };
      case "timeout":
        return {
          exitCode: EXIT.timeout,
          reason,
          message: `stopped after ${flags.timeout ?? 0} ms, its --timeout`,
        };
      case "out of memory":
        return {
          exitCode: EXIT.outOfMemory,
          reason,
          message: flags.memory === undefined
            ? "stopped: it ran out of memory"
            : `stopped: it needed more than ${flags.memory} MiB, its --memory`,
        };
      default:
        return { exitCode: EXIT.failed, reason, message: `stopped: ${reason}` };
    }
  }
  if (error instanceof RunFailedError) {
    const { excinfo, message } = error;
    return { exitCode: EXIT.failed, excinfo, message };
  }
  throw error;
}
