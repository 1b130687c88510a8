// `npm run bench`: every workload on every runtime, each in a fresh process, the
// runtimes in turn. Ratios compare two things of one process; figures of different
// rows, runtimes or days do not compare. Prints a table, and puts the figures into
// bench/results.json for `npm run bench:report`.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Failure, Row } from "./harness.ts";
import { addResults, type Measurement } from "./report/results.ts";

const HELPERS = new Set(["harness.ts", "run.ts", "report.ts"]);
/** Long enough for all peers of a slow machine. */
const LIMIT_MS = 40 * 60_000;
const here = fileURLToPath(new URL(".", import.meta.url));
const bin = fileURLToPath(new URL("../node_modules/.bin/", import.meta.url));
const RUNTIMES: Record<string, readonly [string, ...string[]]> = {
  deno: [`${bin}deno`, "run", "-A"],
  bun: [`${bin}bun`],
  // This configuration leads to the built files.
  node: [`${bin}tsx`, "--tsconfig", `${here}../.ci/tsconfig.bench.json`],
};

const { values: options } = parseArgs({
  options: {
    runtime: { type: "string", multiple: true, default: Object.keys(RUNTIMES) },
    workload: { type: "string", multiple: true, default: workloads() },
  },
});

function workloads(): string[] {
  return readdirSync(here).filter((name) => name.endsWith(".ts") && !HELPERS.has(name))
    .map((name) => name.slice(0, -".ts".length));
}

function measure(runtime: string, workload: string): Measurement {
  const [command, ...flags] = RUNTIMES[runtime] ?? [];
  if (command === undefined) throw new Error(`Cannot run the bench: no runtime "${runtime}"`);
  const date = new Date().toISOString().slice(0, 10);
  const { status, signal, stdout } = spawnSync(command, [...flags, `${here}${workload}.ts`], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
  });
  const rows = stdout.split("\n").filter(Boolean)
    .map((printed) => JSON.parse(printed) as Row | Failure);
  if (status === 0) return { workload, runtime, date, rows };
  process.exitCode = 1;
  const failed = `it ended with ${status ?? signal}`;
  return { workload, runtime, date, rows: [...rows, { row: workload, failed }] };
}

function show(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)}M`;
  return value >= 1e3 ? `${(value / 1e3).toPrecision(3)}k` : value.toPrecision(3);
}

function line(row: Row | Failure, runtime: string): string {
  const name = row.by === undefined ? row.row : `${row.row}, ${row.by}`;
  if ("failed" in row) return `| ${name} | ${runtime} | does not run: ${row.failed} ||||`;
  const { ours, control, unit, ratio, spread, goal } = row;
  const [low, high] = spread.map((value) => value.toFixed(2));
  return `| ${name} | ${runtime} | ${show(ours)} ${unit} | ${show(control)} ${unit} | ` +
    `**${ratio.toFixed(2)}** | ${low}…${high} | ${goal} |`;
}

console.log("| row | runtime | ours | control | ratio | spread | goal |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
const programs = Object.fromEntries(
  Object.entries(RUNTIMES).map(([name, [command]]) => [
    name,
    name === "node" ? process.execPath : command,
  ]),
);
for (const [turn, workload] of options.workload.entries()) {
  // Another runtime begins each time.
  const first = turn % options.runtime.length;
  const inTurn = [...options.runtime.slice(first), ...options.runtime.slice(0, first)];
  const measurements = inTurn.map((runtime) => {
    const measurement = measure(runtime, workload);
    for (const row of measurement.rows) console.log(line(row, runtime));
    return measurement;
  });
  addResults(measurements, programs);
}
