// Text to syntax tree. JavaScript's parser goes first, also for TypeScript: much of
// it has no types, and the stripper is slow to load.

import type { Program, Token } from "acorn";
import { isQuickToParse, TooCostly } from "./bounds.ts";
import { type Edit, type Position, traceEdits } from "./edits.ts";
import { looksGeneric } from "./generics.ts";
import { hintAt, isHint, NO_EXPORTS } from "./hints.ts";
import { parser } from "./parser.ts";
import { syntaxErrorAt } from "./syntax_error.ts";
import type { Steps } from "./trace.ts";
import { stripQuickly, stripTypes } from "./types.ts";

/** JavaScript and its tree. */
export interface Parsed {
  readonly text: string;
  readonly program: Program;
  /** Keeps apart what would be a comment in a script, and is none in a module: `a<!--b`. */
  readonly comments: readonly Edit[];
  /** The way from a place in the text to that in the given source; none: it is the same. */
  readonly steps: Steps;
}

/** How to parse. */
export interface ParseOptions {
  readonly language: string;
  readonly filename: string;
  /** Throws `TooCostly` instead of doing what may take long. */
  readonly isBounded: boolean;
}

/** Parses a source; throws a SyntaxError with its place in it, or a RangeError if it is too deep. */
export function parse(source: string, { language, filename, isBounded }: ParseOptions): Parsed {
  if (isBounded && !isQuickToParse(source)) throw new TooCostly();
  if (language !== "typescript") return parseText(source, filename);
  let problem: SyntaxError | undefined;
  try {
    const parsed = parseText(source, filename);
    if (!looksGeneric(parsed.program, source)) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    problem = error;
  }
  // With it the stripper would make a CommonJS module.
  if (problem?.message === NO_EXPORTS) throw problem;
  try {
    const { text, steps } = (isBounded ? stripQuickly : stripTypes)(source, filename);
    return { ...parseText(text, filename), steps };
  } catch (error) {
    if (error instanceof TooCostly) throw error;
    throw problem !== undefined && isHint(problem.message) ? problem : error;
  }
}

/**
 * A source that is one object literal, `{ a: 1 }`, as the expression that it looks like: as a
 * statement it is a block. Node's prompt does the same.
 */
export function parseObject(source: string, options: ParseOptions): Parsed | undefined {
  if (!/^\s*\{/.test(source) || /;\s*$/.test(source)) return undefined;
  try {
    const parsed = parse(`(${source}\n)`, options);
    const [statement, ...others] = parsed.program.body;
    // Of `{}) + (1` the brackets around it would be two pairs.
    const isOne = statement?.type === "ExpressionStatement" && others.length === 0 &&
      statement.expression.start > 0;
    const numbers = traceEdits(source, [{ start: 0, end: 0, text: "(" }]);
    return isOne ? { ...parsed, steps: [...parsed.steps, { kind: "moves", numbers }] } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function parseText(text: string, filename: string): Parsed {
  const tokens: Token[] = [];
  try {
    const program = parser().parse(text, {
      ecmaVersion: "latest",
      sourceType: "module",
      ...(text.includes("<!--") ? { onToken: tokens } : {}),
    });
    const comments = tokens.flatMap((token, at) => apart(token, tokens[at + 1]));
    return { text, program, comments, steps: [] };
  } catch (error) {
    // Beside places the parser reports nothing but the end of its stack.
    if (!isPlaced(error)) throw new RangeError(String(error), { cause: error });
    const { loc, pos, message } = error;
    const reason = hintAt(text, pos, message) ?? message.replace(/ \(\d+:\d+\)$/, "");
    throw syntaxErrorAt(reason, filename, loc);
  }
}

/** Whether an error is one of acorn's, which know their place. */
function isPlaced(
  error: unknown,
): error is SyntaxError & { readonly loc: Position; readonly pos: number } {
  return error instanceof SyntaxError && "loc" in error && "pos" in error;
}

/** A blank between two tokens that would make a comment. */
function apart(token: Token, next: Token | undefined): Edit[] {
  const { end } = token;
  const isComment = end === next?.start && "value" in token && token.value === "<" &&
    "value" in next && next.value === "!";
  return isComment ? [{ start: end, end, text: " " }] : [];
}
