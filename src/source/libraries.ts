// The parser and the type stripper, loaded when the first source needs them: importing
// the module must not take the time. They are loaded without waiting, because `runSync`
// cannot wait. A module that came over the network has no `require`: there the load
// starts with the import.

import { createRequire } from "node:module";
import { boundWebAssembly } from "./wasm_bounds.ts";

type Libraries = {
  readonly acorn: typeof import("acorn");
  readonly "acorn-walk": typeof import("acorn-walk");
  readonly amaro: typeof import("amaro");
};

const require = import.meta.url.startsWith("file:") ? createRequire(import.meta.url) : undefined;
const loaded: { -readonly [Name in keyof Libraries]?: Libraries[Name] } = {};

// Written out one by one: only then does the runtime see what belongs to the module.
const loading = require !== undefined ? undefined : Promise.all([
  import("acorn").then((fresh) => loaded.acorn = fresh),
  import("acorn-walk").then((fresh) => loaded["acorn-walk"] = fresh),
  import("amaro").then((fresh) => loaded.amaro = fresh),
]);
// Whoever needs them says what is wrong.
loading?.catch(() => {});

/** Resolves when all are loaded. */
export async function loadLibraries(): Promise<void> {
  await loading;
  for (const name of ["acorn", "acorn-walk", "amaro"] as const) library(name);
}

/** A library; throws while it is on its way over the network. */
export function library<Name extends keyof Libraries>(name: Name): Libraries[Name] {
  const present = loaded[name];
  if (present !== undefined) return present;
  if (require === undefined) {
    throw new Error(`Cannot rewrite source yet: ${name} is loading; await create() first`);
  }
  const restore = name === "amaro" ? boundWebAssembly(() => onSlice()) : () => {};
  try {
    const fresh: Libraries[Name] = require(name);
    loaded[name] = fresh;
    return fresh;
  } finally {
    restore();
  }
}

let onSlice = () => {};

/** Calls back again and again while the stripper is at work; what is thrown then ends that. */
export function watchStripper(callback: () => void): void {
  onSlice = callback;
}

/** Whether the stripper is bounded: one that came over the network is not, in the host. */
export const isStripperBounded: boolean = require !== undefined;

/** Makes the next use load the library anew. */
export function discard(name: keyof Libraries): void {
  if (require === undefined) return;
  const path = require.resolve(name);
  for (const file of Object.keys(require.cache)) {
    if (file === path || file.includes(`/${name}/`)) Reflect.deleteProperty(require.cache, file);
  }
  Reflect.deleteProperty(loaded, name);
}
