// The table of docs/enforcement.md: read for the tests, which compare each cell with
// what they observe, and written by .ci/enforcement.ts from what they observed.

import type { Runtime } from "./runtime.ts";

/** What was observed of a guarantee on one runtime. */
export type Observation =
  /** The attempt was stopped, and the harm did not happen. */
  | "enforced"
  /** `create` or `run` refused the option with an UnsupportedError. */
  | "refused"
  /** The attempt went through. */
  | "not enforced"
  /** The runtime has nothing of the kind to attempt. */
  | "does not apply";

/** One row: what was observed on each runtime. */
export type Row = Readonly<Record<Runtime, Observation>>;

const COLUMNS: readonly Runtime[] = ["deno", "bun", "node"];
const TITLES: Readonly<Record<Runtime, string>> = { deno: "Deno", bun: "Bun", node: "Node" };

/** The rows of the document, by guarantee. */
export function readTable(markdown: string): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row>();
  for (const line of markdown.split("\n")) {
    const cells = line.split("|").map((cell) => cell.trim());
    const [, guarantee, deno, bun, node] = cells;
    if (cells.length !== 6 || guarantee === undefined || /^-+$|^$/.test(guarantee)) continue;
    rows.set(guarantee, { deno, bun, node } as Row);
  }
  return rows;
}

/** The tables, one for each section, as Markdown. */
export function writeTables(
  sections: ReadonlyMap<string, ReadonlyMap<string, Partial<Row>>>,
): string {
  return [...sections].map(([section, rows]) => {
    const head = ["", section, ...COLUMNS.map((one) => TITLES[one]), ""];
    const body = [...rows].map(([guarantee, row]) => [
      "",
      guarantee,
      ...COLUMNS.map((one) => row[one] ?? "?"),
      "",
    ]);
    const rule = ["", ...head.slice(1, -1).map(() => "---"), ""];
    return [head, rule, ...body].map((cells) => cells.join(" | ").trim()).join("\n");
  }).join("\n\n");
}
