// What all commands share of the process: output, exit codes, signals, and an end that never
// shows a stack of this program's own.

import process from "node:process";

/** Exit codes, as shells and timeout(1) use them; docs/cli.md lists them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  timeout: 124,
  interrupted: 130,
  outOfMemory: 137,
  terminated: 143,
} as const;

/** What was asked for cannot be had: the message is all that a user needs. */
export class UsageError extends Error {}

/** How long output may take to reach whoever reads it once all is done, in milliseconds. */
const FLUSH_MS = 2_000;

/** Writes to standard output. */
export function write(text: string): void {
  process.stdout.write(text);
}

/** Writes to standard error. */
export function writeError(text: string): void {
  process.stderr.write(text);
}

/** Whether standard output takes colours: a terminal, unless NO_COLOR is set. */
export function hasColors(stream: { readonly isTTY?: boolean } = process.stdout): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0") return true;
  return stream.isTTY === true && TERM !== "dumb";
}

/** Columns of the terminal; 80 where there is none, and never so few that nothing fits. */
export function columns(): number {
  const { columns: wide } = process.stdout;
  return Number.isInteger(wide) && wide > 0 ? Math.max(10, wide) : 80;
}

/** What `watchSignals` gives. */
export interface Watch {
  /** Fires with the first of them. */
  readonly signal: AbortSignal;
  /** The exit code that goes with what came. */
  readonly code: () => number;
  /** Leaves them to the runtime again. */
  readonly stop: () => void;
}

/** Watches for Ctrl-C and SIGTERM while a command works; the second one ends the process at once. */
export function watchSignals(): Watch {
  const controller = new AbortController();
  let code: number = EXIT.interrupted;
  const codes = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated } as const;
  const listeners = Object.entries(codes).map(([name, itsCode]) => {
    const listener = () => {
      if (controller.signal.aborted) process.exit(itsCode);
      code = itsCode;
      controller.abort(new Error(name));
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  return {
    signal: controller.signal,
    code: () => code,
    stop: () => listeners.forEach((stop) => stop()),
  };
}

/** Runs a command, and ends the process with its exit code once its output is written. */
export async function finish(command: () => Promise<number>): Promise<void> {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // Whoever read the output is gone (`| head -1`): there is nobody left to write for.
    if (error.code === "EPIPE") process.exit(process.exitCode ?? EXIT.ok);
    writeError(`subinterpreters: Cannot write output: ${error.message}\n`);
    process.exit(EXIT.failed);
  });
  process.stderr.on("error", () => {});
  process.on("uncaughtException", (error) => void end(reported(error)));
  process.on("unhandledRejection", (error) => void end(reported(error)));
  await end(await command().catch(reported));
}

function reported(error: unknown): number {
  writeError(`subinterpreters: ${error instanceof Error ? error.message : String(error)}\n`);
  return EXIT.failed;
}

async function end(code: number): Promise<never> {
  process.exitCode = code;
  const written = [process.stdout, process.stderr].map((stream) =>
    new Promise<void>((done) => {
      if (stream.destroyed) done();
      else stream.write("", () => done());
    })
  );
  await Promise.race([
    Promise.all(written),
    new Promise((give) => setTimeout(give, FLUSH_MS)),
  ]);
  process.exit(code);
}
