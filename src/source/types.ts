// TypeScript to JavaScript. Types become blanks, so that every position stays; only
// where that is not possible (enums, namespaces, parameter properties) is text
// rewritten, and positions are found through a source map.

import { createRequire, SourceMap, type SourceMapPayload } from "node:module";
import type { Position } from "./edits.ts";
import { syntaxErrorAt, tooDeep } from "./syntax_error.ts";

type Amaro = typeof import("amaro");

/** JavaScript, and where its places were. */
export interface Stripped {
  readonly text: string;
  /** Absent: nothing has moved. */
  readonly traceBack?: (place: Position) => Position;
}

// The stripper is 3 MB of wasm, and most sources need none: it is loaded when the
// first does, without waiting, because `runSync` cannot wait. A module that came over
// the network has no `require`: there the load starts with the import.
const require = import.meta.url.startsWith("file:") ? createRequire(import.meta.url) : undefined;
let amaro: Amaro | undefined;
if (require === undefined) {
  void import("amaro").then((loaded) => {
    amaro = loaded;
  });
}

function load(): Amaro {
  if (require !== undefined) amaro ??= require("amaro") as Amaro;
  if (amaro !== undefined) return amaro;
  throw new Error("Cannot strip types yet: the type stripper is loading; await create() first");
}

/** A wasm instance that ran out of stack is broken for good (amaro 1.2): the next source gets a new one. */
function discard(): void {
  if (require === undefined) return;
  const path = require.resolve("amaro");
  for (const file of Object.keys(require.cache)) {
    if (file === path || file.includes("/amaro/")) delete require.cache[file];
  }
  amaro = undefined;
}

/** Takes the types out; throws a SyntaxError that knows its place. */
export function stripTypes(source: string, filename: string): Stripped {
  const { transformSync } = load();
  try {
    return { text: transformSync(source, { mode: "strip-only" }).code };
  } catch (error) {
    if (codeOf(error) !== "UnsupportedSyntax") throw toSyntaxError(error, filename);
  }
  try {
    const { code, map } = transformSync(source, { mode: "transform", sourceMap: true });
    const payload = JSON.parse(map ?? "{}") as SourceMapPayload;
    return { text: code, traceBack: (place) => lookUp(new SourceMap(payload), place) };
  } catch (error) {
    throw toSyntaxError(error, filename);
  }
}

function lookUp(map: SourceMap, place: Position): Position {
  const entry = map.findEntry(place.line - 1, place.column);
  if (!("originalLine" in entry)) return place;
  return { line: entry.originalLine + 1, column: entry.originalColumn };
}

interface Diagnostic {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly startLine?: unknown;
  readonly startColumn?: unknown;
}

function codeOf(error: unknown): unknown {
  return (error as Diagnostic | null)?.code;
}

/** The stripper throws plain objects. Anything else means that it ran out of stack. */
function toSyntaxError(error: unknown, filename: string): SyntaxError {
  const { code, message, startLine, startColumn } = error as Diagnostic;
  if (typeof code !== "string") {
    discard();
    return tooDeep(filename);
  }
  return syntaxErrorAt(String(message), filename, {
    line: Number(startLine ?? 1),
    column: Number(startColumn ?? 0),
  });
}
