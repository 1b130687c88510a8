// The three test commands, and running one of them to its end. Each runs in a process
// group of its own, so that a time limit or Ctrl-C takes everything that it started.

import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { Runtime } from "../helpers/runtime.ts";
import { build, BUILT } from "./built.ts";
import { compile, SOURCE_MAPS } from "./compiled.ts";
import { readReport, type Report, type TestCase } from "./junit.ts";

/** What to run, and within which limits. */
export interface Selection {
  /** The folder of the project. */
  readonly root: string;
  /** Test files, relative to `root`. */
  readonly files: readonly string[];
  /** The same of all parts. */
  readonly all: readonly string[];
  /** Text that the names of the tests to run contain. */
  readonly name?: string | undefined;
  /** Which part of the files it is, from 0; on Node each file is one. */
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

/** For each test, where the test itself does not say. */
const TEST_TIMEOUT_MS = 120_000;
/** For each file on Node, where no test has a limit but its own: for a very busy machine. */
const FILE_TIMEOUT_MS = 400_000;
/** Of the limit of all tests, what is left to the others when one file takes longest. */
const OTHERS_MS = 480_000;
/** How long a process group that was asked to end may take. */
const GRACE_MS = 1_000;

const running = new Set<ChildProcess>();
/** What Node runs, and what tests of the package do on any runtime; made once. */
let built: ReturnType<typeof build> | undefined;
/** All test files as Node runs them; made once. */
let compiled: ReturnType<typeof compile> | undefined;

/** Runs the selected tests on one runtime. */
export async function runOn(runtime: Runtime, selection: Selection): Promise<Outcome> {
  const { root, files, all, name, folder, part } = selection;
  const junit = join(folder, `${runtime}-${part}.xml`);
  const needsBuilt = runtime === "node" || files.some((file) => file.startsWith("tests/package/"));
  const env = needsBuilt ? await (built ??= build(root, join(folder, "built"))) : {};
  const paths = runtime === "node"
    ? (await (compiled ??= compile({ root, files: all, built: env[BUILT] ?? "" })))
    : undefined;
  const start = performance.now();
  const places = files.map((file) => paths?.get(file) ?? `./${file}`);
  const ended = await runGroup(command(runtime, { ...selection, files: places }, junit), {
    root,
    env,
    limitSeconds: limitOf(runtime, selection),
  });
  const seconds = (performance.now() - start) / 1_000;
  const xml = await readFile(junit, "utf8").catch(() => undefined);
  // Node does not say which file a test is in; it runs one at a time.
  const report = xml === undefined ? undefined : readReport(xml, files[0]);
  const cases = (report?.cases ?? []).filter((one) => one.name.includes(name ?? ""));
  const problem = problemOf(ended, report, { isEmpty: name === undefined && cases.length === 0 });
  const where = runtime === "node" ? `${problem} (${files.join()})` : problem;
  return {
    ...{ runtime, cases, seconds, output: ended.output },
    problem: problem === undefined ? undefined : where,
  };
}

/** One outcome of all parts that ran on the runtime. */
export function joined(runtime: Runtime, outcomes: readonly Outcome[]): Outcome {
  const parts = outcomes.filter((one) => one.runtime === runtime);
  const cases = parts.flatMap((part) => part.cases);
  const problems = parts.flatMap(({ problem }) => problem ?? []);
  if (cases.length === 0 && problems.length === 0) problems.push("ran no test");
  return {
    runtime,
    cases,
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
  { isEmpty }: { readonly isEmpty: boolean },
): string | undefined {
  if (stoppedAfter !== undefined) return `was stopped after the limit of ${stoppedAfter} s`;
  if (report === undefined) return "wrote no JUnit file: it ended before its last test";
  if (!report.isWellFormed) return "wrote a broken JUnit file: it ended before its last test";
  if (isEmpty) return "ran no test";
  if (code !== 0 && report.cases.every((one) => one.passed)) {
    return `ended with ${code ?? signal} though no test failed`;
  }
  return undefined;
}

const testTimeout = (limitSeconds: number) =>
  Math.max(TEST_TIMEOUT_MS, limitSeconds * 1_000 - OTHERS_MS);

/** Seconds until it is stopped. Node 20 has no time limit for the tests of one process. */
function limitOf(runtime: Runtime, { limitSeconds }: Selection): number {
  if (runtime !== "node") return limitSeconds;
  return Math.min(limitSeconds, Math.max(FILE_TIMEOUT_MS, testTimeout(limitSeconds)) / 1_000);
}

function command(
  runtime: Runtime,
  { root, files, name, limitSeconds }: Selection,
  junit: string,
): string[] {
  const bin = (tool: string) => join(root, "node_modules", ".bin", tool);
  const pattern = name?.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const flag = (text: string, value: string | undefined) =>
    value === undefined ? [] : [text, value];
  switch (runtime) {
    // Types are the business of `npm run check`.
    case "deno":
      return [bin("deno"), "test", "-A", "--no-check", "--preload", "./tests/guard.ts"]
        .concat(`--junit-path=${junit}`, flag("--filter", name), files);
    case "bun":
      return [bin("bun"), "test", "--isolate", "--timeout", String(testTimeout(limitSeconds))]
        .concat("--reporter=junit", `--reporter-outfile=${junit}`, flag("-t", pattern), files);
    case "node":
      return [process.execPath, "--import", SOURCE_MAPS, ...flag("--test-name-pattern", pattern)]
        .concat("--test-reporter=spec", "--test-reporter-destination=stdout")
        .concat("--test-reporter=junit", `--test-reporter-destination=${junit}`, files);
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
