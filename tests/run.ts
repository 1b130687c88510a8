// Runs the suite on Deno, Bun and Node, and compares what ran: a
// runtime's own "all passed" is not believed, because a test that calls process.exit(0),
// or is never started, looks like success to each of them.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Runtime } from "./helpers/runtime.ts";
import { type Outcome, runOn, stopAll } from "./runner/runtimes.ts";
import { judge, table } from "./runner/verdict.ts";

const HELP =
  `npm test -- [--runtime deno|bun|node]… [--name TEXT] [--limit SECONDS] [FILE|FOLDER]…`;
const RUNTIMES: readonly Runtime[] = ["deno", "bun", "node"];
const root = fileURLToPath(new URL("..", import.meta.url));

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runtime: { type: "string", multiple: true },
      name: { type: "string" },
      limit: { type: "string", default: "600" },
      help: { type: "boolean" },
    },
  });
  const runtimes = RUNTIMES.filter((one) => values.runtime?.includes(one) ?? true);
  const limitSeconds = Number(values.limit);
  if (values.help || runtimes.length === 0 || !(limitSeconds > 0)) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  const files = await selectFiles(positionals, values.name);
  const folder = await mkdtemp(join(tmpdir(), "subinterpreters-tests-"));
  let interrupted = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      interrupted = true;
      void stopAll();
    });
  }
  const lanes = lanesOf(runtimes);
  const filesAtOnce = Math.min(2, availableParallelism()) / lanes.length;
  const selection = { root, files, name: values.name, filesAtOnce, limitSeconds, folder };
  const outcomes: Outcome[] = [];
  const runInTurn = async (lane: readonly Runtime[]) => {
    for (const runtime of lane) {
      if (interrupted) return;
      const outcome = await runOn(runtime, selection);
      if (!interrupted) tell(outcome);
      outcomes.push(outcome);
    }
  };
  await Promise.all(lanes.map(runInTurn));
  outcomes.sort((a, b) => RUNTIMES.indexOf(a.runtime) - RUNTIMES.indexOf(b.runtime));
  await rm(folder, { recursive: true, force: true });
  return interrupted ? 130 : report(outcomes);
}

/**
 * What runs side by side: a test file keeps hardly more than one core busy, and more than two
 * at once would make tests fail that expect an answer in time. Deno takes longest.
 */
function lanesOf(runtimes: readonly Runtime[]): Runtime[][] {
  if (availableParallelism() === 1) return [[...runtimes]];
  const lanes = [
    runtimes.filter((one) => one === "deno"),
    runtimes.filter((one) => one !== "deno"),
  ];
  return lanes.filter((lane) => lane.length > 0);
}

function tell({ runtime, problem, cases, output }: Outcome): void {
  const passed = problem === undefined && cases.every((one) => one.passed);
  console.log(passed ? `${runtime}: ok` : `${output}\n${runtime}: failed`);
}

function report(outcomes: readonly Outcome[]): number {
  const { passed, failed, complaints } = judge(outcomes);
  for (const complaint of complaints) console.log(`✖ ${complaint}`);
  console.log(`\n${table(outcomes)}\n\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

/** The files named or in the folders named, else all; for a name only those that contain it, if any do. */
async function selectFiles(named: readonly string[], name: string | undefined): Promise<string[]> {
  const entries = await readdir(join(root, "tests"), { recursive: true });
  const all = entries.filter((file) => file.endsWith(".test.ts")).map((file) =>
    join("tests", file)
  );
  all.sort();
  if (named.length > 0) {
    return named.map((one) => relative(root, resolve(one))).flatMap((one) => {
      const inside = all.filter((file) => file.startsWith(`${one}/`));
      return inside.length > 0 ? inside : [one];
    });
  }
  if (name === undefined) return all;
  const texts = await Promise.all(all.map((file) => readFile(join(root, file), "utf8")));
  const likely = all.filter((_, index) => texts[index]?.includes(name));
  return likely.length > 0 ? likely : all;
}
