// Runs the suite on Deno, Bun and Node, and compares what ran: a
// runtime's own "all passed" is not believed, because a test that calls process.exit(0),
// or is never started, looks like success to each of them.

import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import type { Runtime } from "./helpers/runtime.ts";
import { joined, type Outcome, runOn, type Selection, stopAll } from "./runner/runtimes.ts";
import {
  corrected,
  failedFiles,
  flakes,
  isWorthASecondTry,
  type Tried,
} from "./runner/second_try.ts";
import { judge, slowest, table } from "./runner/verdict.ts";

const HELP = `npm test -- [--runtime deno|bun|node]… [--name TEXT] [--limit SECONDS] [FILE|FOLDER]…
         [--tries 1|2]  a second try for the files that failed; 2 if no file and no name is given`;
const RUNTIMES: readonly Runtime[] = ["deno", "bun", "node"];
/** So many processes run the files; on Node each file has one for itself. */
const PARTS: Readonly<Record<Runtime, number>> = { deno: 4, bun: 2, node: Infinity };
/** So many processes are run at once. */
const MAX_LANES = 4;
const root = fileURLToPath(new URL("..", import.meta.url));

await promisify(execFile)(process.execPath, [join(root, ".ci/guest.mjs")]);
process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runtime: { type: "string", multiple: true },
      name: { type: "string" },
      limit: { type: "string", default: "600" },
      tries: { type: "string" },
      help: { type: "boolean" },
    },
  });
  const runtimes = RUNTIMES.filter((one) => values.runtime?.includes(one) ?? true);
  const limitSeconds = Number(values.limit);
  // Whoever names files or tests works on them, and wants to see each failure.
  const tries = values.tries ?? (positionals.length === 0 && values.name === undefined ? "2" : "1");
  if (values.help || !["1", "2"].includes(tries) || runtimes.length === 0 || !(limitSeconds > 0)) {
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
  const selection = { root, files, all: files, name: values.name, limitSeconds, folder, part: 0 };
  const parts = partsOf(runtimes, selection);
  const tried: Tried[] = [];
  const takeParts = async () => {
    for (let part = next(); part !== undefined && !interrupted; part = next()) {
      const outcome = await runOn(part.runtime, part.selection);
      tried.push({ selection: part.selection, outcome });
    }
  };
  const next = () => takeLongest(parts, tried.map(({ outcome }) => outcome));
  // Tests wait for about as long as they compute, so two at a time keep one core busy. No test
  // measures how soon something happens: that is for the bench. A busy machine gets half of them.
  const cores = availableParallelism();
  const lanes = Math.min(MAX_LANES, (loadavg()[0] ?? 0) > cores ? cores : 2 * cores);
  await Promise.all(Array.from({ length: lanes }, takeParts));
  const outcomes = tries === "2" && !interrupted && isWorthASecondTry(tried)
    ? await tryAgain(tried)
    : tried.map(({ outcome }) => outcome);
  await rm(folder, { recursive: true, force: true });
  return interrupted ? 130 : report(runtimes.map((runtime) => joined(runtime, outcomes)));
}

/** The outcomes after a second try of what failed, one process after the other. */
async function tryAgain(tried: readonly Tried[]): Promise<readonly Outcome[]> {
  const failed = tried.filter((one) => failedFiles(one).length > 0);
  const outcomes = tried.filter((one) => !failed.includes(one)).map(({ outcome }) => outcome);
  for (const one of failed) {
    const { runtime } = one.outcome;
    const part = tried.length + outcomes.length;
    const second = await runOn(runtime, { ...one.selection, files: failedFiles(one), part });
    for (const flake of flakes(one, second)) console.log(flake);
    outcomes.push(corrected(one, second));
  }
  return outcomes;
}

/** What one process runs. */
interface Part {
  readonly runtime: Runtime;
  readonly selection: Selection;
}

function partsOf(runtimes: readonly Runtime[], whole: Selection): Part[] {
  return runtimes.flatMap((runtime) => {
    const { files, name } = whole;
    // Of few files, or of those that contain a name, a part might have no test.
    const isSplit = runtime === "node" || (name === undefined && files.length > 8);
    const count = isSplit ? Math.min(PARTS[runtime], files.length) : 1;
    return Array.from({ length: count }, (_, part) => ({
      runtime,
      selection: { ...whole, part, files: files.filter((_file, n) => n % count === part) },
    }));
  });
}

/** Parts of many files come first, then single files, the slowest of other runtimes before others. */
function takeLongest(parts: Part[], outcomes: readonly Outcome[]): Part | undefined {
  const [first] = parts;
  if (first?.runtime !== "node") return parts.shift();
  const secondsOf = ({ selection: { files } }: Part) =>
    outcomes.flatMap(({ cases }) => cases).filter(({ file }) => file === files[0])
      .reduce((sum, { seconds }) => sum + seconds, 0);
  const seconds = parts.map(secondsOf);
  return parts.splice(seconds.indexOf(Math.max(...seconds)), 1)[0];
}

function report(outcomes: readonly Outcome[]): number {
  for (const { runtime, problem, cases, output } of outcomes) {
    const passed = problem === undefined && cases.every((one) => one.passed);
    console.log(passed ? `${runtime}: ok` : `${output}\n${runtime}: failed`);
  }
  const { passed, failed, complaints } = judge(outcomes);
  for (const complaint of complaints) console.log(`✖ ${complaint}`);
  console.log(`\n${outcomes.map(slowest).join("\n\n")}`);
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
