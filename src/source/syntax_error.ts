// Syntax errors that say at which place of the given source they are.

import type { Position } from "./edits.ts";

/** A SyntaxError whose stack is the place in the source, and nothing of this module. */
export function syntaxErrorAt(
  message: string,
  filename: string,
  { line, column }: Position,
): SyntaxError {
  const error = new SyntaxError(message);
  error.stack = `SyntaxError: ${message}\n    at ${filename}:${line}:${column + 1}`;
  return error;
}

/** The error of a source that is nested too deeply for a parser. */
export function tooDeep(filename: string): SyntaxError {
  return syntaxErrorAt("The source is nested too deeply", filename, { line: 1, column: 0 });
}
