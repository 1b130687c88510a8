// `npm run bench`: every workload on every runtime, each in a fresh process, the
// runtimes in turn. Ratios compare two things of one process; figures of different
// rows, runtimes or days do not compare.

import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Row } from "./harness.ts";

const HELPERS = new Set(["harness.ts", "run.ts"]);
const here = fileURLToPath(new URL(".", import.meta.url));
const bin = fileURLToPath(new URL("../node_modules/.bin/", import.meta.url));
const RUNTIMES: Record<string, readonly [string, ...string[]]> = {
  deno: [`${bin}deno`, "run", "-A"],
  bun: [`${bin}bun`],
  // The built files: without its paths this configuration leads to the package's exports.
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

function measure(runtime: string, workload: string): Row[] {
  const [command, ...flags] = RUNTIMES[runtime] ?? [];
  if (command === undefined) throw new Error(`Cannot run the bench: no runtime "${runtime}"`);
  const output = execFileSync(command, [...flags, `${here}${workload}.ts`], { encoding: "utf8" });
  return output.trim().split("\n").map((line) => JSON.parse(line) as Row);
}

function show(value: number): string {
  return value >= 10_000 ? `${(value / 1e6).toFixed(3)}M` : value.toPrecision(3);
}

console.log("| row | runtime | ours | control | ratio | spread | goal |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const workload of options.workload) {
  for (const runtime of options.runtime) {
    for (const { row, ours, control, unit, ratio, spread, goal } of measure(runtime, workload)) {
      const [low, high] = spread.map((value) => value.toFixed(2));
      process.stdout.write(
        `| ${row} | ${runtime} | ${show(ours)} ${unit} | ${show(control)} ${unit} | ` +
          `**${ratio.toFixed(2)}** | ${low}…${high} | ${goal} |\n`,
      );
    }
  }
}
