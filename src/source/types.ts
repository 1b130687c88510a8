// TypeScript to JavaScript. Types become blanks, so that every position stays; only
// where that is not possible (enums, namespaces, parameter properties) is text
// rewritten, and positions are found through a source map.

import { isQuickToStrip, TooCostly } from "./bounds.ts";
import { fill } from "./edits.ts";
import { hintAt } from "./hints.ts";
import { discard, isStripperBounded, library, watchStripper } from "./libraries.ts";
import { syntaxErrorAt, tooDeep } from "./syntax_error.ts";
import { placesOf, type Steps } from "./trace.ts";
import { isMemoryFull } from "./wasm_bounds.ts";

/** JavaScript, and where its places were. */
export interface Stripped {
  readonly text: string;
  /** The way back; none if nothing has moved. */
  readonly steps: Steps;
}

/** So many slices of work, some milliseconds, a source may take the host. */
const MAX_SLICES = 15;
/** Whether the host's stripper was ended in the middle of its work, or ran out of stack: then it is broken. */
let isBroken = false;

/**
 * Takes the types out, in the host as far as that is some milliseconds' work; throws a
 * SyntaxError that knows its place.
 *
 * @throws {TooCostly} It is more. From then on all is: to load the stripper again takes long.
 */
export function stripQuickly(source: string, filename: string): Stripped {
  if (isBroken || !isStripperBounded || !isQuickToStrip(source)) throw new TooCostly();
  let slices = 0;
  watchStripper(() => {
    if (++slices <= MAX_SLICES) return;
    isBroken = true;
    throw new TooCostly();
  });
  try {
    return stripTypes(source, filename);
  } catch (error) {
    throw isBroken ? new TooCostly() : error;
  } finally {
    watchStripper(() => {});
  }
}

/** Takes the types out; throws a SyntaxError that knows its place. */
export function stripTypes(source: string, filename: string): Stripped {
  let text = source;
  for (let isPossible = !isCrowded(source); isPossible;) {
    try {
      return { text: library("amaro").transformSync(text, { mode: "strip-only" }).code, steps: [] };
    } catch (error) {
      const { code, ...diagnostic } = toDiagnostic(error);
      if (code !== "UnsupportedSyntax" || isExport(diagnostic)) {
        throw toSyntaxError(error, text, filename);
      }
      const imported = importInstead(text, diagnostic);
      isPossible = imported !== undefined;
      text = imported ?? text;
    }
  }
  try {
    const { code, map } = library("amaro").transformSync(text, {
      mode: "transform",
      sourceMap: true,
    });
    return { text: code, steps: [placesOf(map)] };
  } catch (error) {
    throw toSyntaxError(error, text, filename);
  }
}

const IMPORT_REQUIRE = /import(\s+[\p{ID_Start}$_][\p{ID_Continue}$]*\s*)=(\s*)require(\s*)\(/uy;

/**
 * With `import a = require("b")` as `import a from "b"`, which is the same for what has no
 * other exports; everything stays at its place.
 */
function importInstead(
  text: string,
  { startLine, startColumn }: Omit<Diagnostic, "code">,
): string | undefined {
  IMPORT_REQUIRE.lastIndex = offsetOf(text, Number(startLine), Number(startColumn));
  const found = IMPORT_REQUIRE.exec(text);
  if (found === null) return undefined;
  const [head, name = ""] = found;
  const specifier = /^\s*(?:"[^"\n\\]*"|'[^'\n\\]*')\s*\)/.exec(
    text.slice(found.index + head.length),
  );
  if (specifier === null) return undefined;
  const [tail] = specifier;
  const end = found.index + head.length + tail.length;
  const from = `import${name} from`;
  return text.slice(0, found.index) + fill(from, head) + tail.slice(0, -1) + " " + text.slice(end);
}

/** `export =`, of which the stripper would make a CommonJS module. */
function isExport({ message }: Omit<Diagnostic, "code">): boolean {
  return String(message).includes("export assignment");
}

function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let n = 1; n < line; n++) start = text.indexOf("\n", start) + 1;
  return start + column;
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

interface Diagnostic {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly startLine?: unknown;
  readonly startColumn?: unknown;
}

function toDiagnostic(error: unknown): Diagnostic {
  return typeof error === "object" && error !== null ? error : {};
}

/** Thrown where the stripper's memory is bounded, if it is used up. */
export class OutOfMemory extends Error {}

/** The stripper throws plain objects. Anything else means that it ran out of stack, or of memory. */
function toSyntaxError(error: unknown, source: string, filename: string): SyntaxError {
  const { code, message, startLine, startColumn } = toDiagnostic(error);
  if (typeof code !== "string") {
    // A wasm instance that ran out of stack is broken for good (amaro 1.2).
    discard("amaro");
    isBroken = true;
    if (error instanceof TooCostly) throw error;
    if (isMemoryFull()) throw new OutOfMemory();
    return tooDeep(filename);
  }
  const [line, column] = [Number(startLine ?? 1), Number(startColumn ?? 0)];
  const reason = hintAt(source, offsetOf(source, line, column), String(message));
  return syntaxErrorAt(reason ?? String(message), filename, { line, column });
}
