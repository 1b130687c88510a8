// What `import` means in source: the module's own name gives what this copy of it exports,
// relative specifiers resolve against `baseUrl`, and the rest is up to the runtime.

import { shared } from "../api/first_copy.ts";
import { type ImportRequest, importResolved, resolveUrl } from "../runtime/importer.ts";

/** Imports a module for source. */
export async function importFrom(request: ImportRequest): Promise<object> {
  // oxlint-disable-next-line typescript/no-non-null-assertion -- main.ts has shared it before source runs.
  if (request.specifier === "subinterpreters") return shared()!.door;
  return await importResolved(request);
}

/** What `import.meta.resolve` gives for it. */
export function resolveImport(request: ImportRequest): string {
  return request.specifier === "subinterpreters" ? request.specifier : resolveUrl(request);
}
