// The README: its programs print what it shows, on each runtime, and its links lead to files that
// are there. They are absolute, because registries show the page elsewhere.

import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { root } from "./launch.mjs";

const FILE = "README.md";
/** How long one program may take, in milliseconds. */
const LIMIT_MS = 60_000;

/** `<!-- runs on deno -->` before a program names those that can run it, where not all can. */
const PROGRAM = /(?:<!-- runs on ([\w, ]+) -->\n\n)?```ts\n(.*?)```\n\n```text\n(.*?)```/gs;
const ANY_PROGRAM = /^```ts\n/gm;
/** `[text](link)`, and `[name]: link`, the form that keeps the text readable. */
const LINK = /\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm;
const USED = /\]\[([^\]]+)\]/g;
const OURS =
  /^https:\/\/(?:github\.com\/(\w+\/\w+)\/(?:blob|tree)|raw\.githubusercontent\.com\/(\w+\/\w+))\/main\/([^#]+)(?:#(.+))?$/;
const REPOSITORY = "subinterpreters/subinterpreters";

const commands: Readonly<Record<string, readonly string[]>> = {
  deno: [
    join(root, "node_modules/.bin/deno"),
    ...["run", "-A", "--no-check", "--config", join(root, "deno.json")],
  ],
  bun: [join(root, "node_modules/.bin/bun"), `--tsconfig-override=${join(root, "tsconfig.json")}`],
  node: [process.execPath, "--import", import.meta.resolve("tsx")],
};

/** What docs/size.md says, which the check `installed` compares with what npm installs. */
const SIZE = /(less than \d+ KB) to download\..* installs (\d+ packages):/;

/** What is wrong with the README; nothing if all is well. */
export async function checkReadme(): Promise<string> {
  const text = readFileSync(join(root, FILE), "utf8");
  const problems = [...brokenLinks(text), ...wrongSize(text)];
  const programs = [...text.matchAll(PROGRAM)];
  if (programs.length !== [...text.matchAll(ANY_PROGRAM)].length) {
    problems.push(`${FILE} has a program without its output: write a block of text after it`);
  }
  const folder = await mkdtemp(join(tmpdir(), "subinterpreters-readme-"));
  try {
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    for (const [n, [, only, source = "", shown = ""]] of programs.entries()) {
      const file = join(folder, `program${n + 1}.ts`);
      await writeFile(file, source);
      for (const runtime of only?.split(/, */) ?? Object.keys(commands)) {
        const printed = await run(runtime, file);
        if (printed === shown) continue;
        problems.push(
          `Program ${n + 1} of ${FILE} on ${runtime} must print\n${shown}and prints\n${printed}`,
        );
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return problems.join("\n");
}

/** Links that are relative, and those into this repository whose file or heading is missing. */
export function brokenLinks(text: string): string[] {
  const unknown = [...text.matchAll(USED)].filter(([, name]) => !text.includes(`\n[${name}]: `))
    .map(([, name]) => `${FILE} links [${name}], which it does not define`);
  const broken = [...text.matchAll(LINK)].flatMap(([, inline, defined]) => {
    const link = inline ?? defined ?? "";
    if (!/^https:/.test(link)) {
      return [`${FILE} links ${link}: make it absolute, it breaks on the registries' pages`];
    }
    const [, page, raw, path = "", heading] = OURS.exec(link) ?? [];
    if ((page ?? raw) !== REPOSITORY) {
      return link.includes(REPOSITORY) ? [`${FILE} links ${link}: name a file on main`] : [];
    }
    if (!existsSync(join(root, path))) return [`${FILE} links ${link}: there is no file ${path}`];
    return heading === undefined || headings(path).includes(heading)
      ? []
      : [`${FILE} links ${link}: ${path} has no such heading`];
  });
  return [...unknown, ...broken];
}

/** The anchors of a page's headings, as GitHub makes them. */
function headings(path: string): string[] {
  return [...readFileSync(join(root, path), "utf8").matchAll(/^#+ (.+)$/gm)]
    .map(([, title = ""]) =>
      title.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-")
    );
}

/** Resolves to all that a program printed, errors and a bad exit code included. */
function run(runtime: string, file: string): Promise<string> {
  const [command = "", ...args] = commands[runtime] ?? [];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args, file], {
      env: { ...process.env, NO_COLOR: "1", TSX_TSCONFIG_PATH: join(root, "tsconfig.json") },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LIMIT_MS,
      killSignal: "SIGKILL",
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => output += text);
    }
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve(code === 0 ? output : `${output}It ended with ${signal ?? code}\n`);
    });
  });
}

/** The README's line on the size of the package must say what docs/size.md says. */
function wrongSize(text: string): string[] {
  const [, ...said] = SIZE.exec(readFileSync(join(root, "docs/size.md"), "utf8")) ?? [];
  if (said.length === 0) return ["docs/size.md does not say how big the package is"];
  return said.filter((part) => !text.includes(part))
    .map((part) => `${FILE} does not say "${part}", as docs/size.md does`);
}
