// TypeScript to JavaScript. Types become blanks, so that every position stays; only
// where that is not possible (enums, namespaces, parameter properties) is text
// rewritten, and positions are found through a source map.

import { SourceMap, type SourceMapPayload } from "node:module";
import type { Position, Trace } from "./edits.ts";
import { discard, library } from "./libraries.ts";
import { syntaxErrorAt, tooDeep } from "./syntax_error.ts";

/** JavaScript, and where its places were. */
export interface Stripped {
  readonly text: string;
  /** Absent: nothing has moved. */
  readonly trace?: Trace;
}

/** Takes the types out; throws a SyntaxError that knows its place. */
export function stripTypes(source: string, filename: string): Stripped {
  const { transformSync } = library("amaro");
  if (!isCrowded(source)) {
    try {
      return { text: transformSync(source, { mode: "strip-only" }).code };
    } catch (error) {
      if (codeOf(error) !== "UnsupportedSyntax") throw toSyntaxError(error, filename);
    }
  }
  try {
    const { code, map } = transformSync(source, { mode: "transform", sourceMap: true });
    // Read when the first place is asked for, and once: a stack may have thousands.
    let parsed: SourceMap | undefined;
    const back = (place: Position) =>
      lookUp(parsed ??= new SourceMap(JSON.parse(map ?? "{}") as SourceMapPayload), place);
    return { text: code, trace: { back, size: map?.length ?? 0 } };
  } catch (error) {
    throw toSyntaxError(error, filename);
  }
}

/** Lines that are worth a look. */
const LONG_LINE = /[^\n]{1000,}/g;
/** What may not be possible with blanks. */
const REWRITTEN =
  /\b(?:enum|namespace|module|import|export|public|private|protected|readonly|override)\b|</g;
/** So much quoted text takes some 100 ms. */
const MAX_QUOTED = 500_000;

/**
 * Whether blanks are not worth trying: the stripper quotes the whole line for each thing that
 * they are not possible for, and a line of 2,000 enums took it 14 s (amaro 1.2).
 */
function isCrowded(source: string): boolean {
  let quoted = 0;
  for (const [line] of source.matchAll(LONG_LINE)) {
    quoted += line.length * (line.match(REWRITTEN)?.length ?? 0);
  }
  return quoted > MAX_QUOTED;
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
    // A wasm instance that ran out of stack is broken for good (amaro 1.2).
    discard("amaro");
    return tooDeep(filename);
  }
  return syntaxErrorAt(String(message), filename, {
    line: Number(startLine ?? 1),
    column: Number(startColumn ?? 0),
  });
}
