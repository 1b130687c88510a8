// Starts threads where the module's files are not at hand: a bundler has put the module into a file of
// the program. The package carries the texts of these files (texts.ts), in a module of its own that
// a bundler takes along. It is loaded in such a program alone, with the import of the module.

import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import { UnsupportedError } from "../errors.ts";
import { builtin } from "./builtins.ts";
import { globals } from "./globals.ts";
import { isInlined, isText, ownFile } from "./own_files.ts";
import type { PackedTexts } from "./texts.ts";

/** What a thread is started from. */
export interface Start {
  /** The URL of its first file. */
  readonly url: URL;
  /** Without files: what that evaluates instead of loading more, and what that in turn evaluates. */
  readonly texts?: readonly string[];
}

/** The texts of a path that need those of another one. */
const NEEDS: Readonly<Record<string, string>> = {
  "source/compiler_entry.js": "source/libraries.js",
};

let packed: PackedTexts | undefined;
let failure: unknown;
const unpacked = new Map<string, string>();

/** Settles when there is nothing more to wait for before a thread is started. */
const loaded: Promise<void> | undefined = isInlined ? load() : undefined;
let isPending = isInlined;

async function load(): Promise<void> {
  try {
    packed = (await import("./texts.ts")).texts;
  } catch (error) {
    failure = error;
  }
  isPending = false;
}

/** Whether threads can be started now: their texts are not still being loaded. */
export function isStartable(): boolean {
  return !isPending;
}

/** Calls back when threads can be started, now if they can; the function returned calls it off. */
export function whenStartable(callback: () => void): () => void {
  let call = callback;
  const start = () => call();
  if (isPending) void loaded?.then(start);
  else start();
  return () => {
    call = () => {};
  };
}

/**
 * What to start a thread from.
 *
 * @throws {UnsupportedError} There is neither the file nor its text.
 */
export function startOf(entry: URL): Start {
  if (!isText(entry)) return { url: entry };
  const path = entry.pathname.slice("/src/".length);
  const needed = NEEDS[path];
  return {
    url: new URL(`data:text/javascript,${encodeURIComponent(unpack(textsOrThrow().entry))}`),
    texts: [bodyOf(path), ...(needed === undefined ? [] : [bodyOf(needed)])],
  };
}

let isFound = false;

/**
 * Makes sure that the first file of an interpreter, or its text, is there, where that can be told without
 * asking for permission. A host that blocks does not hear that a thread could not load.
 *
 * @throws {UnsupportedError} It is not.
 */
export function checkEntry(entry: URL): void {
  if (isText(entry)) textsOrThrow();
  if (isFound || globals.Deno !== undefined || entry.protocol !== "file:") return;
  const { existsSync } = builtin<typeof import("node:fs")>("node:fs");
  if (!existsSync(fileURLToPath(entry))) throw missing();
  isFound = true;
}

/**
 * The error that the files of the module are not where its code is: some tool has moved the code alone.
 *
 * @param cause Why a thread could not load.
 */
export function missing(cause?: unknown): UnsupportedError {
  return new UnsupportedError(
    `Cannot create an interpreter: ${
      ownFile("guest/entry.js").href
    }, which its thread loads, is not there; mark subinterpreters as external in the bundler, or let it put all modules into one file`,
    { cause },
  );
}

/** Whether a thread could not load because a file of the module is not there. */
export function isAboutMissing(error: unknown): boolean {
  const text = String(error);
  return MISSING.test(text) && text.includes("/src/guest/");
}

const MISSING = /module ?not ?found|cannot find module|unable to load/i;

/**
 * The text that stands for a file, by its path in `src/`.
 *
 * @throws {UnsupportedError} There is none.
 */
export function bodyOf(path: string): string {
  let text = unpacked.get(path);
  if (text === undefined) {
    const body = textsOrThrow().bodies[path];
    if (body === undefined) throw new Error(`Invariant: there is a text for ${path}`);
    text = unpack(body);
    unpacked.set(path, text);
  }
  return text;
}

function textsOrThrow(): PackedTexts {
  if (packed !== undefined) return packed;
  throw new UnsupportedError(
    isPending
      ? "Cannot create an interpreter without waiting: a bundler has put subinterpreters into a file of the program, and what threads load is still being loaded; await create() once before createSync(), or mark subinterpreters as external"
      : "Cannot create an interpreter: a bundler has put subinterpreters into a file of the program without the files that threads load; mark subinterpreters as external, or bundle its npm package",
    { cause: failure },
  );
}

function unpack(text: string): string {
  const { gunzipSync } = builtin<typeof import("node:zlib")>("node:zlib");
  return gunzipSync(Buffer.from(text, "base64")).toString();
}
