// Changes to a text that keep its lines: pieces replaced, and insertions, which a
// column can be traced back over.

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

/** Where the places of a text were before it was changed. */
export interface Trace {
  back(place: Position): Position;
  /** What it takes to keep it, in numbers. */
  readonly size: number;
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

const LINE_END = /\r\n?|[\n\u2028\u2029]/g;

/** Number of lines. */
export function countLines(text: string): number {
  return 1 + (text.match(LINE_END)?.length ?? 0);
}

/** A change that moves what comes after it in its line. */
interface Move {
  /** Where it was, before any change. */
  readonly column: number;
  readonly removed: number;
  readonly added: number;
  /** By how much the changes before it in its line have moved it. */
  readonly shift: number;
}

/** The way back over the changes; it does not keep the text. */
export function traceEdits(text: string, edits: readonly Edit[]): Trace {
  const moves = new Map<number, Move[]>();
  const ends = text.matchAll(LINE_END);
  let next = ends.next();
  let line = 1;
  let lineStart = 0;
  let size = 0;
  for (const { start, end, text: { length: added } } of inOrder(edits)) {
    const removed = end - start;
    if (added === removed) continue;
    while (next.done !== true && next.value.index + next.value[0].length <= start) {
      line++;
      lineStart = next.value.index + next.value[0].length;
      next = ends.next();
    }
    const ofLine = moves.get(line) ?? [];
    const last = ofLine.at(-1);
    const shift = last === undefined ? 0 : last.shift + last.added - last.removed;
    ofLine.push({ column: start - lineStart, removed, added, shift });
    moves.set(line, ofLine);
    size += 10;
  }
  return { size, back: (place) => moveBack(moves.get(place.line) ?? [], place) };
}

/** A stack may name any place any number of times: the last move before it is looked for by halves. */
function moveBack(moves: readonly Move[], { line, column }: Position): Position {
  let [low, high] = [0, moves.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { column: from, shift } = moves[middle]!;
    if (from + shift <= column) low = middle + 1;
    else high = middle;
  }
  const move = moves[low - 1];
  if (move === undefined) return { line, column };
  const into = column - move.column - move.shift;
  if (into < move.added) return { line, column: move.column + Math.min(into, move.removed) };
  return { line, column: move.column + into - move.added + move.removed };
}

/** As many blanks, with the line ends where they were; the first is a `;` that ends what is before. */
export function blank(text: string): string {
  return text.replaceAll(/[^\r\n\u2028\u2029]/g, " ").replace(/^ /, ";");
}

/** The text in the place of another: as long if it can be, and with its line ends. */
export function fill(text: string, replaced: string): string {
  const ends = replaced.replaceAll(/[^\r\n\u2028\u2029]/g, "");
  return ends === "" ? text.padEnd(replaced.length) : text + ends;
}

function inOrder(edits: readonly Edit[]): readonly Edit[] {
  return edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
}
