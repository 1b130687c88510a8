// The way back from a place in a script to the source that it was made of. Steps are the way as
// plain data, which threads can pass on. A trace answers for a place. Whoever compiles does the
// work that grows with the source: the host only looks a place up, by binary search.

import { moveBack, type Moves, type Position } from "./edits.ts";

/** One step of the way back: over moved columns, or over the places of a source map. */
export type Step =
  | { readonly kind: "moves"; readonly numbers: Moves }
  | { readonly kind: "places"; readonly numbers: Int32Array };

/** The steps of the way back, beginning with the last change. */
export type Steps = readonly Step[];

/** Where the places of a text were before it was changed. */
export interface Trace {
  back(place: Position): Position;
  /** How many numbers it keeps. */
  readonly size: number;
}

/** The trace that follows these steps. It does not keep the text. */
export function toTrace(steps: Steps): Trace {
  return {
    size: steps.reduce((sum, { numbers }) => sum + numbers.length, 0),
    back: (place) =>
      steps.reduce(
        (at, { kind, numbers }) => kind === "moves" ? moveBack(numbers, at) : lookUp(numbers, at),
        place,
      ),
  };
}

/** Numbers of one place: line and column in the changed text, then in the source, all from 0. */
const PLACE = 4;

/** What the last place says that is not after the given one. */
function lookUp(places: Int32Array, { line, column }: Position): Position {
  let [low, high] = [0, places.length / PLACE];
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = middle * PLACE;
    const ahead = (places[at] ?? 0) - (line - 1) || (places[at + 1] ?? 0) - column;
    if (ahead > 0) high = middle;
    else low = middle + 1;
  }
  if (low === 0) return { line, column };
  const at = low * PLACE;
  return { line: (places[at - 2] ?? 0) + 1, column: places[at - 1] ?? 0 };
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * The places of a source map (ECMA-426): its numbers, in base64, are differences to those before.
 */
export function placesOf(map: string | undefined): Step {
  const { mappings = "" }: { readonly mappings?: string } = JSON.parse(map ?? "{}");
  const places: number[] = [];
  let [sourceLine, sourceColumn] = [0, 0];
  for (const [line, segments] of mappings.split(";").entries()) {
    let column = 0;
    for (const segment of segments.split(",")) {
      const [moved, , lines, columns] = decode(segment);
      column += moved ?? 0;
      // Text that the stripper made up has no place in the source.
      if (lines === undefined || columns === undefined) continue;
      sourceLine += lines;
      sourceColumn += columns;
      places.push(line, column, sourceLine, sourceColumn);
    }
  }
  return { kind: "places", numbers: Int32Array.from(places) };
}

/**
 * Each digit has five bits. The last digit of a number is below 32. The lowest bit of all is the
 * sign.
 */
function decode(segment: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value |= (bits & 31) << shift;
    shift += 5;
    if (bits >= 32) continue;
    numbers.push((value & 1) === 0 ? value >> 1 : -(value >> 1));
    [value, shift] = [0, 0];
  }
  return numbers;
}
