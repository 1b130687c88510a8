// Modules that are not there: what the runtimes throw for them differs, and source is told the same
// by all of them.

import { globals } from "./globals.ts";
import { isObject } from "./guard.ts";
import { IMPORTER } from "./loader.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Object, Reflect, String, URL } = globalThis;

/** A specifier that is relative to the importing file. */
export const RELATIVE: RegExp = /^(?:\.{0,2}\/|\.{1,2}$)/;

/** What was to be imported, and by whom. */
export interface Wanted {
  /** Directory URL that the specifier is resolved against. */
  readonly baseUrl: string;
  readonly specifier: string;
  /** Name of the source, if it is known. */
  readonly filename?: string;
}

/** Whether an import failed because that module itself is not there, not one that it imports. */
export function isMissing(error: unknown, url: string): boolean {
  const message = messageOf(error);
  return message.includes(IMPORTER) || message.startsWith(`Module not found "${url}"`) ||
    // Deno, in a project with a package.json.
    message === `Import "${url}" not a dependency`;
}

/** The message of an error; those of Bun's loader are no instances of `Error`. */
export function messageOf(error: unknown): string {
  return String(propertyOf(error, "message"));
}

/** A property of whatever an import threw. */
export function propertyOf(value: unknown, name: string): unknown {
  return isObject(value) ? Reflect.get(value, name) : undefined;
}

/** The error for source whose module is not there. */
export function missing({ baseUrl, specifier, filename }: Wanted, cause: unknown): Error {
  const remedy = RELATIVE.test(specifier) || URL.canParse(specifier)
    ? "check the path, and the option baseUrl"
    : globals.Deno !== undefined
    ? `add it to the import map, or import "npm:${specifier}"`
    : "install it there, or set the option baseUrl";
  const from = filename === undefined ? "" : ` from ${filename}`;
  const message =
    `Cannot import "${specifier}"${from}: there is no such module for ${baseUrl}; ${remedy}`;
  return Object.assign(new Error(message, { cause }), { code: "ERR_MODULE_NOT_FOUND" });
}
