// From text to a syntax tree. TypeScript too goes to the parser of JavaScript first: much of it
// has no types, and the type stripper is slow to load.

import type { Program, Token } from "acorn";
import { isQuickToParse, TooCostly } from "./bounds.ts";
import { type Edit, type Position, traceEdits } from "./edits.ts";
import { looksGeneric } from "./generics.ts";
import { hintAt, isHint, NO_EXPORTS } from "./hints.ts";
import { parser } from "./parser.ts";
import { syntaxErrorAt } from "./syntax_error.ts";
import type { Steps } from "./trace.ts";
import { stripQuickly, stripTypes } from "./types.ts";

/** JavaScript and its syntax tree. */
export interface Parsed {
  readonly text: string;
  readonly program: Program;
  /**
   * Edits that keep apart what a script would take for a comment, and a module does not: `a<!--b`.
   */
  readonly comments: readonly Edit[];
  /** The way back from a place in the text to the given source; empty if nothing has moved. */
  readonly steps: Steps;
}

/** How to parse. */
export interface ParseOptions {
  readonly language: string;
  readonly filename: string;
  /** Whether to throw `TooCostly` instead of work that may take long. */
  readonly isBounded: boolean;
}

/**
 * Parses a source.
 *
 * @throws {SyntaxError} Its stack is the place in the source.
 * @throws {RangeError} The source is nested too deeply.
 * @throws {TooCostly} It may take long, and `isBounded` says that it must not.
 */
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
  // The stripper would make a CommonJS module of a source with exports.
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
 * Parses a source that is one object literal, such as `{ a: 1 }`, as an expression: as a
 * statement it would be a block. The prompt of Node does the same.
 */
export function parseObject(source: string, options: ParseOptions): Parsed | undefined {
  if (!/^\s*\{/.test(source) || /;\s*$/.test(source)) return undefined;
  try {
    const parsed = parse(`(${source}\n)`, options);
    const [statement, ...others] = parsed.program.body;
    // The brackets around `{}) + (1` would become two pairs.
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
  // Loaded outside: a package that is not installed is no fault of the source.
  const Parser = parser();
  try {
    const program = Parser.parse(text, {
      ecmaVersion: "latest",
      sourceType: "module",
      ...(text.includes("<!--") ? { onToken: tokens } : {}),
    });
    const comments = tokens.flatMap((token, at) => apart(token, tokens[at + 1]));
    return { text, program, comments, steps: [] };
  } catch (error) {
    if (error instanceof TooCostly) throw error;
    // An error without a place means that the parser ran out of stack.
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

/** A blank between two tokens that together would begin a comment. */
function apart(token: Token, next: Token | undefined): Edit[] {
  const { end } = token;
  const isComment = end === next?.start && "value" in token && token.value === "<" &&
    "value" in next && next.value === "!";
  return isComment ? [{ start: end, end, text: " " }] : [];
}
