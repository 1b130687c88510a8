// Programs of several files in the documents. A block whose first line names a file
// (`// work.ts`) is that file; the blocks of a page up to a `main` file are one program. What it
// prints has to be what its comments say (`console.log(x); // 10`). TypeScript is checked and runs
// on Deno; JavaScript, which is what other libraries do, on Node with the packages of `site/`.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ensureInstalled, root } from "./launch.mjs";

const BLOCK = /^```[jt]s ignore\n\/\/ (\w+\.(?:mjs|ts))\n([\s\S]*?)^```$/gm;
const SAID = /^\s*console\.log\(.*\); \/\/ (.+)$/gm;

interface Program {
  readonly page: string;
  readonly files: ReadonlyMap<string, string>;
  readonly main: string;
}

const deno = join(root, "node_modules", ".bin", "deno");
const CONFIG = ["--quiet", "--config", join(root, "deno.json")];

/** Runs every program; gives what went wrong. */
export async function runPrograms(): Promise<string[]> {
  const pages = readdirSync(join(root, "docs")).filter((file) => file.endsWith(".md"));
  const programs = pages.flatMap((page) =>
    programsOf(page, readFileSync(join(root, "docs", page), "utf8"))
  );
  if (programs.length === 0) return ["There is no program in docs/: is their form another one?"];
  ensureInstalled("site");
  const folders = programs.map(write);
  try {
    const problems = await checkTypes(programs, folders);
    for (const [at, program] of programs.entries()) {
      const problem = await run(program, folders[at] ?? "");
      if (problem !== "") problems.push(`docs/${program.page}, ${program.main}: ${problem}`);
    }
    return problems;
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

function programsOf(page: string, text: string): Program[] {
  const programs: Program[] = [];
  let files = new Map<string, string>();
  for (const [, name = "", source = ""] of text.matchAll(BLOCK)) {
    const isMain = name.startsWith("main.");
    files.set(name, source);
    if (!isMain) continue;
    programs.push({ page, files, main: name });
    files = new Map();
  }
  return programs;
}

/** Writes a program into a folder of its own, from which its imports are found. */
function write({ files, main }: Program): string {
  const at = isTyped(main) ? tmpdir() : join(root, "site", "node_modules", ".programs");
  mkdirSync(at, { recursive: true });
  const folder = mkdtempSync(join(at, "subinterpreters-docs-"));
  for (const [name, source] of files) writeFileSync(join(folder, name), source);
  return folder;
}

/** All at once: most of the time goes into the types of the module itself. */
async function checkTypes(
  programs: readonly Program[],
  folders: readonly string[],
): Promise<string[]> {
  const mains = programs.flatMap(({ main }, at) =>
    isTyped(main) ? [join(folders[at] ?? "", main)] : []
  );
  const { code, output } = await spawnIn(root, deno, ["check", ...CONFIG, ...mains]);
  return code === 0 ? [] : [output];
}

/** Runs one program; nothing if it printed what it says. */
async function run({ files, main }: Program, folder: string): Promise<string> {
  const expected = [...(files.get(main) ?? "").matchAll(SAID)].map(([, said]) => `${said}\n`);
  if (expected.length === 0) return "it does not say what it prints (console.log(x); // 10)";
  const { code, output } = isTyped(main)
    ? await spawnIn(folder, deno, ["run", "-A", "--no-check", ...CONFIG, main])
    : await spawnIn(folder, process.execPath, [main]);
  if (code !== 0) return `it ended with ${code}\n${output}`;
  return output === expected.join("") ? "" : `it says\n${expected.join("")}and prints\n${output}`;
}

function isTyped(main: string): boolean {
  return main.endsWith(".ts");
}

function spawnIn(
  cwd: string,
  command: string,
  args: readonly string[],
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, NO_COLOR: "1" } });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => output += text);
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
