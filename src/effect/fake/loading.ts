// Modules as source of a test imports them: the runtime looks them up and loads them, from the
// directory that an interpreter's imports are relative to.

import { UnsupportedError } from "../../door.js";
import { isNode, loadFrom } from "../../runtime/loader.ts";
import { isMissing, missing, RELATIVE, type Wanted } from "../../runtime/missing_module.ts";
import { prepareTypes } from "../../runtime/node/typescript.ts";

/** What is imported. */
export interface Import extends Wanted {
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

/** Imports a module for source. */
export async function loadModule(request: Import): Promise<object> {
  const { baseUrl, specifier, attributes } = request;
  const url = RELATIVE.test(specifier) ? new URL(specifier, baseUrl).href : specifier;
  if (isNode) prepareTypes(url);
  try {
    return await loadFrom(baseUrl, url, attributes);
  } catch (error) {
    throw isMissing(error, url) ? missing(request, error) : error;
  }
}

/** The URL that a specifier stands for, as `import.meta.resolve` tells source. */
export function resolveModule(baseUrl: string, specifier: string): string {
  if (RELATIVE.test(specifier)) return new URL(specifier, baseUrl).href;
  if (URL.canParse(specifier)) return specifier;
  throw new UnsupportedError(
    `Cannot resolve "${specifier}": import.meta.resolve() of an interpreter of layerTest knows URLs and paths; test packages with real interpreters`,
  );
}
