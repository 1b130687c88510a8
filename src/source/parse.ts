// Text to syntax tree. JavaScript's parser goes first, also for TypeScript: much of
// it has no types, and the stripper is slow to load.

import type { Program } from "acorn";
import type { Position, Trace } from "./edits.ts";
import { looksGeneric } from "./generics.ts";
import { library } from "./libraries.ts";
import { syntaxErrorAt } from "./syntax_error.ts";
import { stripTypes } from "./types.ts";

/** JavaScript and its tree. */
export interface Parsed {
  readonly text: string;
  readonly program: Program;
  /** Where a place of the text is in the given source. Absent: at the same place. */
  readonly trace?: Trace;
}

/** Parses a source; throws a SyntaxError with its place in it, or a RangeError if it is too deep. */
export function parse(
  source: string,
  { language, filename }: { readonly language: string; readonly filename: string },
): Parsed {
  if (language !== "typescript") return { text: source, program: parseText(source, filename) };
  try {
    const program = parseText(source, filename);
    if (!looksGeneric(program, source)) return { text: source, program };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const stripped = stripTypes(source, filename);
  return { ...stripped, program: parseText(stripped.text, filename) };
}

function parseText(text: string, filename: string): Program {
  const acorn = library("acorn");
  try {
    return acorn.parse(text, { ecmaVersion: "latest", sourceType: "module" });
  } catch (error) {
    const { loc, message } = error as { loc?: Position; message: string };
    // Beside places the parser reports nothing but the end of its stack.
    if (loc === undefined) throw new RangeError(message, { cause: error });
    throw syntaxErrorAt(message.replace(/ \(\d+:\d+\)$/, ""), filename, loc);
  }
}
