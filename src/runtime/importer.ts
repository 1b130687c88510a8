// Imports on behalf of source, as if the importing file lay in the directory `baseUrl`. Node and Bun
// look packages up from there; Deno takes them from its import map, wherever the import is.

import { builtin } from "./builtins.ts";
import { resolveMapped } from "./deno/import_map.ts";
import { globals } from "./globals.ts";
import { isObject } from "./guard.ts";
import { IMPORTER, isNode, loadFrom } from "./loader.ts";
import { prepareTypes } from "./node/typescript.ts";
import { packageUrl } from "./packages.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Object, Reflect, String, URL } = globalThis;
const { isBuiltin } = builtin<typeof import("node:module")>("module");

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
  const url = RELATIVE.test(specifier) ? new URL(specifier, baseUrl).href : specifier;
  try {
    if (isNode) prepareTypes(addressForTypes(baseUrl, url));
    return await loadFrom(baseUrl, url, attributes);
  } catch (error) {
    throw isMissing(error, url)
      ? missing(request, error)
      : isUntyped(error)
      ? untyped(specifier, error)
      : error;
  }
}

/** The URL of a module, as far as it tells whether that is TypeScript; `undefined` if nothing tells. */
function addressForTypes(baseUrl: string, url: string): string | undefined {
  if (URL.canParse(url) || isBuiltin(url) || !baseUrl.startsWith("file:")) return url;
  try {
    return packageUrl(baseUrl, url);
  } catch (error) {
    // The package is there for imports alone, or not at all: then the import says so.
    return propertyOf(error, "code") === "MODULE_NOT_FOUND" ? url : undefined;
  }
}

/** Whether a JavaScript file imported TypeScript before Node had been told how to load that. */
function isUntyped(error: unknown): boolean {
  return isNode &&
    /^Unknown file extension "\.[mc]?ts"/.test(messageOf(error));
}

function untyped(specifier: string, cause: unknown): Error {
  const message = `Cannot import "${specifier}": it imports TypeScript from JavaScript; ` +
    "in a new interpreter, let source import a TypeScript file itself before";
  return Object.assign(new Error(message, { cause }), { code: "ERR_UNKNOWN_FILE_EXTENSION" });
}

/** The URL that a specifier stands for, as `import.meta.resolve` tells source. */
export function resolveUrl({ baseUrl, specifier }: ImportRequest): string {
  // Not all have the prefix "node:", "bun:sqlite" say.
  if (isBuiltin(specifier)) return import.meta.resolve(specifier);
  const url = resolve(baseUrl, specifier);
  if (URL.canParse(url)) return url;
  throw missing({ baseUrl, specifier }, undefined);
}

/** Whether an import failed because that module itself is not there, not one that it imports. */
function isMissing(error: unknown, url: string): boolean {
  const message = messageOf(error);
  return message.includes(IMPORTER) || message.startsWith(`Module not found "${url}"`) ||
    // Deno, in a project with a package.json.
    message === `Import "${url}" not a dependency`;
}

/** The message of an error; those of Bun's loader are no instances of `Error`. */
function messageOf(error: unknown): string {
  return String(propertyOf(error, "message"));
}

function propertyOf(value: unknown, name: string): unknown {
  return isObject(value) ? Reflect.get(value, name) : undefined;
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
  const mapped = resolveMapped(specifier);
  if (mapped !== undefined) return mapped;
  if (URL.canParse(specifier) || !baseUrl.startsWith("file:")) return specifier;
  try {
    return packageUrl(baseUrl, specifier);
  } catch {
    // There is no such package, or it may not be looked for.
    return specifier;
  }
}
