// `npm run check -- bundles`: packs the package, installs it beside one small program, lets each
// bundler make one program of both, moves that to an empty folder and runs it on each runtime
// that it is for. docs/bundlers.md says for users what is shown here. The bundlers are installed
// here, in the versions below: they are large, and nothing else needs them.

import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import pMap from "p-map";
import { must, pack, run, say } from "./commands.ts";
import { root } from "./launch.mjs";

const BUNDLERS = {
  "@vercel/ncc": "0.45.0",
  rolldown: "1.3.3",
  vite: "8.4.0",
  webpack: "5.113.0",
  "webpack-cli": "7.3.1",
};

/** What runs what was made; `itself` is an executable. */
type Runtime = "node" | "bun" | "deno" | "itself";

interface Layout {
  readonly name: string;
  /** The command, in the folder of the program. */
  readonly command: readonly string[];
  /** What it makes, in the folder `out/`. */
  readonly made: string;
  readonly runtimes: readonly Runtime[];
  /** What the program says if it cannot work. */
  readonly refused?: RegExp;
  /** What it says if this machine has not what it takes. */
  readonly unavailable?: RegExp;
}

const ALL: readonly Runtime[] = ["node", "bun", "deno"];

const installed = (name: string) => join(root, "node_modules", ".bin", name);
const fetched = (name: string) => join("node_modules", ".bin", name);
const esbuild = [installed("esbuild"), "--bundle", "--platform=node", "--log-level=error"];

const layouts: readonly Layout[] = [
  {
    name: "esbuild",
    command: [...esbuild, "program.mjs", "--format=esm", "--outfile=out/esbuild/main.mjs"],
    made: "esbuild/main.mjs",
    runtimes: ALL,
  },
  {
    name: "esbuild --minify, CommonJS",
    command: [...esbuild, "program.mjs", "--minify", "--format=cjs", "--outfile=out/cjs/main.cjs"],
    made: "cjs/main.cjs",
    runtimes: ["node", "bun"],
  },
  {
    name: "esbuild --splitting",
    command: [
      ...esbuild,
      "program.mjs",
      "--splitting",
      "--format=esm",
      "--out-extension:.js=.mjs",
      "--outdir=out/split",
    ],
    made: "split/program.mjs",
    runtimes: ["node"],
  },
  {
    name: "rolldown",
    command: [fetched("rolldown"), "program.mjs", "--platform", "node", "-d", "out/rolldown"],
    made: "rolldown/program.js",
    runtimes: ALL,
  },
  {
    name: "Vite, SSR with noExternal",
    command: [fetched("vite"), "build", "-c", "vite.ssr.mjs"],
    made: "vite-ssr/program.mjs",
    runtimes: ["node", "bun"],
  },
  {
    name: "Vite, library mode",
    command: [fetched("vite"), "build", "-c", "vite.lib.mjs"],
    made: "vite-lib/program.mjs",
    runtimes: ["node"],
  },
  {
    name: "ncc",
    command: [fetched("ncc"), "build", "program.mjs", "-q", "-o", "out/ncc"],
    made: "ncc/index.mjs",
    runtimes: ["node"],
  },
  {
    name: "webpack",
    command: [fetched("webpack"), "-c", "webpack.config.mjs"],
    made: "webpack/main.mjs",
    runtimes: ["node"],
  },
  {
    name: "bun build --target=node",
    command: [installed("bun"), "build", "program.mjs", "--target=node", "--outdir=out/bun-node"],
    made: "bun-node/program.js",
    runtimes: ["node"],
  },
  {
    name: "bun build --target=bun",
    command: [installed("bun"), "build", "program.mjs", "--target=bun", "--outdir=out/bun"],
    made: "bun/program.js",
    runtimes: ["bun"],
  },
  {
    name: "bun build --compile",
    command: [installed("bun"), "build", "program.mjs", "--compile", "--outfile=out/exe/bun"],
    made: "exe/bun",
    runtimes: ["itself"],
  },
  {
    name: "deno bundle",
    command: [installed("deno"), "bundle", "--quiet", "-o", "out/deno/main.js", "program.mjs"],
    made: "deno/main.js",
    runtimes: ALL,
  },
  {
    name: "esbuild, of the sources",
    command: [
      ...esbuild,
      "program.mjs",
      `--alias:subinterpreters=${join(root, "mod.ts")}`,
      "--format=esm",
      "--outfile=out/sources/main.mjs",
    ],
    made: "sources/main.mjs",
    runtimes: ALL,
    refused: /UnsupportedError: Cannot create an interpreter: .*; mark subinterpreters as external/,
  },
  {
    name: "deno compile",
    command: [
      installed("deno"),
      "compile",
      "-A",
      "--no-check",
      "-o",
      "out/exe/deno",
      "program.mjs",
    ],
    made: "exe/deno",
    runtimes: ["itself"],
    // The part of Deno that goes into the executable comes from Deno's server.
    unavailable: /error sending request for url \(https:\/\/dl\.deno\.land/,
  },
];

/** It does what a user's first program does, and ends by itself. */
const PROGRAM = `
import { create, createChannel, createSync, InterpreterPoolExecutor } from "subinterpreters";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let first = "works";
try {
  createSync().closeSync();
} catch (error) {
  first = error.name;
}

async function main() {
  console.log("createSync", first);
  const interpreter = await create({ stdout: "capture" });
  const [recv, send] = createChannel();
  await interpreter.run("const n: number = 40; enum E { two = 2 }; out.sendNowait(n + E.two);", {
    channels: { out: send },
  });
  console.log("channel", await recv.recv());
  const file = join(tmpdir(), "subinterpreters-module-" + process.pid + ".mjs");
  writeFileSync(file, "export const seven = 7;");
  console.log("module", await interpreter.evaluate("(await import(file)).seven", {
    values: { file: "file://" + file },
  }));
  const failed = await interpreter.run("\\n\\nnull.x").catch((error) => error);
  console.log("error", failed.name, failed.excinfo.stack.includes("<interpreter 1>:3:"));
  const long = "let a = 0;" + "a += 1 as number;\\n".repeat(400) + "a";
  console.log("long", await interpreter.evaluate(long));
  const pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
  console.log("pool", await pool.submit((a, b) => a * b, 6, 7));
  await pool.shutdown();
  const sync = createSync();
  sync.runSync("let sum: number = 0");
  sync.closeSync();
  await interpreter.terminate();
  if (typeof Deno !== "undefined") {
    const boxed = await create({ permissions: "none" });
    console.log("boxed", await boxed.evaluate("try { Deno.readTextFileSync('/etc/hosts') } catch (error) { error.name }"));
    await boxed.terminate();
  }
  console.log("done");
}
void main();
`;

const PRINTED = `channel 42
module 7
error RunFailedError true
long 400
pool 42
`;
const PRINTED_ON: Readonly<Record<string, string>> = { deno: "boxed NotCapable\n" };

const FILES: Readonly<Record<string, string>> = {
  "program.mjs": PROGRAM,
  "deno.json": `{ "nodeModulesDir": "manual", "unstable": ["worker-options"] }`,
  "vite.ssr.mjs": `export default { logLevel: "error", ssr: { noExternal: true },
    build: { ssr: "program.mjs", outDir: "out/vite-ssr" } };`,
  "vite.lib.mjs": `export default { logLevel: "error", build: { outDir: "out/vite-lib",
    lib: { entry: "program.mjs", formats: ["es"], fileName: "program" }, target: "node20",
    rollupOptions: { external: [/^node:/] } } };`,
  "webpack.config.mjs": `export default { mode: "production", target: "node20",
    entry: "./program.mjs", stats: "errors-warnings",
    experiments: { outputModule: true },
    output: { path: process.cwd() + "/out/webpack", filename: "main.mjs", module: true } };`,
};

/** A folder with the program, the package as it is packed, and the bundlers. */
async function prepare(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "subinterpreters-bundles-"));
  const tarball = await pack(folder);
  for (const [file, text] of Object.entries(FILES)) writeFileSync(join(folder, file), text);
  const manifest = {
    private: true,
    dependencies: { subinterpreters: `file:./${tarball}` },
    devDependencies: BUNDLERS,
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  await must(["npm", "install", "--silent", "--no-audit", "--no-fund"], folder);
  return folder;
}

const commandOf: Readonly<Record<Runtime, (file: string) => readonly string[]>> = {
  node: (file) => [process.execPath, file],
  bun: (file) => [installed("bun"), file],
  deno: (file) => [installed("deno"), "run", "-A", "--unstable-worker-options", file],
  itself: (file) => [file],
};

/** Lets a bundler make its program; what is wrong with that, or nothing. */
async function build(layout: Layout, folder: string): Promise<string[]> {
  const { ok, text } = await run(layout.command, folder);
  if (ok) {
    return existsSync(join(folder, "out", layout.made)) ? [] : [`${layout.name}: made no file`];
  }
  if (layout.unavailable?.test(text) !== true) return [`${layout.name}: not built\n${text}`];
  say(`- ${layout.name}: not tried, this machine cannot build it`);
  return [];
}

/** Runs what was made, in an empty folder; what is wrong with that, or nothing. */
async function runMade(layout: Layout, folder: string): Promise<string[]> {
  const [made = ""] = layout.made.split("/");
  if (!existsSync(join(folder, "out", layout.made))) return [];
  const empty = mkdtempSync(join(tmpdir(), "subinterpreters-empty-"));
  try {
    cpSync(join(folder, "out", made), join(empty, made), { recursive: true });
    const problems: string[] = [];
    for (const runtime of layout.runtimes) {
      // oxlint-disable-next-line no-await-in-loop -- two layouts at a time keep the machine busy
      const { text: printed } = await run(commandOf[runtime](join(empty, layout.made)), empty);
      const isDeno = runtime === "deno" || layout.name === "deno compile";
      // That installs, and bundles nothing.
      const sync = layout.name === "deno compile" ? "works" : "UnsupportedError";
      const wanted = `createSync ${sync}\n${PRINTED}${isDeno ? PRINTED_ON["deno"] : ""}done\n`;
      if (!(layout.refused?.test(printed) ?? printed === wanted)) {
        problems.push(`${layout.name} on ${runtime} printed\n${printed}`);
      } else say(`✔ ${layout.name} on ${runtime}`);
    }
    return problems;
  } finally {
    rmSync(empty, { recursive: true, force: true });
  }
}

/** Does something for all layouts, two at a time. */
async function forAll(
  act: (layout: Layout, folder: string) => Promise<string[]>,
  folder: string,
): Promise<void> {
  const problems = await pMap(layouts, (layout) => act(layout, folder), { concurrency: 2 });
  for (const problem of problems.flat()) {
    say(`✖ ${problem}`);
    process.exitCode = 1;
  }
}

const folder = await prepare();
try {
  mkdirSync(join(folder, "out/exe"), { recursive: true });
  await forAll(build, folder);
  // Some bundlers write into the program where the package was.
  rmSync(join(folder, "node_modules"), { recursive: true });
  await forAll(runMade, folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
