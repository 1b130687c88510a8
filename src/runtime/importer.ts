// Imports on behalf of source, as if the importing file lay in the directory `baseUrl`. Node and Bun
// look packages up from there; Deno takes them from its import map, wherever the import is.

import { builtin } from "./builtins.ts";
import { resolveMapped } from "./deno/import_map.ts";
import { isNode, loadFrom } from "./loader.ts";
import { isMissing, messageOf, missing, propertyOf, RELATIVE } from "./missing_module.ts";
import { prepareTypes } from "./node/typescript.ts";
import { packageUrl } from "./packages.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Object, URL } = globalThis;
const { isBuiltin } = builtin<typeof import("node:module")>("module");

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
