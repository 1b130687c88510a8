// Loads modules as a file in some directory would import them: what is behind importer.ts, without
// what knows packages.

import { fileURLToPath } from "node:url";
import { builtin, quietly } from "./builtins.ts";
import { globals } from "./globals.ts";

// Taken now: source may declare names of its own that hide these.
const { Object, URL } = globalThis;
const { constants, Script } = builtin<typeof import("node:vm")>("vm");

/** Whether the runtime is Node. */
export const isNode: boolean = globals.Deno === undefined && globals.Bun === undefined;

type Load = (specifier: string, options: ImportCallOptions | undefined) => Promise<object>;

const loaders: Record<string, Load> = Object.create(null);

/**
 * Loads a module.
 *
 * @param url Its URL, or the name of a package, which is looked up from the directory.
 */
export function loadFrom(
  baseUrl: string,
  url: string,
  attributes?: Readonly<Record<string, string>>,
): Promise<object> {
  const load = (loaders[baseUrl] ??= loaderAt(baseUrl));
  return load(addressOf(url), attributes && { with: { ...attributes } });
}

/** The name of the file that seems to import; messages of the runtimes about a missing module have it. */
export const IMPORTER = "source-of-an-interpreter.js";

/**
 * `import()` as a file in that directory has it. A script of `node:vm` with the runtime's own loader
 * imports from where its filename lies, on all three runtimes: packages with the conditions of an
 * import, and Deno's import map (Deno 2.9, Bun 1.4, Node 20; measured).
 */
function loaderAt(baseUrl: string): Load {
  const url = new URL(IMPORTER, baseUrl);
  // Bun takes a URL for a relative path.
  const filename = url.protocol === "file:" ? fileURLToPath(url) : url.href;
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const load: Load = new Script("(specifier, options) => import(specifier, options)", {
    filename,
    importModuleDynamically,
    // Source may have put one on `Object.prototype`; see confine/code_cache.ts.
    cachedData: undefined,
  }).runInThisContext();
  // Node warns at the first import that this way is experimental: source has not chosen it.
  if (isNode) {
    quietly(() => void load("node:module", undefined));
  }
  return load;
}

/**
 * Bun 1.4 drops the query of a `file:` URL, and keeps that of a path. In the text of a `data:` URL
 * it takes what is behind a dot for the extension of a file that is no code (measured).
 */
function addressOf(url: string): string {
  if (globals.Bun === undefined) return url;
  if (url.startsWith("data:")) return url.replace(/,.*/s, (text) => text.replaceAll(".", "%2E"));
  if (!url.startsWith("file:")) return url;
  const { pathname, search } = new URL(url);
  const path = fileURLToPath(`file://${pathname}`);
  // In a path a question mark of the name itself would begin a query.
  return search === "" || path.includes("?") ? url : path + search;
}
