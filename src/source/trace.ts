// The way back from a place in a script to the source that it was made of: as plain data,
// which threads can pass on, and as what is asked when a place is needed. Whatever has a
// length is worked out by who compiles: the host looks places up by halves.

import { moveBack, type Moves, type Position } from "./edits.ts";

/** One step of the way back: columns that were moved, or places of a source map. */
export type Step =
  | { readonly kind: "moves"; readonly numbers: Moves }
  | { readonly kind: "places"; readonly numbers: Int32Array };

/** Steps of the way back, the last change first. */
export type Steps = readonly Step[];

/** Where the places of a text were before it was changed. */
export interface Trace {
  back(place: Position): Position;
  /** What it takes to keep it, in numbers. */
  readonly size: number;
}

/** What answers for the steps; it does not keep the text. */
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

/** Of one place: line and column in the changed text, then in the source, all from 0. */
const PLACE = 4;

/** The last place that is not behind the one asked for. */
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

/** The places of a source map of one source (ECMA-426): base64 numbers, each the difference to that before. */
export function placesOf(map: string | undefined): Step {
  const { mappings = "" }: { readonly mappings?: string } = JSON.parse(map ?? "{}");
  const places: number[] = [];
  let [sourceLine, sourceColumn] = [0, 0];
  for (const [line, segments] of mappings.split(";").entries()) {
    let column = 0;
    for (const segment of segments.split(",")) {
      const [moved, , lines, columns] = decode(segment);
      column += moved ?? 0;
      // What was made up by the stripper has no place in the source.
      if (lines === undefined || columns === undefined) continue;
      sourceLine += lines;
      sourceColumn += columns;
      places.push(line, column, sourceLine, sourceColumn);
    }
  }
  return { kind: "places", numbers: Int32Array.from(places) };
}

/** Five bits in each digit, the last one of a number below 32; the lowest bit of all is the sign. */
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
