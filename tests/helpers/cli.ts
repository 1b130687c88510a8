// The command line as a process, on the runtime that the test runs on.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type ScriptOptions, type ScriptResult, spawnScript } from "./spawn_script.ts";

const main = new URL("../../src/cli/main.ts", import.meta.url);

/** Runs `subinterpreters` with these arguments. */
export async function cli(
  args: readonly string[],
  options: Omit<ScriptOptions, "args"> = {},
): Promise<ScriptResult> {
  const result = await spawnScript(main, { timeoutMs: 60_000, ...options, args });
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
