// How the type stripper is called. It is the one that Node has inside, from the makers of swc:
// their own package asks for no release of Node, and so serves Node 20, too.

import type { Options } from "@swc/wasm-typescript";

/** Types become blanks; what cannot become blanks is an error. */
export const BLANKS: Options = { mode: "strip-only", deprecatedTsModuleAsError: true };

/** Enums and the like become JavaScript; everything else stays as it is written. */
export const AS_JAVASCRIPT: Options = {
  mode: "transform",
  deprecatedTsModuleAsError: true,
  transform: {
    verbatimModuleSyntax: true,
    nativeClassProperties: true,
    noEmptyExport: true,
    importNotUsedAsValues: "preserve",
  },
};
