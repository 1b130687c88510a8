// Tables of ratios as Markdown, and the words about where they were measured.

import type { Failure, Row } from "../harness.ts";
import { titled } from "./chart.ts";
import { advantage, type Measurement, type Results } from "./results.ts";

/** All runtimes that the bench knows, in the order of the tables. */
export const RUNTIMES: readonly string[] = ["deno", "bun", "node"];

/** One line of a workload: the same row on every runtime. */
export interface Line {
  readonly row: string;
  readonly by: string | undefined;
  readonly on: Readonly<Record<string, Row | Failure>>;
}

/** The rows of a workload, in their order. */
export function linesOf(measurements: readonly Measurement[], workload: string): Line[] {
  const lines = new Map<string, { row: string; by: string | undefined; on: Line["on"] }>();
  for (const { runtime, rows } of measurements.filter((one) => one.workload === workload)) {
    for (const row of rows) {
      const key = `${row.row}\n${row.by ?? ""}`;
      const line = lines.get(key) ?? { row: row.row, by: row.by, on: {} };
      lines.set(key, { ...line, on: { ...line.on, [runtime]: row } });
    }
  }
  return [...lines.values()];
}

/** A table with a column for each runtime: median and spread of each row. */
export function ratioTable(lines: readonly Line[]): string {
  return table(
    ["", ...RUNTIMES.map(titled)],
    lines.map(({ row, on }) => {
      const cells = RUNTIMES.map((runtime) => {
        const found = on[runtime];
        if (found === undefined || "failed" in found) return "–";
        const { median, low, high } = advantage(found);
        return `**${round(median)}** (${round(low)}…${round(high)})`;
      });
      return [row, ...cells];
    }),
  );
}

/** A table with a line for each peer: in each cell the medians of the runtimes. */
export function peerTable(lines: readonly Line[]): string {
  const rows = [...new Set(lines.map(({ row }) => row))];
  const teams = [...new Set(lines.map(({ by }) => by))];
  return table(
    ["", ...rows],
    teams.map((team) => {
      const cells = rows.map((row) => {
        const line = lines.find((one) => one.by === team && one.row === row);
        return RUNTIMES.map((runtime) => {
          const found = line?.on[runtime];
          return found === undefined || "failed" in found ? "–" : round(advantage(found).median);
        }).join(" · ");
      });
      return [team ?? "", ...cells];
    }),
  );
}

/** Cores of the machine that docs/scaling.md reasons about. */
const CORES = 64;
const CROWD = "16 interpreters on one channel";

/** What an item costs alone and in a crowd, and the work between items that hides the crowd. */
export function crowdTable(lines: readonly Line[]): string {
  const crowd = lines.find(({ row }) => row.startsWith(CROWD))?.on ?? {};
  const head = ["", "alone", CROWD, `work for each item that keeps ${CORES} cores busy`];
  return table(
    head,
    RUNTIMES.flatMap((runtime) => {
      const row = crowd[runtime];
      if (row === undefined || "failed" in row) return [];
      const inCrowd = 1e9 / row.ours;
      const work = (CORES - 1) * inCrowd / 1e3;
      return [[
        titled(runtime),
        `${(1e9 / row.control).toFixed(0)} ns`,
        `${inCrowd.toFixed(0)} ns`,
        `${round(work)} µs`,
      ]];
    }),
  );
}

/** What did not run, and why. */
export function failures(lines: readonly Line[]): string {
  const rows = new Set(lines.map(({ row }) => row)).size;
  const found = new Map<string, string[]>();
  for (const { row, by, on } of lines) {
    for (const [runtime, one] of Object.entries(on)) {
      if (!("failed" in one)) continue;
      const key = `${by ?? row} does not run on ${titled(runtime)}\n${one.failed}`;
      found.set(key, [...(found.get(key) ?? []), row]);
    }
  }
  return [...found].map(([key, missing]) => {
    const [what = "", why = ""] = key.split("\n");
    return missing.length === rows
      ? `- ${what}: ${why}.`
      : `- ${what} for "${missing.join('", "')}": ${why}.`;
  }).join("\n");
}

/** Machine, versions and days. */
export function circumstances({ machine, versions, measurements }: Results): string {
  const days = [...new Set(measurements.map(({ date }) => date))].toSorted();
  const peers = Object.entries(versions).filter(([name]) => !RUNTIMES.includes(name));
  const runtimes = RUNTIMES.map((runtime) => `${titled(runtime)} ${versions[runtime] ?? "?"}`);
  return `Measured on ${machine}, with ${runtimes.join(", ")}, ${
    peers.map(([name, version]) => `${name} ${version}`).join(", ")
  }, on ${days.join(", ")}.`;
}

/** A table as Markdown. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const rows = [head, head.map(() => "---"), ...body];
  return rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** A figure with as many digits as mean something. */
export function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));
}
