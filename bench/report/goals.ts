// What was aimed at, and what came of it: rows with a goal, and the module beside whichever peer
// did best.

import type { Row } from "../harness.ts";
import { titled } from "./chart.ts";
import { advantage, isRate } from "./results.ts";
import { type Line, round, RUNTIMES, table } from "./tables.ts";

/** Ways to the work that are the module's own, and the control as a team. */
const NOT_PEERS = new Set(["import()", "evaluate()", "a channel", "submit()", "bare workers"]);

/** A goal as the tables count: so many times as good as the control, at least. */
function goalOf(row: Row): number | undefined {
  const [, limit] = /^[<>]= ([\d.]+)$/.exec(row.goal) ?? [];
  if (limit === undefined) return undefined;
  return isRate(row) ? Number(limit) : 1 / Number(limit);
}

/** A line for each row: its goal, and for each runtime what was reached; bold is what suffices. */
export function goalTable(lines: readonly Line[]): string {
  return table(
    ["", "goal", ...RUNTIMES.map(titled)],
    lines.map(({ row, on }) => {
      const rows = RUNTIMES.map((runtime) => on[runtime]);
      const goals = rows.flatMap((found) =>
        found === undefined || "failed" in found ? [] : goalOf(found) ?? []
      );
      const cells = rows.map((found) => {
        if (found === undefined || "failed" in found) return "–";
        const { median, low, high } = advantage(found);
        const goal = goalOf(found);
        const reached = goal !== undefined && median >= goal;
        const shown = reached ? `**${round(median)}**` : round(median);
        return `${shown} (${round(low)}…${round(high)})`;
      });
      return [row, goals[0] === undefined ? "–" : round(goals[0]), ...cells];
    }),
  );
}

/** For each row of the peers how many times as good the module is as the best of them, and which. */
export function bestPeerTable(lines: readonly Line[], ways: readonly string[]): string {
  const rows = [...new Set(lines.map(({ row }) => row))];
  const body = rows.flatMap((row) =>
    ways.map((way) => [
      `${row}, ${way}`,
      ...RUNTIMES.map((runtime) =>
        besideBest(lines.filter((line) => line.row === row), way, runtime)
      ),
    ])
  );
  return table(["", ...RUNTIMES.map(titled)], body);
}

function besideBest(lines: readonly Line[], way: string, runtime: string): string {
  let ours: number | undefined;
  let best: { readonly by: string; readonly median: number } | undefined;
  for (const { by = "", on } of lines) {
    const found = on[runtime];
    if (found === undefined || "failed" in found) continue;
    const { median } = advantage(found);
    if (by === way) ours = median;
    else if (!NOT_PEERS.has(by) && median > (best?.median ?? 0)) best = { by, median };
  }
  if (ours === undefined || best === undefined) return "–";
  return `${round(ours / best.median)} (${best.by})`;
}
