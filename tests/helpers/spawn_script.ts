// Runs a script in a process of its own, on the runtime that the test runs on. For
// what only a whole process can show: that it exits by itself, exit codes, Ctrl-C.

import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runtime } from "./runtime.ts";

/** How to run a script. */
export interface ScriptOptions {
  /** Runs the source as so many files of tests, by the runtime's own test runner. */
  readonly testFiles?: number;
  /** The source has types or imports TypeScript: Node needs tsx for it. */
  readonly isTyped?: boolean;
  /** Arguments of the script. */
  readonly args?: readonly string[];
  /** Path of a `deno.json` for Deno, instead of the project's. */
  readonly config?: string;
  /** Flags of the runtime, before the script. */
  readonly flags?: readonly string[];
  /** Variables beside those of this process; `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What its standard input has; without `end` it is never at its end. @default an empty file */
  readonly stdin?: { readonly text: string; readonly end: boolean };
  /** Sends a signal as soon as standard output contains the text. */
  readonly signalAfter?: { readonly text: string; readonly signal: "SIGINT" | "SIGTERM" };
  /** Closes this end of its standard output once it has printed so many characters. */
  readonly closesStdoutAfter?: number;
  /** Called with all of its standard output so far, each time that there is more. */
  readonly onStdout?: (text: string) => void;
  /** Milliseconds after which the script is killed. @default 20000 */
  readonly timeoutMs?: number;
}

/** How a script ended. */
export interface ScriptResult {
  /** Exit code; `null` if a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  /** Without the line that Deno prints of a thread that was killed. */
  readonly stderr: string;
  /** From start to end, in milliseconds. */
  readonly ms: number;
  /** From the signal that was sent to the end, in milliseconds; `NaN` if none was. */
  readonly msFromSignal: number;
  /** Whether it had to be killed because it did not end in time. */
  readonly timedOut: boolean;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
/** The folder of the built package, if the suite's runner has made one. */
const builtFolder = process.env["SUBINTERPRETERS_BUILT"];

/** Runs a fixture (a `file:` URL) or source text, and tells how it ended. */
export async function spawnScript(
  script: URL | string,
  options: ScriptOptions = {},
): Promise<ScriptResult> {
  if (script instanceof URL) return await runFiles([fileURLToPath(script)], options);
  const folder = await mkdtemp(join(tmpdir(), "subinterpreters-script-"));
  try {
    const { testFiles, isTyped = false } = options;
    if (runtime === "node" && builtFolder !== undefined && testFiles === undefined && !isTyped) {
      await becomePackage(folder, builtFolder);
      await writeFile(join(folder, "script.js"), script);
      return await runFiles([join(folder, "script.js")], options);
    }
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    const names = testFiles === undefined
      ? ["script.ts"]
      : Array.from({ length: testFiles }, (_, n) => `script${n}.test.ts`);
    const files = names.map((name) => join(folder, name));
    for (const file of files) await writeFile(file, script);
    return await runFiles(files, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A script in the package itself finds it by its name, and without tsx, which takes long to load. */
async function becomePackage(folder: string, built: string): Promise<void> {
  await cp(join(root, "package.json"), join(folder, "package.json"));
  await symlink(join(built, "dist"), join(folder, "dist"), "junction");
}

function runFiles(files: readonly string[], options: ScriptOptions): Promise<ScriptResult> {
  const { args = [], flags = [], env = {}, stdin, timeoutMs = 20_000 } = options;
  const isTest = options.testFiles !== undefined;
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, [
      ...runtimeFlags({
        isTest,
        config: options.config,
        isPlain: files.every((file) => file.endsWith(".js")),
      }),
      ...flags,
      ...files,
      ...args,
    ], {
      cwd: root,
      env: { ...process.env, ...ownVariables, ...env },
      stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    // It may end without having read it.
    child.stdin?.on("error", () => {}).write(stdin?.text ?? "");
    if (stdin?.end === true) child.stdin?.end();
    let timedOut = false;
    const deadline = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    const read = collect(child, options);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(deadline);
      const { signalledAt, ...output } = read();
      const end = performance.now();
      resolve({
        ...{ code, signal, ...output, timedOut },
        ...{ ms: end - start, msFromSignal: end - signalledAt },
      });
    });
  });
}

/** Configuration is named, not found: the script may lie outside the project. */
function runtimeFlags(
  { isTest, isPlain, config = join(root, "deno.json") }: {
    readonly isTest: boolean;
    readonly isPlain: boolean;
    readonly config: string | undefined;
  },
): string[] {
  switch (runtime) {
    case "deno":
      return [isTest ? "test" : "run", "-A", "--no-check", "--config", config];
    case "bun":
      return [isTest ? "test" : "run", `--tsconfig-override=${join(root, "tsconfig.json")}`];
    case "node":
      return [...isPlain ? [] : ["--import", "tsx"], ...isTest ? ["--test"] : []];
  }
}

/**
 * What Deno 2.9 itself prints now and then of a thread that is killed while its event loop runs.
 *
 * @see denoland/deno_core#454.
 */
const KILLED_ON_DENO = /^error: Uncaught \(in worker .*\) Error: execution terminated\n/gm;

const ownVariables = {
  // The runner names one that leads to built files.
  TSX_TSCONFIG_PATH: process.env["TSX_TSCONFIG_PATH"] ?? join(root, "tsconfig.json"),
  // Node's test runner marks its children; a runner below one would only report upwards.
  NODE_TEST_CONTEXT: undefined,
  // Output is compared as text.
  NO_COLOR: "1",
  FORCE_COLOR: undefined,
};

/** Gathers the output, and sends the signal when its text has come. */
function collect(
  child: ChildProcess,
  { signalAfter, onStdout, closesStdoutAfter = Infinity }: Pick<
    ScriptOptions,
    "signalAfter" | "onStdout" | "closesStdoutAfter"
  >,
): () => { readonly stdout: string; readonly stderr: string; readonly signalledAt: number } {
  let stdout = "";
  let stderr = "";
  let signalledAt = Number.NaN;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    onStdout?.(stdout);
    if (stdout.length >= closesStdoutAfter) child.stdout?.destroy();
    if (
      signalAfter === undefined || !Number.isNaN(signalledAt) || !stdout.includes(signalAfter.text)
    ) {
      return;
    }
    signalledAt = performance.now();
    // With child.kill() Deno tells that the signal ended it, whatever the child made of it.
    if (child.pid !== undefined) process.kill(child.pid, signalAfter.signal);
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return () => ({ stdout, stderr: stderr.replace(KILLED_ON_DENO, ""), signalledAt });
}
