// Importing on behalf of source: as if the importing file lay in the directory
// `baseUrl`. Node and Bun look packages up from there; Deno takes them from its
// import map, wherever the import is.

import { createRequire, isBuiltin } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { globals } from "./globals.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Object, String, URL } = globalThis;

const RELATIVE = /^(?:\.{0,2}\/|\.{1,2}$)/;

/** What is imported, and for whom. */
export interface ImportRequest {
  /** Directory URL that the specifier is resolved against. */
  readonly baseUrl: string;
  readonly specifier: string;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /** Name of the source, if it is known. */
  readonly filename?: string;
}

/** Imports a module for source. */
export async function importResolved(request: ImportRequest): Promise<object> {
  const { baseUrl, specifier, attributes } = request;
  const url = resolve(baseUrl, specifier);
  try {
    if (attributes === undefined) return await import(url) as object;
    return await import(url, { with: { ...attributes } }) as object;
  } catch (error) {
    throw isMissing(error, url) ? missing(request, error) : error;
  }
}

/** What a specifier stands for, as `import.meta.resolve` tells source. */
export function resolveUrl({ baseUrl, specifier }: ImportRequest): string {
  // Not all have the prefix "node:", "bun:sqlite" say.
  if (isBuiltin(specifier)) return import.meta.resolve(specifier);
  const url = resolve(baseUrl, specifier);
  if (URL.canParse(url)) return url;
  if (globals.Deno !== undefined) return import.meta.resolve(specifier);
  throw missing({ baseUrl, specifier }, undefined);
}

/** How this file shows in what a runtime says: the user has not imported anything from it. */
const SELF = import.meta.url.startsWith("file:") ? fileURLToPath(import.meta.url) : import.meta.url;

/** Whether an import failed because that module itself is not there, not one that it imports. */
function isMissing(error: unknown, url: string): boolean {
  // Bun's are no instances of Error.
  const message = String((error as { readonly message?: unknown } | null)?.message);
  // Deno takes a bare name for a file beside this one where the import map says nothing.
  return message.includes(SELF) ||
    message.startsWith(`Module not found "${new URL(url, import.meta.url).href}"`);
}

function missing({ baseUrl, specifier, filename }: ImportRequest, cause: unknown): Error {
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

function resolve(baseUrl: string, specifier: string): string {
  if (RELATIVE.test(specifier)) return new URL(specifier, baseUrl).href;
  if (URL.canParse(specifier) || globals.Deno !== undefined || !baseUrl.startsWith("file:")) {
    return specifier;
  }
  return packageUrl(baseUrl, specifier);
}

/** The URL of a package's module, found from the base's directory; the specifier itself if it is not there. */
function packageUrl(baseUrl: string, specifier: string): string {
  try {
    const path = createRequire(fileURLToPath(new URL("source.js", baseUrl))).resolve(specifier);
    return path.startsWith("/") ? pathToFileURL(path).href : path;
  } catch {
    // Packages with an `import` condition alone: the runtime's own lookup, from here.
    return specifier;
  }
}
