// What the runtime tells about the program: where its main module lies, and its
// environment variables.

import { isAbsolute, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { builtin, process } from "./builtins.ts";
import { globals } from "./globals.ts";

const { Error, Promise, String, TextEncoder, URL } = globalThis;

/** URL of the directory of the program's main module; the working directory if there is none. */
export function programDirectory(): string {
  const main = globals.Deno?.mainModule ?? globals.Bun?.main ?? process.argv[1];
  if (main === undefined) return pathToFileURL(`${process.cwd()}/`).href;
  const url = URL.canParse(main) ? main : pathToFileURL(main).href;
  return new URL(".", url).href;
}

/** What the program was started with, after its own name. */
export function programArguments(): string[] {
  return process.argv.slice(2);
}

/**
 * The directory that a URL is of. Without a slash at its end that is what is there on disk;
 * if nothing is, or it may not be looked at, its ending tells.
 */
export function directoryOf(url: string): string {
  if (/[/?#]$/.test(url)) return new URL(".", url).href;
  const isFile = !(isDirectory(url) ?? !/\.[cm]?[jt]sx?$/.test(url));
  return isFile ? new URL(".", url).href : `${url}/`;
}

function isDirectory(url: string): boolean | undefined {
  try {
    const { statSync } = builtin<typeof import("node:fs")>("node:fs");
    return statSync(fileURLToPath(url), { throwIfNoEntry: false })?.isDirectory();
  } catch {
    // Another scheme, or Deno without --allow-read.
    return undefined;
  }
}

/** A copy of the environment variables; none where the process may not read them. */
export function environment(): Record<string, string> {
  try {
    // What `process.env` is made of there, and a tenth of its time.
    return globals.Deno?.env.toObject() ?? { ...process.env as Record<string, string> };
  } catch {
    // Deno without --allow-env: what the process may not see, its interpreters do not get.
    return {};
  }
}

/** The path, or the one of a `file:` URL, from the working directory on. */
export function absolutePath(path: string): string {
  const given = path.startsWith("file:") ? fileURLToPath(path) : path;
  try {
    return resolve(given);
  } catch {
    // Deno tells nobody the working directory who may not read it. The host resolves it then.
    return given;
  }
}

/** Whether a path begins at the root. */
export function isAbsolutePath(path: string): boolean {
  return isAbsolute(path);
}

/**
 * Writes to the process's own output.
 *
 * @returns When there is room for more; `undefined` if there is.
 */
export function writeOutput(
  name: "stdout" | "stderr",
  text: string,
): PromiseLike<void> | undefined {
  const stream = process[name];
  if (stream.write(text)) return undefined;
  return new Promise((drained) => stream.once("drain", () => drained()));
}

/** Reports what nobody else can be told, on standard error, with where it came from. */
export function reportError(where: string, error: unknown): void {
  process.stderr.write(describeError(where, error));
}

/** What such a report says. */
export function describeError(where: string, error: unknown): string {
  const text = error instanceof Error ? error.stack ?? String(error) : String(error);
  return `Uncaught in ${where}: ${text}\n`;
}

interface Unreferable {
  unref?(): void;
  readonly _handle?: { unref?(): void } | null;
}

/**
 * The next bytes of the program's standard input; `null` at its end. A read that waits does
 * not keep the process alive: the run does that waits for it.
 */
export function readInput(): Promise<Uint8Array | null> {
  const { stdin } = process;
  return new Promise((give, reject) => {
    const stop = () => {
      stdin.off("readable", tryRead).off("end", onEnd).off("close", onEnd).off("error", onError);
    };
    const onEnd = () => {
      stop();
      give(null);
    };
    const onError = (error: Error) => {
      stop();
      reject(error);
    };
    const tryRead = () => {
      const chunk = stdin.read() as string | Uint8Array | null;
      if (chunk === null) return;
      stop();
      give(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
    };
    if (stdin.readableEnded || stdin.destroyed) {
      give(null);
      return;
    }
    stdin.on("readable", tryRead).on("end", onEnd).on("close", onEnd).on("error", onError);
    tryRead();
    const handle = stdin as unknown as Unreferable;
    handle.unref?.();
    // Deno's has it there.
    handle._handle?.unref?.();
  });
}
