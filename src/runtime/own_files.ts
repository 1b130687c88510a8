// Where the module's own files lie: all that threads are started from is found from here, so
// that a file may move without its URLs. The package's chunks lie as deep as this file.

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

/** The folder `src/`; `undefined` if this text has no place of its own. */
export function ownFolder(): URL | undefined {
  return URL.canParse("../", import.meta.url) ? new URL("../", import.meta.url) : undefined;
}

/** Whether the module's files are TypeScript, as in a checkout. */
export function isTypeScript(): boolean {
  return import.meta.url.endsWith(".ts");
}
