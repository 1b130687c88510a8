// Syntax errors that say where in the given source they are.

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

/** The error of a source that no parser gets to the bottom of. */
export function tooDeep(filename: string): SyntaxError {
  return syntaxErrorAt("The source is nested too deeply", filename, { line: 1, column: 0 });
}
