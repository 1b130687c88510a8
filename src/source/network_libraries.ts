// The parser and the type stripper for a module that was imported over the network. The package has no use
// for this file: its build leaves it empty (.ci/texts.mjs), so that bundlers find no second copy.

import * as acorn from "acorn";
import * as walk from "acorn-walk";
import * as stripper from "@swc/wasm-typescript";
// @ts-expect-error It has no types.
import * as scope from "eslint-scope";
import type { Libraries, ScopeAnalysis } from "./libraries.ts";

/** All of them, by name. */
export const libraries: Libraries = {
  acorn,
  "acorn-walk": walk,
  "@swc/wasm-typescript": stripper,
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as much of it as is used
  "eslint-scope": scope as ScopeAnalysis,
};

/**
 * What threads load. Never called: Deno fetches whatever is imported so before the program starts, and a
 * host that blocks in its first createSync() could not let it be fetched.
 */
export const files = (): readonly Promise<object>[] => [
  // oxlint-disable no-restricted-imports -- it is fetched, and nothing of it is used here
  import("../guest/entry.js"),
  import("../guest/bundle.js"),
  // oxlint-enable no-restricted-imports
  import("./compiler_entry.ts"),
  import("../runtime/deno/warden_worker.ts"),
];
