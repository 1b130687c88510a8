// Where the module's own files lie. The files that threads are started from are found from here, so
// whoever starts one may move. The chunks of the package lie as deep as this file.
//
// A bundler puts the module's code into a file of the program, beside which they are not. Then
// threads are started from texts that the package carries (inlined.ts), under URLs that nobody
// can load.

import { process } from "./builtins.ts";
import { globals } from "./globals.ts";

// Taken now: source may declare names of its own that hide these.
const { URL } = globalThis;

/** The URL of this code; `undefined` if a bundler has made CommonJS of it. */
const HERE: string | undefined = import.meta.url;

/** The scheme of what is started from a text. */
const SCHEME = "subinterpreters:";

/**
 * The URLs of this file, of the package's chunks, and of what threads are started from. The package is
 * made of files on a disk: what serves it over the network has bundled it.
 */
const OWN =
  /^(?:.*\/src\/runtime\/own_files\.ts|file:.*\/src\/chunks\/[^/]+\.js|.*\/src\/(?:guest|source)\/[^/]+\.js)(?:[?#]|$)/;

/** Yarn's Plug'n'Play leaves packages in archives, which only the program's own thread can read. */
const IN_ARCHIVE = /\.zip\//;

/**
 * Whether threads cannot load the files of the module: a bundler has put this code into a file of the
 * program, or they are in an archive, or not there.
 */
export const isInlined: boolean = HERE === undefined || !OWN.test(HERE) ||
  IN_ARCHIVE.test(HERE) || hasMoved(HERE);

/** The folder `src/`. */
const HOME = isInlined ? new URL(`${SCHEME}///src/`) : new URL("../", HERE);

/**
 * Whether a chunk lies without the rest of the package. webpack has the code say where it was when the
 * program was built, and some bundlers keep the chunks as files. Deno would ask for permission to look.
 */
function hasMoved(here: string): boolean {
  if (globals.Deno !== undefined || !here.startsWith("file:") || !here.includes("/src/chunks/")) {
    return false;
  }
  const fs = process.getBuiltinModule?.("node:fs");
  return fs !== undefined && !fs.existsSync(new URL("../guest/entry.js", here));
}

/** The URL of one of the module's files, by its path in `src/`. */
export function ownFile(path: string): URL {
  return new URL(path, HOME);
}

/** The same for a file that is TypeScript in a checkout and JavaScript in the package. */
export function ownSource(path: string): URL {
  return ownFile(`${path}${isTypeScript() ? ".ts" : ".js"}`);
}

/** The URL of the file that this code was loaded from, if that is one that `require` may start from. */
export function ownFileOnDisk(): string | undefined {
  return !isInlined && HERE?.startsWith("file:") === true ? HERE : undefined;
}

/** Whether a thread is started from a text: there is no such file. */
export function isText(url: URL): boolean {
  return url.protocol === SCHEME;
}

/** Whether the module's files are TypeScript, as in a checkout. */
export function isTypeScript(): boolean {
  return !isInlined && HERE?.endsWith(".ts") === true;
}
