// The command line as a process, on the runtime that the test runs on.

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { TestContext } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { runtime } from "./runtime.ts";
import { type ScriptOptions, type ScriptResult, spawnScript } from "./spawn_script.ts";

const execute = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
/** Node runs what its users do, the built package; the suite's runner has built it. */
const built = runtime === "node" ? process.env["SUBINTERPRETERS_BUILT"] : undefined;

/** Whether the command line is that of the built package. */
export const isBuilt: boolean = built !== undefined;

/** The file that is the command line. */
export const main: string = built === undefined
  ? join(root, "src/cli/main.ts")
  : join(built, "dist/src/cli/main.js");

/** Runs `subinterpreters` with these arguments. */
export async function cli(
  args: readonly string[],
  options: Omit<ScriptOptions, "args"> = {},
): Promise<ScriptResult> {
  const result = await spawnScript(pathToFileURL(main), { timeoutMs: 60_000, ...options, args });
  if (result.timedOut) throw new Error(`It did not end: ${result.stdout}${result.stderr}`);
  return result;
}

/** A folder with these files, which goes when the test ends. */
export async function folderWith(
  t: TestContext,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<(name: string) => string> {
  const folder = await mkdtemp(join(tmpdir(), "subinterpreters-cli-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return (name) => join(folder, name);
}

/** What is typed at a terminal once it shows something. */
export interface Step {
  /** Text without colours, after what the step before waited for. */
  readonly expect: string;
  readonly type?: string;
}

/** What a terminal has shown, and how the program behind it ended. */
export interface TerminalResult {
  readonly code: number | null;
  /** As it came, with what moves the cursor and sets colours. */
  readonly raw: string;
  readonly shown: string;
}

/** Ctrl-C, Ctrl-D and the tabulator, as a terminal sends them. */
export const KEYS = { ctrlC: "\u0003", ctrlD: "\u0004", tab: "\t", up: "\u001b[A" } as const;

/**
 * Runs `subinterpreters` behind a pseudo-terminal, which a Node process has.
 *
 * @throws What the steps wait for has not come within a minute.
 */
export async function cliAtTerminal(
  args: readonly string[],
  steps: readonly Step[],
  { columns = 80, env = {} }: {
    readonly columns?: number;
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<TerminalResult> {
  const given = {
    file: process.execPath,
    args: [...cliFlags(), main, ...args],
    ...{ steps, columns, timeoutMs: 60_000 },
    // Nobody's own history is touched.
    env: { SUBINTERPRETERS_HISTORY: "", NODE_TEST_CONTEXT: "", ...env },
  };
  const driver = fileURLToPath(new URL("../cli/fixtures/terminal.mjs", import.meta.url));
  const { stdout } = await execute("node", [driver, JSON.stringify(given)], {
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  const result = JSON.parse(stdout) as TerminalResult & {
    readonly timedOut: boolean;
    readonly stepsDone: number;
  };
  if (result.timedOut || result.stepsDone < steps.length) {
    throw new Error(
      `It waited for ${JSON.stringify(steps[result.stepsDone]?.expect)}: ${result.shown}`,
    );
  }
  return result;
}

/** How the runtime of the test runs the command line of the checkout. */
export function cliFlags(): string[] {
  switch (runtime) {
    case "deno":
      return ["run", "-A", "--no-check", "--config", `${root}deno.json`];
    case "bun":
      return ["run"];
    case "node":
      return isBuilt ? [] : ["--import", `${root}node_modules/tsx/dist/loader.mjs`];
  }
}
