// Importing on behalf of source: as if the importing file lay in the directory
// `baseUrl`. Node and Bun look packages up from there; Deno takes them from its
// import map, wherever the import is.

import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { globals } from "./globals.ts";

// Taken now: source may declare names of its own that hide these.
const { URL } = globalThis;

const RELATIVE = /^(?:\.{0,2}\/|\.{1,2}$)/;

/** Imports a module for source whose base is a directory URL. */
export async function importResolved(
  baseUrl: string,
  specifier: string,
  attributes?: Readonly<Record<string, string>>,
): Promise<object> {
  const url = resolve(baseUrl, specifier);
  if (attributes === undefined) return await import(url) as object;
  return await import(url, { with: { ...attributes } }) as object;
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
