// The parser and the type stripper. They are loaded when the first source needs them, so that
// the import of the module does not take that time. They are loaded synchronously, because
// `runSync` cannot wait. A module from the network has no `require`: there the load begins with
// the import.

import { createRequire } from "node:module";
import type { Identifier, Program } from "acorn";
import { boundWebAssembly } from "./wasm_bounds.ts";

/** As much of `eslint-scope`, which has no types, as is used. */
interface ScopeAnalysis {
  analyze(
    tree: Program,
    options: { readonly ecmaVersion: number; readonly sourceType: "module" },
  ): {
    readonly globalScope: { readonly through: readonly { readonly identifier: Identifier }[] };
  };
}

type Libraries = {
  readonly acorn: typeof import("acorn");
  readonly "eslint-scope": ScopeAnalysis;
  readonly "acorn-walk": typeof import("acorn-walk");
  readonly "@swc/wasm-typescript": typeof import("@swc/wasm-typescript");
};

const STRIPPER = "@swc/wasm-typescript";
const NAMES = ["acorn", "acorn-walk", STRIPPER, "eslint-scope"] as const;

const require = import.meta.url.startsWith("file:") ? createRequire(import.meta.url) : undefined;
const loaded: { -readonly [Name in keyof Libraries]?: Libraries[Name] } = {};

// Written out one by one, so that the runtime sees which files belong to the module.
const loading = require !== undefined ? undefined : Promise.all([
  import("acorn").then((fresh) => loaded.acorn = fresh),
  import("acorn-walk").then((fresh) => loaded["acorn-walk"] = fresh),
  import("@swc/wasm-typescript").then((fresh) => loaded["@swc/wasm-typescript"] = fresh),
  // @ts-expect-error It has no types.
  import("eslint-scope").then((fresh: ScopeAnalysis) => loaded["eslint-scope"] = fresh),
]);
// Whoever needs a library awaits `loading`, and so gets the error.
loading?.catch(() => {});

/** Resolves when all libraries are loaded. */
export async function loadLibraries(): Promise<void> {
  await loading;
  for (const name of NAMES) library(name);
}

/** A library, loaded if need be; throws while it is on its way over the network. */
export function library<Name extends keyof Libraries>(name: Name): Libraries[Name] {
  const present = loaded[name];
  if (present !== undefined) return present;
  if (require === undefined) {
    throw new Error(`Cannot rewrite source yet: ${name} is loading; await create() first`);
  }
  const restore = name === STRIPPER ? boundWebAssembly(() => onSlice()) : () => {};
  try {
    const fresh: Libraries[Name] = require(name);
    loaded[name] = fresh;
    return fresh;
  } finally {
    restore();
  }
}

let onSlice = () => {};

/**
 * Calls back again and again while the stripper works. Whatever the callback throws ends the work.
 */
export function watchStripper(callback: () => void): void {
  onSlice = callback;
}

/** Whether the stripper is bounded (wasm_bounds.ts). In the host, one from the network is not. */
export const isStripperBounded: boolean = require !== undefined;

/** Makes the next use load the library again. */
export function discard(name: keyof Libraries): void {
  if (require === undefined) return;
  const path = require.resolve(name);
  for (const file of Object.keys(require.cache)) {
    if (file === path || file.includes(`/${name}/`)) Reflect.deleteProperty(require.cache, file);
  }
  Reflect.deleteProperty(loaded, name);
}
