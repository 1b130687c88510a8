// What the checks of the packed package share: commands in folders of their own, and the package as npm
// packs it.

import { spawn } from "node:child_process";
import process from "node:process";
import { root } from "./launch.mjs";

/** How a command ended. */
export interface Ended {
  readonly ok: boolean;
  /** What it printed. */
  readonly text: string;
}

/** Runs a command in a folder, five minutes long at most: webpack takes 10 s, alone. */
export function run(
  [program = "", ...args]: readonly string[],
  cwd: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NO_COLOR: "1", DENO_NO_PROMPT: "1", ...variables };
    const child = spawn(program, args, { cwd, env, timeout: 300_000 });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (piece: string) => text += piece);
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ ok: code === 0, text }));
  });
}

/** Runs a command that must succeed; resolves to what it printed. */
export async function must(
  command: readonly string[],
  cwd: string,
  variables?: Readonly<Record<string, string>>,
): Promise<string> {
  const { ok, text } = await run(command, cwd, variables);
  if (!ok) throw new Error(`${command.join(" ")}\n${text}`);
  return text;
}

/** Packs the package, which has been built, into a folder; resolves to the name of the file. */
export async function pack(folder: string): Promise<string> {
  const command = ["npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", folder];
  return (await must(command, root)).trim().split("\n").at(-1) ?? "";
}

/** Prints a line. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
