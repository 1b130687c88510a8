// What `import` means in source: the module's own name gives the guest's door,
// relative specifiers resolve against `baseUrl`, the rest as the runtime does.

import { shared } from "../api/first_copy.ts";
import { type ImportRequest, importResolved, resolveUrl } from "../runtime/importer.ts";

/** Imports a module for source. */
export async function importFrom(request: ImportRequest): Promise<object> {
  if (request.specifier === "subinterpreters") return shared()!.door;
  return await importResolved(request);
}

/** What `import.meta.resolve` gives for it. */
export function resolveImport(request: ImportRequest): string {
  return request.specifier === "subinterpreters" ? request.specifier : resolveUrl(request);
}
