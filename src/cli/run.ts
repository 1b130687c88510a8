// `run FILE…`: each file in an interpreter of its own, as many at once as there are cores.

import { availableParallelism } from "node:os";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { NotShareableError, RunFailedError } from "../../mod.ts";
import type { RunFlags } from "./arguments.ts";
import { formatExcinfo, HIDDEN } from "./excinfo.ts";
import { createWithin, type Failure, failureOf, MOST_CAPTURED } from "./interpreters.ts";
import { type Result, resultToJson } from "./results.ts";
import { readSource, type Source } from "./sources.ts";
import { EXIT, hasColors, watchSignals, write, writeError } from "./terminal.ts";

/** What became of one file. */
interface Outcome extends Result {
  readonly source: Source;
}

/** Runs the files; gives the exit code of the first of them that failed, in their order. */
export async function run(
  files: readonly string[],
  flags: RunFlags,
  args: readonly string[],
): Promise<number> {
  const sources: Source[] = [];
  // All are read before the first runs: a name that is wrong is found before anything is done.
  for (const file of files) sources.push(await readSource(file));
  const watch = watchSignals();
  const { signal } = watch;
  const isAlone = sources.length === 1;
  const outcomes = sources.map(() => deferred<Outcome | undefined>());
  // One list for all lanes: whoever is free takes the next file.
  const next = sources.entries();
  const lane = async () => {
    for (const [index, source] of next) {
      const outcome = signal.aborted ? undefined : runOne(source, { flags, args, signal, isAlone });
      outcomes[index]?.resolve(outcome);
      await outcome?.catch(() => {});
    }
  };
  const lanes = Math.min(flags.jobs ?? availableParallelism(), sources.length);
  const ended = Promise.all(Array.from({ length: lanes }, lane));
  let code: number = EXIT.ok;
  try {
    for (const { promise } of outcomes) {
      const outcome = await promise;
      if (outcome === undefined) continue;
      report(outcome, flags, sources.length);
      if (code === EXIT.ok) code = outcome.failure?.exitCode ?? EXIT.ok;
    }
  } finally {
    await ended;
  }
  return watch.signal.aborted ? watch.code() : code;
}

async function runOne(
  source: Source,
  { flags, args, signal, isAlone }: {
    readonly flags: RunFlags;
    readonly args: readonly string[];
    readonly signal: AbortSignal;
    readonly isAlone: boolean;
  },
): Promise<Outcome | undefined> {
  const { name, text, filename, baseUrl, language } = source;
  const captured = { stdout: "", stderr: "" };
  const start = performance.now();
  const interpreter = await createWithin(flags, {
    ...{ name, baseUrl, language, signal },
    ...isAlone && name !== "-" ? { stdin: "inherit" } : {},
    ...flags.json === true
      ? {
        stdout: (piece) => void (captured.stdout += piece),
        stderr: (piece) => void (captured.stderr += piece),
        limits: { outputBytes: MOST_CAPTURED },
      }
      : {},
  }, [filename, ...args]).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  if (interpreter === undefined) return undefined;
  const options = {
    signal,
    ...flags.timeout === undefined ? {} : { timeout: flags.timeout },
  };
  // Evaluated, not only run: of a file that ends in `main();` the promise is awaited.
  const runText = (given: string, called: string) =>
    interpreter.evaluate(given, { ...options, filename: called });
  let value: unknown;
  let failure: Failure | undefined;
  try {
    value = await runText(text, filename).catch((error: unknown) => {
      if (!hasExports(error)) throw error;
      const url = JSON.stringify(pathToFileURL(filename).href);
      return runText(`await import(${url}); undefined`, HIDDEN);
    });
  } catch (error) {
    if (signal.aborted) return undefined;
    // It has run to its end; its last expression has no copy.
    if (!(error instanceof NotShareableError)) failure = failureOf(error, flags);
  } finally {
    await interpreter.terminate("done");
  }
  return { source, failure, value, ...captured, ms: Math.round(performance.now() - start) };
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
}

/** `Promise.withResolvers`, which Node has from 22 on. */
function deferred<T>(): Deferred<T> {
  let resolve: Deferred<T>["resolve"] = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  // Whoever reads them in order may come late to one that has failed.
  promise.catch(() => {});
  return { promise, resolve };
}

/** Source exports nothing; a file that does is a module, and is imported. Nothing of it has run. */
function hasExports(error: unknown): boolean {
  return error instanceof RunFailedError && error.excinfo.name === "SyntaxError" &&
    error.excinfo.message.startsWith("Cannot export from source:");
}

function report(outcome: Outcome, flags: RunFlags, count: number): void {
  const { source: { name }, failure } = outcome;
  if (flags.json === true) write(`${JSON.stringify({ file: name, ...resultToJson(outcome) })}\n`);
  else if (failure?.excinfo !== undefined) {
    writeError(formatExcinfo(failure.excinfo, hasColors(process.stderr)));
  } else if (failure !== undefined && failure.message !== "") {
    writeError(`${count === 1 ? "subinterpreters" : name}: ${failure.message}\n`);
  }
}
