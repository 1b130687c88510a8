// `npm run bench:report`: from bench/results.json the charts in docs/charts/ and the
// tables between the markers of docs/benchmarks.md and docs/scaling.md.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { bestPeerTable, goalTable } from "./report/goals.ts";
import { type Chart, type ChartRow, drawChart } from "./report/chart.ts";
import { advantage, readResults, type Results } from "./report/results.ts";
import {
  circumstances,
  crowdTable,
  failures,
  type Line,
  linesOf,
  peerTable,
  ratioTable,
  RUNTIMES,
} from "./report/tables.ts";

const root = new URL("../", import.meta.url);
const READING = "Right of 1× is better. Median and spread of the ratios, logarithmic scale.";
const CHARTS: Readonly<Record<string, string>> = {
  channels: "Channels beside the runtime's own messages",
  interpreters: "Interpreters beside bare workers",
  peers: "Calls on other threads, beside bare workers and postMessage",
  goals: "Goals of calls, pools and moved memory",
  scaling: "More interpreters, bytes and channels",
};

const found = readResults();
if (found === undefined) {
  console.error("Cannot report: there is no bench/results.json; run npm run bench");
  process.exit(2);
}
const results: Results = found;
const lines = (...workloads: readonly string[]) =>
  workloads.flatMap((workload) => linesOf(results.measurements, workload));
const CHANNELS = ["one_way", "ping_pong", "large"];
// Gaps and kills are milliseconds that a program may miss, told by the bench alone.
const GOALS = ["calls", "executor", "transfer"];
const APART = [...CHANNELS, ...GOALS, "tracing", "peers", "scaling", "host_answers", "kill"];
const workloads = [...new Set(results.measurements.map(({ workload }) => workload))];
const channels = lines(...CHANNELS);
const interpreters = lines(...workloads.filter((workload) => !APART.includes(workload)));
const peers = lines("peers");
const goals = lines(...GOALS);
const scaling = lines("scaling");

const charts: Readonly<Record<string, readonly ChartRow[]>> = {
  channels: channels.map(chartRow),
  interpreters: interpreters.map(chartRow),
  peers: [...new Set(peers.map(({ row }) => row))].flatMap((row) => [
    { label: row, marks: [] },
    ...peers.filter((line) => line.row === row).map(chartRow),
  ]),
  goals: goals.map(chartRow),
  scaling: scaling.map(chartRow),
};

function chartRow(line: Line): ChartRow {
  const marks = RUNTIMES.flatMap((runtime) => {
    const row = line.on[runtime];
    if (row === undefined) return [];
    return [{ runtime, value: "failed" in row ? row.failed : advantage(row) }];
  });
  return { label: line.by ?? line.row, marks };
}

mkdirSync(new URL("docs/charts/", root), { recursive: true });
for (const [name, rows] of Object.entries(charts)) {
  const chart: Chart = { title: CHARTS[name] ?? name, subtitle: READING, rows };
  writeFileSync(new URL(`docs/charts/${name}.svg`, root), drawChart(chart));
}

/** Replaces what stands between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. */
function fill(file: string, parts: Readonly<Record<string, string>>): void {
  const url = new URL(file, root);
  let text = readFileSync(url, "utf8");
  for (const [name, part] of Object.entries(parts)) {
    const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) {
      throw new Error(`Cannot report: ${file} has no ${begin} … ${end}; put both where it belongs`);
    }
    text = `${text.slice(0, from + begin.length)}\n\n${part}\n\n${text.slice(to)}`;
  }
  writeFileSync(url, text);
}

fill("docs/benchmarks.md", {
  circumstances: circumstances(results),
  goals: goalTable(goals),
  tracing: goalTable(lines("tracing")),
  best: bestPeerTable(peers, ["submit()", "import()"]),
  peers: [peerTable(peers), failures(peers)].filter(Boolean).join("\n\n"),
  channels: ratioTable(channels),
  interpreters: ratioTable(interpreters),
});
fill("docs/scaling.md", {
  circumstances: circumstances(results),
  scaling: ratioTable(scaling),
  crowd: crowdTable(scaling),
});
// The formatter aligns tables and wraps lines.
const { status } = spawnSync(
  fileURLToPath(new URL("node_modules/.bin/deno", root)),
  ["fmt", "--quiet", "docs/benchmarks.md", "docs/scaling.md", "docs/charts", "bench/results.json"],
  { cwd: fileURLToPath(root), stdio: "inherit" },
);
process.exitCode = status ?? 1;
