// Names and imports of a script as text. A list of a million names would hold the host up
// twice: when it takes the list from one thread, and when it hands it to another.

import type { Outline } from "./frames.ts";

// Taken now: source may declare names of its own that hide these.
const { JSON } = globalThis;
const { parse, stringify } = JSON;

/** The outline as text. */
export function toOutline(outline: Outline): string {
  return stringify(outline);
}

/** The outline of a script. */
export function readOutline(text: string): Outline {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The host made the text of an outline.
  return parse(text) as Outline;
}
