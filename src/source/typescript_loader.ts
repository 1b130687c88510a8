// A hook for Node's module loader, so that modules which source imports may be TypeScript. It
// takes the types out and rewrites enums and the like. Node 20 runs hooks in a thread of their
// own, so this is a file of its own that knows nothing about the guest.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transformSync } from "@swc/wasm-typescript";
import { TYPESCRIPT_FILE } from "../runtime/node/typescript_files.ts";
import { AS_JAVASCRIPT, BLANKS } from "./stripper.ts";

const { String, SyntaxError } = globalThis;

interface Loaded {
  readonly format: string;
  readonly source: string;
  readonly shortCircuit: true;
}

/** The `load` hook of `node:module`. */
export function load<A>(
  url: string,
  context: object,
  next: (url: string, context: object) => A,
): A | Loaded {
  const found = TYPESCRIPT_FILE.exec(url);
  if (found === null) return next(url, context);
  const source = withoutTypes(readFileSync(fileURLToPath(url), "utf8"));
  return { format: found[1] === "c" ? "commonjs" : "module", source, shortCircuit: true };
}

function withoutTypes(text: string): string {
  try {
    return transformSync(text, BLANKS).code;
  } catch (error) {
    if (toDiagnostic(error).code !== "UnsupportedSyntax") throw toError(error);
  }
  try {
    return transformSync(text, AS_JAVASCRIPT).code;
  } catch (error) {
    throw toError(error);
  }
}

interface Diagnostic {
  readonly code?: unknown;
  readonly message?: unknown;
}

/** What the stripper throws: plain objects. */
function toDiagnostic(error: unknown): Diagnostic {
  return typeof error === "object" && error !== null ? error : {};
}

function toError(error: unknown): SyntaxError {
  const { message } = toDiagnostic(error);
  return new SyntaxError(String(message), { cause: error });
}
