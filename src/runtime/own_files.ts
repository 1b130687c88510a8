// Where the module's own files lie. The files that threads are started from are found from here, so
// whoever starts one may move. The chunks of the package lie as deep as this file.

// Taken now: source may declare names of its own that hide these.
const { URL } = globalThis;

/** The URL of one of the module's files, by its path in `src/`. */
export function ownFile(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}

/** The same for a file that is TypeScript in a checkout and JavaScript in the package. */
export function ownSource(path: string): URL {
  return ownFile(`${path}${isTypeScript() ? ".ts" : ".js"}`);
}

/** The URL of the folder `src/`; `undefined` if this code was not loaded from a file. */
export function ownFolder(): URL | undefined {
  return URL.canParse("../", import.meta.url) ? new URL("../", import.meta.url) : undefined;
}

/** Whether the module's files are TypeScript, as in a checkout. */
export function isTypeScript(): boolean {
  return import.meta.url.endsWith(".ts");
}
