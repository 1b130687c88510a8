// From TypeScript to JavaScript. Types become blanks, so that each position stays. Enums,
// namespaces and parameter properties cannot become blanks: a source with these is rewritten,
// and positions are found through a source map.

import { isQuickToStrip, TooCostly } from "./bounds.ts";
import { fill } from "./edits.ts";
import { hintAt } from "./hints.ts";
import { discard, isStripperBounded, library, watchStripper } from "./libraries.ts";
import { AS_JAVASCRIPT, BLANKS } from "./stripper.ts";
import { syntaxErrorAt, tooDeep } from "./syntax_error.ts";
import { placesOf, type Steps } from "./trace.ts";
import { isMemoryFull } from "./wasm_bounds.ts";

/** JavaScript, and where its places were in TypeScript. */
export interface Stripped {
  readonly text: string;
  /** The way back; empty if nothing has moved. */
  readonly steps: Steps;
}

/** Slices of work (wasm_bounds.ts) that one source may take in the host: some milliseconds. */
const MAX_SLICES = 15;
/**
 * Whether the stripper was ended in the middle of its work, or ran out of stack. Then it is broken.
 */
let isBroken = false;

/**
 * Takes the types out, in the host, if that is the work of some milliseconds.
 *
 * @throws {SyntaxError} Its stack is the place in the source.
 * @throws {TooCostly} It is more work. If the stripper had to be ended, each later source is too
 *   costly as well: to load the stripper again would take long.
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

/** Takes the types out; throws a SyntaxError whose stack is the place in the source. */
export function stripTypes(source: string, filename: string): Stripped {
  let text = source;
  // Loaded outside: a package that is not installed is no fault of the source.
  const stripper = library("@swc/wasm-typescript");
  for (let isPossible = !isCrowded(source); isPossible;) {
    try {
      return { text: stripper.transformSync(text, BLANKS).code, steps: [] };
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
    const { code, map } = stripper.transformSync(text, {
      ...AS_JAVASCRIPT,
      sourceMap: true,
    });
    return { text: code, steps: [placesOf(map)] };
  } catch (error) {
    throw toSyntaxError(error, text, filename);
  }
}

const IMPORT_REQUIRE = /import(\s+[\p{ID_Start}$_][\p{ID_Continue}$]*\s*)=(\s*)require(\s*)\(/uy;

/**
 * Replaces `import a = require("b")` by `import a from "b"`, which means the same for a module
 * without other exports. Everything stays at its place.
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

/** Whether it is about `export =`, of which the stripper would make a CommonJS module. */
function isExport({ message }: Omit<Diagnostic, "code">): boolean {
  return String(message).includes("export assignment");
}

function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let n = 1; n < line; n++) start = text.indexOf("\n", start) + 1;
  return start + column;
}

/** Lines that may be crowded. */
const LONG_LINE = /[^\n]{1000,}/g;
/** What may not become blanks. */
const REWRITTEN =
  /\b(?:enum|namespace|module|import|export|public|private|protected|readonly|override)\b|</g;
/** To quote so many characters takes some 100 ms. */
const MAX_QUOTED = 500_000;

/**
 * Whether blanks are not worth a try. The stripper quotes the whole line for each thing that
 * cannot become blanks: a line of 2,000 enums took 14 s (swc 1.16, measured).
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

/** Thrown if the stripper has used up its bounded memory. */
export class OutOfMemory extends Error {}

/** The stripper throws plain objects. Anything else means that it ran out of stack or memory. */
function toSyntaxError(error: unknown, source: string, filename: string): SyntaxError {
  const { code, message, startLine, startColumn } = toDiagnostic(error);
  if (typeof code !== "string") {
    // A WebAssembly instance that ran out of stack is broken for good (swc 1.16, measured; see
    // swc-project/swc#10207).
    discard("@swc/wasm-typescript");
    isBroken = true;
    if (error instanceof TooCostly) throw error;
    if (isMemoryFull()) throw new OutOfMemory();
    return tooDeep(filename);
  }
  const [line, column] = [Number(startLine ?? 1), Number(startColumn ?? 0)];
  const reason = hintAt(source, offsetOf(source, line, column), String(message));
  return syntaxErrorAt(reason ?? String(message), filename, { line, column });
}
