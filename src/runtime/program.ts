// What the runtime tells about the program: where its main module lies, and its
// environment variables.

import process from "node:process";
import { pathToFileURL } from "node:url";
import { globals } from "./globals.ts";

/** URL of the directory of the program's main module; the working directory if there is none. */
export function programDirectory(): string {
  const main = globals.Deno?.mainModule ?? globals.Bun?.main ?? process.argv[1];
  if (main === undefined) return pathToFileURL(`${process.cwd()}/`).href;
  const url = URL.canParse(main) ? main : pathToFileURL(main).href;
  return new URL(".", url).href;
}

/** A copy of the environment variables; none where the process may not read them. */
export function environment(): Record<string, string> {
  const copy: Record<string, string> = {};
  try {
    for (const [key, value] of Object.entries(process.env)) {
      if (value !== undefined) copy[key] = value;
    }
  } catch {
    // Deno without --allow-env: what the process may not see, its interpreters do not get.
    return {};
  }
  return copy;
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
  return new Promise((resolve) => stream.once("drain", () => resolve()));
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
