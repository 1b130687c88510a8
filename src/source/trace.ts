// The way back from a place in a script to the source that it was made of: as plain data,
// which threads can pass on, and as what is asked when a place is needed.

import { SourceMap, type SourceMapPayload } from "node:module";
import { moveBack, type Moves, type Position } from "./edits.ts";

/** Steps of the way back, the last change first: moved columns, or the `mappings` of a source map. */
export type Steps = readonly (Moves | string)[];

/** Where the places of a text were before it was changed. */
export interface Trace {
  back(place: Position): Position;
  /** What it takes to keep it, in numbers. */
  readonly size: number;
}

/** What answers for the steps; it does not keep the text. */
export function toTrace(steps: Steps): Trace {
  const ways = steps.map((step) =>
    typeof step === "string" ? lookUpIn(step) : (place: Position) => moveBack(step, place)
  );
  return {
    size: steps.reduce((sum, { length }) => sum + length, 0),
    back: (place) => ways.reduce((at, back) => back(at), place),
  };
}

/** Read when the first place is asked for, and once: a stack may have thousands. */
function lookUpIn(mappings: string): (place: Position) => Position {
  let map: SourceMap | undefined;
  return (place) => {
    map ??= new SourceMap(
      {
        version: 3,
        file: "",
        sources: [""],
        sourcesContent: [],
        names: [],
        mappings,
        sourceRoot: "",
      },
    );
    const entry = map.findEntry(place.line - 1, place.column);
    if (!("originalLine" in entry)) return place;
    return { line: entry.originalLine + 1, column: entry.originalColumn };
  };
}

/** What of a source map is needed, as `Steps` keep it. */
export function mappingsOf(map: string | undefined): string {
  return map === undefined ? "" : (JSON.parse(map) as SourceMapPayload).mappings;
}
