// Finds the module of a package by its name, as an import from a directory would: by the conditions of an
// import, where the runtimes tell synchronously by those of `require` alone.

import { fileURLToPath, pathToFileURL } from "node:url";
import { exports as exportsOf } from "resolve.exports";
import { builtin } from "./builtins.ts";
import { globals } from "./globals.ts";
import { isObject } from "./guard.ts";

// Taken now: source may declare names of its own that hide these.
const { JSON, Reflect, URL } = globalThis;
const { createRequire } = builtin<typeof import("node:module")>("module");
const { readFileSync } = builtin<typeof import("node:fs")>("fs");

/** The conditions of an import, besides `node`, `import` and `default`. */
const CONDITIONS: readonly string[] = globals.Deno !== undefined
  ? ["deno"]
  : globals.Bun !== undefined
  ? ["bun"]
  : ["node-addons", "module-sync"];

const NAME = /^(@[^/]+\/[^/]+|[^/@.#][^/]*)(?:\/|$)/;

/**
 * The URL of a package's module, found from the base's directory.
 *
 * @throws {Error} There is none; or the file system may not be read.
 */
export function packageUrl(baseUrl: string, specifier: string): string {
  const require = createRequire(fileURLToPath(new URL("source.js", baseUrl)));
  const name = NAME.exec(specifier)?.[1];
  for (const folder of name === undefined ? [] : require.resolve.paths(specifier) ?? []) {
    const home = pathToFileURL(`${folder}/${name}/`);
    const manifest = manifestIn(home);
    if (manifest === undefined) continue;
    // Without exports an import finds what `require` does.
    if (!isObject(manifest) || Reflect.get(manifest, "exports") == null) break;
    const [file] = exportsOf(manifest, specifier, { conditions: CONDITIONS }) ?? [];
    if (file !== undefined) return new URL(file, home).href;
  }
  const path = require.resolve(specifier);
  return path.startsWith("/") ? pathToFileURL(path).href : path;
}

function manifestIn(home: URL): unknown {
  let text: string;
  try {
    text = readFileSync(new URL("package.json", home), "utf8");
  } catch {
    // Not there.
    return undefined;
  }
  return JSON.parse(text);
}
