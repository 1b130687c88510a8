// What names mean in the program's import map. Deno tells a module by `import.meta.resolve`, as seen from
// that module. One in a package, as the guest's may be, sees the package's names; one that is a text sees
// the program's (Deno 2.9, measured).

import { globals } from "../globals.ts";

// Taken now: source may replace it.
const { encodeURIComponent } = globalThis;

const TEXT = "export const resolve = (specifier) => import.meta.resolve(specifier);";

interface Resolver {
  readonly resolve: (specifier: string) => string;
}

let resolver: Resolver | undefined;

/** Makes `resolveMapped` work; before any source runs. */
export async function loadImportMap(): Promise<void> {
  if (globals.Deno === undefined) return;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the text above
  resolver = await import(`data:text/javascript,${encodeURIComponent(TEXT)}`) as Resolver;
}

/** What a name stands for in the program's import map; `undefined` if it is not there. */
export function resolveMapped(specifier: string): string | undefined {
  try {
    return resolver?.resolve(specifier);
  } catch {
    // Not in the map.
    return undefined;
  }
}
