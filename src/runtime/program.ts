// What the runtime tells about the program: where its main module lies, its arguments, its environment
// variables, and its standard streams.

import { isAbsolute, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { builtin, process } from "./builtins.ts";
import { globals } from "./globals.ts";
import { unref } from "./timers.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Object, Promise, Reflect, String, TextEncoder, URL } = globalThis;

/** URL of the directory of the program's main module; the working directory if there is none. */
export function programDirectory(): string {
  const main = globals.Deno?.mainModule ?? globals.Bun?.main ?? process.argv[1];
  if (main === undefined) return pathToFileURL(`${process.cwd()}/`).href;
  const url = URL.canParse(main) ? main : pathToFileURL(main).href;
  return new URL(".", url).href;
}

/** The arguments of the program, after its own name. */
export function programArguments(): string[] {
  return process.argv.slice(2);
}

/**
 * The directory of a URL. If the URL has no slash at its end, it depends on what is there on disk. If
 * nothing is, or it may not be looked at, the ending of the name tells.
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
    // On Deno `process.env` is made of this, and takes ten times as long.
    return globals.Deno?.env.toObject() ?? definedOf(process.env);
  } catch {
    // Deno without --allow-env: what the process may not see, its interpreters do not get.
    return {};
  }
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const defined: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) defined[name] = value;
  return defined;
}

/** The absolute path of a path, or of a `file:` URL. */
export function absolutePath(path: string): string {
  const given = path.startsWith("file:") ? fileURLToPath(path) : path;
  try {
    return resolve(given);
  } catch {
    // Deno tells the working directory only to whoever may read it. The host resolves the path then.
    return given;
  }
}

/** Whether a path begins at the root. */
export function isAbsolutePath(path: string): boolean {
  return isAbsolute(path);
}

/** What waits until a full stream has room again. */
const draining: { stdout?: Promise<void> | undefined; stderr?: Promise<void> | undefined } = {};

/**
 * Writes to the process's own output.
 *
 * @returns Resolves when there is room for more; `undefined` if there is room now.
 */
export function writeOutput(
  name: "stdout" | "stderr",
  text: string,
): PromiseLike<void> | undefined {
  const stream = process[name];
  if (stream.write(text)) return undefined;
  // All that wait share one listener: many interpreters may print while nobody reads.
  return draining[name] ??= new Promise((drained) =>
    stream.once("drain", () => {
      draining[name] = undefined;
      drained();
    })
  );
}

/** Reports an error that nobody else can be told, on standard error, with where it came from. */
export function reportError(where: string, error: unknown): void {
  process.stderr.write(describeError(where, error));
}

/** What such a report says. */
export function describeError(where: string, error: unknown): string {
  const text = error instanceof Error ? error.stack ?? String(error) : String(error);
  return `Uncaught in ${where}: ${text}\n`;
}

/**
 * The next bytes of the program's standard input; `null` at its end. A read that waits does not keep
 * the process alive; the run that waits for it does.
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
      const chunk: string | Uint8Array | null = stdin.read();
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
    unref(stdin);
    // Deno's stream has the method there.
    unref(Reflect.get<object, string>(stdin, "_handle"));
  });
}
