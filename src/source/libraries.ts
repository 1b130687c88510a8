// The parser and the type stripper. They are loaded when the first source needs them, so that
// the import of the module does not take that time. They are loaded synchronously, because
// `runSync` cannot wait. A module from the network has no `require`: there the load begins with
// the import (network_libraries.ts). One that a bundler has put into a file of the program has
// their text.

import type { Identifier, Program } from "acorn";
import { InterpreterError } from "../errors.ts";
import { builtin } from "../runtime/builtins.ts";
import { bodyOf } from "../runtime/inlined.ts";
import { isText, ownFile, ownFileOnDisk } from "../runtime/own_files.ts";
import { evaluateText } from "../runtime/text.ts";
import { TooCostly } from "./bounds.ts";
import { boundWebAssembly } from "./wasm_bounds.ts";

/** As much of `eslint-scope`, which has no types, as is used. */
export interface ScopeAnalysis {
  analyze(
    tree: Program,
    options: { readonly ecmaVersion: number; readonly sourceType: "module" },
  ): {
    readonly globalScope: { readonly through: readonly { readonly identifier: Identifier }[] };
  };
}

export type Libraries = {
  readonly acorn: typeof import("acorn");
  readonly "eslint-scope": ScopeAnalysis;
  readonly "acorn-walk": typeof import("acorn-walk");
  readonly "@swc/wasm-typescript": typeof import("@swc/wasm-typescript");
};

const STRIPPER = "@swc/wasm-typescript";
const NAMES = ["acorn", "acorn-walk", STRIPPER, "eslint-scope"] as const;

const { createRequire } = builtin<typeof import("node:module")>("node:module");
const home = ownFileOnDisk();
const require = home === undefined ? undefined : createRequire(home);
/** A bundler has put the module into a file of the program: then the libraries are one text. */
const isInText = isText(ownFile(""));
const loaded: { -readonly [Name in keyof Libraries]?: Libraries[Name] } = {};
let text: string | undefined;

const loading = require !== undefined || isInText
  ? undefined
  : import("./network_libraries.ts").then((fresh) => Object.assign(loaded, fresh.libraries));
// Whoever needs a library awaits `loading`, and so gets the error.
loading?.catch(() => {});

/** Takes the text of the libraries that this thread was handed; the host has it. */
export function takeText(given: string): void {
  text = given;
}

/** Resolves when all libraries are loaded. */
export async function loadLibraries(): Promise<void> {
  await loading;
  for (const name of NAMES) library(name);
}

/**
 * A library, loaded if need be.
 *
 * @throws {TooCostly} It is still on its way over the network.
 */
export function library<Name extends keyof Libraries>(name: Name): Libraries[Name] {
  const present = loaded[name];
  if (present !== undefined) return present;
  const restore = name === STRIPPER ? boundWebAssembly(() => onSlice()) : () => {};
  try {
    const fresh = loadNow(name);
    loaded[name] = fresh;
    return fresh;
  } finally {
    restore();
  }
}

function loadNow<Name extends keyof Libraries>(name: Name): Libraries[Name] {
  if (require !== undefined) {
    try {
      return require(name);
    } catch (cause) {
      throw new InterpreterError(
        `Cannot read source: the package ${name}, which this module depends on, cannot be loaded; install it`,
        { cause },
      );
    }
  }
  // A thread that compiles has them, and a host that blocks can let it do the work.
  if (!isInText) throw new TooCostly();
  const url = ownFile("source/libraries.js").href;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- .ci/texts.mjs makes it
  const all = evaluateText(text ?? bodyOf("source/libraries.js"), url) as {
    readonly [Each in keyof Libraries]: () => Libraries[Each];
  };
  return all[name]();
}

let onSlice = () => {};

/**
 * Calls back again and again while the stripper works. Whatever the callback throws ends the work.
 */
export function watchStripper(callback: () => void): void {
  onSlice = callback;
}

/** Whether the stripper is bounded (wasm_bounds.ts). In the host, one from the network is not. */
export const isStripperBounded: boolean = require !== undefined || isInText;

/** Makes the next use load the library again. */
export function discard(name: keyof Libraries): void {
  if (require === undefined && !isInText) return;
  Reflect.deleteProperty(loaded, name);
  if (require === undefined) return;
  const path = require.resolve(name);
  for (const file of Object.keys(require.cache)) {
    if (file === path || file.includes(`/${name}/`)) Reflect.deleteProperty(require.cache, file);
  }
}
