// Changes to a text that keep its lines: pieces replaced by as many characters, and
// insertions, which a column can be traced back over.

/** One change. A `text` as long as the piece it replaces moves nothing. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A place in a text: the line counts from 1, the column from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The text with its changes, which must not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const { start, end, text: replacement } of inOrder(edits)) {
    result += text.slice(at, start) + replacement;
    at = end;
  }
  return result + text.slice(at);
}

/** Where a place of the changed text is in the text as it was. */
export function traceBack(text: string, edits: readonly Edit[], place: Position): Position {
  const starts = lineStarts(text);
  const lineStart = starts[place.line - 1];
  if (lineStart === undefined) return place;
  const lineEnd = starts[place.line] ?? Infinity;
  let column = place.column;
  for (const { start, end, text: replacement } of inOrder(edits)) {
    if (start < lineStart || start >= lineEnd || column <= start - lineStart) continue;
    const added = replacement.length - (end - start);
    column = Math.max(column - added, start - lineStart);
  }
  return { line: place.line, column };
}

/** As many blanks, with the line ends where they were; the first is a `;` that ends what is before. */
export function blank(text: string): string {
  return text.replaceAll(/[^\r\n\u2028\u2029]/g, " ").replace(/^ ?/, ";");
}

function inOrder(edits: readonly Edit[]): readonly Edit[] {
  return edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
}

function lineStarts(text: string): number[] {
  const ends = text.matchAll(/\r\n?|[\n\u2028\u2029]/g);
  return [0, ...Array.from(ends, ({ index, 0: end }) => index + end.length)];
}
