// What `import` means in source: the module's own name gives the guest's door,
// relative specifiers resolve against `baseUrl`, the rest as the runtime does.

import { importResolved } from "../runtime/importer.ts";

/** Imports a module for source. */
export async function importFrom(
  baseUrl: string,
  specifier: string,
  attributes?: Readonly<Record<string, string>>,
): Promise<object> {
  if (specifier === "subinterpreters") return await import("./mod.ts");
  return await importResolved(baseUrl, specifier, attributes);
}
