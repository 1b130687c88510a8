// Edits: changes to a text that keep its lines. Pieces are replaced or inserted, and a column
// of the changed text can be traced back to the column before.

/** One edit. It moves nothing if `text` is as long as the piece that it replaces. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A place in a text. Lines count from 1, columns from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The text with its edits, which must not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const { start, end, text: replacement } of inOrder(edits)) {
    result += text.slice(at, start) + replacement;
    at = end;
  }
  return result + text.slice(at);
}

const LINE_END = /\r\n?|[\n\u2028\u2029]/g;

/** The number of lines of a text. */
export function countLines(text: string): number {
  return 1 + (text.match(LINE_END)?.length ?? 0);
}

/** Moves of columns: five numbers for each, in the order of their places in the changed text. */
export type Moves = Int32Array;

/**
 * Numbers of one move: line and column in the changed text, column before, characters added and
 * removed.
 */
const MOVE = 5;

/** The moves of a text's edits: of those that move what comes after them in their lines. */
export function traceEdits(text: string, edits: readonly Edit[]): Moves {
  const moves: number[] = [];
  const ends = text.matchAll(LINE_END);
  let next = ends.next();
  let line = 1;
  let lineStart = 0;
  let shift = 0;
  for (const { start, end, text: { length: added } } of inOrder(edits)) {
    const removed = end - start;
    if (added === removed) continue;
    while (next.done !== true && next.value.index + next.value[0].length <= start) {
      line++;
      lineStart = next.value.index + next.value[0].length;
      next = ends.next();
      shift = 0;
    }
    const column = start - lineStart;
    moves.push(line, column + shift, column, added, removed);
    shift += added - removed;
  }
  return Int32Array.from(moves);
}

/** The place before the moves, for a place after them. */
export function moveBack(moves: Moves, { line, column }: Position): Position {
  // The last move that is not after the place.
  let [low, high] = [0, moves.length / MOVE];
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = middle * MOVE;
    const ahead = (moves[at] ?? 0) - line || (moves[at + 1] ?? 0) - column;
    if (ahead > 0) high = middle;
    else low = middle + 1;
  }
  const last = (low - 1) * MOVE;
  if (low === 0 || moves[last] !== line) return { line, column };
  const [, after = 0, before = 0, added = 0, removed = 0] = moves.subarray(last, last + MOVE);
  const inside = column - after;
  if (inside < added) return { line, column: before + Math.min(inside, removed) };
  return { line, column: before + removed + inside - added };
}

/**
 * Blanks in place of a text, with its line ends. The first is a `;`, which ends what stands before.
 */
export function blank(text: string): string {
  return text.replaceAll(/[^\r\n\u2028\u2029]/g, " ").replace(/^ /, ";");
}

/** A text to replace another: as long as that if possible, and with its line ends. */
export function fill(text: string, replaced: string): string {
  const ends = replaced.replaceAll(/[^\r\n\u2028\u2029]/g, "");
  return ends === "" ? text.padEnd(replaced.length) : text + ends;
}

function inOrder(edits: readonly Edit[]): readonly Edit[] {
  return edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
}
