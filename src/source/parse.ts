// Text to syntax tree. JavaScript's parser goes first, also for TypeScript: much of
// it has no types, and the stripper is slow to load.

import type { Program, Token } from "acorn";
import type { Edit, Position, Trace } from "./edits.ts";
import { looksGeneric } from "./generics.ts";
import { parser } from "./parser.ts";
import { syntaxErrorAt } from "./syntax_error.ts";
import { stripTypes } from "./types.ts";

/** JavaScript and its tree. */
export interface Parsed {
  readonly text: string;
  readonly program: Program;
  /** Keeps apart what would be a comment in a script, and is none in a module: `a<!--b`. */
  readonly comments: readonly Edit[];
  /** Where a place of the text is in the given source. Absent: at the same place. */
  readonly trace?: Trace;
}

/** Parses a source; throws a SyntaxError with its place in it, or a RangeError if it is too deep. */
export function parse(
  source: string,
  { language, filename }: { readonly language: string; readonly filename: string },
): Parsed {
  if (language !== "typescript") return parseText(source, filename);
  try {
    const parsed = parseText(source, filename);
    if (!looksGeneric(parsed.program, source)) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const { text, trace } = stripTypes(source, filename);
  const parsed = parseText(text, filename);
  return trace === undefined ? parsed : { ...parsed, trace };
}

function parseText(text: string, filename: string): Parsed {
  const tokens: Token[] = [];
  try {
    const program = parser().parse(text, {
      ecmaVersion: "latest",
      sourceType: "module",
      ...(text.includes("<!--") ? { onToken: tokens } : {}),
    });
    return { text, program, comments: tokens.flatMap((token, at) => apart(token, tokens[at + 1])) };
  } catch (error) {
    const { loc, pos, message } = error as { loc?: Position; pos?: number; message: string };
    // Beside places the parser reports nothing but the end of its stack.
    if (loc === undefined) throw new RangeError(message, { cause: error });
    const reason = text[pos ?? -1] === "@" ? NO_DECORATORS : message.replace(/ \(\d+:\d+\)$/, "");
    throw syntaxErrorAt(reason, filename, loc);
  }
}

const NO_DECORATORS =
  "Cannot use decorators: they are not supported; call the decorator yourself, as in C = decorate(C)";

/** A blank between two tokens that would make a comment. */
function apart(token: Token, next: Token | undefined): Edit[] {
  const { end } = token;
  const isComment = end === next?.start && "value" in token && token.value === "<" &&
    "value" in next && next.value === "!";
  return isComment ? [{ start: end, end, text: " " }] : [];
}
