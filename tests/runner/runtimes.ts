// The three test commands, and running one of them to its end. Each runs in a process
// group of its own, so that a time limit or Ctrl-C takes everything that it started.

import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { Runtime } from "../helpers/runtime.ts";
import { build } from "./built.ts";
import { readReport, type Report, type TestCase } from "./junit.ts";

/** What to run, and within which limits. */
export interface Selection {
  /** The folder of the project. */
  readonly root: string;
  /** Test files, relative to `root`. */
  readonly files: readonly string[];
  /** Text that the names of the tests to run contain. */
  readonly name?: string | undefined;
  /** Which part of the files it is, from 0. */
  readonly part: number;
  /** Seconds after which the runtime is stopped. */
  readonly limitSeconds: number;
  /** Folder for JUnit files. */
  readonly folder: string;
}

/** How it went on one runtime. */
export interface Outcome {
  readonly runtime: Runtime;
  readonly cases: readonly TestCase[];
  /** What went wrong beside failed tests, if anything did. */
  readonly problem: string | undefined;
  readonly seconds: number;
  readonly output: string;
}

/** For each test, where the test itself does not say; on Node for each file as well. */
const TEST_TIMEOUT_MS = 120_000;
/** Of the limit of all tests, what is left to the others when one file takes longest. */
const OTHERS_MS = 480_000;
/** How long a process group that was asked to end may take. */
const GRACE_MS = 1_000;

const running = new Set<ChildProcess>();
/** What Node runs, and what tests of the package do on any runtime; made once. */
let built: ReturnType<typeof build> | undefined;

/** Runs the selected tests on one runtime. */
export async function runOn(runtime: Runtime, selection: Selection): Promise<Outcome> {
  const { root, files, name, limitSeconds, folder, part } = selection;
  const junit = join(folder, `${runtime}-${part}.xml`);
  const start = performance.now();
  const needsBuilt = runtime === "node" || files.some((file) => file.startsWith("tests/package/"));
  const env = needsBuilt ? await (built ??= build(root, join(folder, "built"))) : {};
  const ended = await runGroup(command(runtime, selection, junit), { root, limitSeconds, env });
  const seconds = (performance.now() - start) / 1_000;
  const xml = await readFile(junit, "utf8").catch(() => undefined);
  const report = xml === undefined ? undefined : readReport(xml);
  // Node reports a file that ended before its first test as a passed test of that name.
  const paths = new Set(files.map((file) => join(root, file)));
  const cases = (report?.cases ?? [])
    .map((one) => ({ ...one, passed: one.passed && !paths.has(one.name) }))
    .filter((one) => paths.has(one.name) || one.name.includes(name ?? ""));
  const problem = problemOf(ended, report, cases);
  return { runtime, cases, problem, seconds, output: ended.output };
}

/** One outcome of all parts that ran on the runtime. */
export function joined(runtime: Runtime, outcomes: readonly Outcome[]): Outcome {
  const parts = outcomes.filter((one) => one.runtime === runtime);
  const problems = parts.flatMap(({ problem }) => problem ?? []);
  return {
    runtime,
    cases: parts.flatMap(({ cases }) => cases),
    problem: problems.length === 0 ? undefined : problems.join("; "),
    seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0),
    output: parts.map(({ output }) => output).join("\n"),
  };
}

/** Ends every command that is under way, and what it started. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(stopGroup));
}

function problemOf(
  { code, signal, stoppedAfter }: Ended,
  report: Report | undefined,
  cases: readonly TestCase[],
): string | undefined {
  if (stoppedAfter !== undefined) return `was stopped after the limit of ${stoppedAfter} s`;
  if (report === undefined) return "wrote no JUnit file: it ended before its last test";
  if (!report.isWellFormed) return "wrote a broken JUnit file";
  if (cases.length === 0) return "ran no test";
  if (code !== 0 && cases.every((one) => one.passed)) {
    return `ended with ${code ?? signal} though no test failed`;
  }
  return undefined;
}

function command(
  runtime: Runtime,
  { root, files, name, limitSeconds }: Selection,
  junit: string,
): string[] {
  const testTimeout = String(Math.max(TEST_TIMEOUT_MS, limitSeconds * 1_000 - OTHERS_MS));
  const bin = (tool: string) => join(root, "node_modules", ".bin", tool);
  const pattern = name?.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const flag = (text: string, value: string | undefined) =>
    value === undefined ? [] : [text, value];
  const paths = files.map((file) => `./${file}`);
  switch (runtime) {
    // Types are the business of `npm run check`.
    case "deno":
      return [bin("deno"), "test", "-A", "--no-check", "--preload", "./tests/guard.ts"]
        .concat(`--junit-path=${junit}`, flag("--filter", name), paths);
    case "bun":
      return [bin("bun"), "test", "--isolate", "--timeout", testTimeout]
        .concat("--reporter=junit", `--reporter-outfile=${junit}`, flag("-t", pattern), paths);
    case "node":
      return [process.execPath, "--import", "tsx", "--test", "--test-concurrency", "1"]
        .concat("--test-timeout", testTimeout, flag("--test-name-pattern", pattern))
        .concat("--test-reporter=spec", "--test-reporter-destination=stdout")
        .concat("--test-reporter=junit", `--test-reporter-destination=${junit}`, paths);
  }
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  /** The limit in seconds, if it was that which ended it. */
  readonly stoppedAfter: number | undefined;
  readonly output: string;
}

interface Surroundings {
  readonly root: string;
  readonly limitSeconds: number;
  readonly env: Readonly<Record<string, string>>;
}

function runGroup(
  [program = "", ...args]: readonly string[],
  { root, limitSeconds, env }: Surroundings,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...env },
      detached: true,
    });
    running.add(child);
    const output: Uint8Array[] = [];
    child.stdout.on("data", (bytes: Uint8Array) => output.push(bytes));
    child.stderr.on("data", (bytes: Uint8Array) => output.push(bytes));
    let stoppedAfter: number | undefined;
    const limit = setTimeout(() => {
      stoppedAfter = limitSeconds;
      void stopGroup(child);
    }, limitSeconds * 1_000);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      running.delete(child);
      resolve({ code, signal, stoppedAfter, output: Buffer.concat(output).toString("utf8") });
    });
  });
}

async function stopGroup(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => child.once("close", resolve));
  signalGroup(child, "SIGTERM");
  const deadline = setTimeout(() => signalGroup(child, "SIGKILL"), GRACE_MS);
  await closed;
  clearTimeout(deadline);
  // The leader is gone; its children may still be about to go.
  signalGroup(child, "SIGKILL");
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch (error) {
    // ESRCH: nothing of the group is left, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
