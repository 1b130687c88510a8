// `npm run check`: format, lint, types, documentation, package. `-- NAME…` runs the
// steps of those names alone. Two steps run at a time.

import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import pMap from "p-map";
import { DOORS, lintDocumentation } from "./documentation.ts";
import { checkJsr } from "./jsr.ts";
import { root } from "./launch.mjs";
import { lintPlanted } from "./planted.ts";
import { runPrograms } from "./programs.ts";
import { checkReadme } from "./readme.ts";
import { lookAtSite } from "./site.ts";

const bin = (name: string) => join(root, "node_modules", ".bin", name);
const filesIn = (folder: string, ending: string) =>
  readdirSync(join(root, folder)).filter((file) => file.endsWith(ending)).map((file) =>
    join(folder, file)
  );

const LINT_CONFIG = ".ci/oxlint.config.mjs";
/** What `node .ci/guest.mjs` makes. */
const GENERATED = ["src/guest/*.js", "src/source/*.js"];
const ALL = ["mod.ts", "actors", "src", "tests", "bench", "examples"];

/**
 * Steps that download or that start many programs. If one fails beside another, it gets a second
 * try alone: a slow registry or a busy machine says nothing of a change.
 */
const HEAVY = new Set([
  "live view",
  "documented examples",
  "site",
  "installers",
  "installed",
  "bundles",
]);

/** What a step found wrong; nothing if all is well. */
type Step = () => Promise<string>;

const steps: Readonly<Record<string, Step>> = {
  format: () => command("deno", ["fmt", "--check"]),
  lint: () =>
    command(
      "oxlint",
      ["-c", LINT_CONFIG, "--type-aware", "--deny-warnings", ...ALL, ".ci", "site"]
        .concat(GENERATED.flatMap((files) => ["--ignore-pattern", files])),
    ),
  "guest bundle": () => command("node", [".ci/guest.mjs", "--check"]),
  "live view": () => command("node", ["--import", "tsx", ".ci/live_view.ts"]),
  terminal: () => command("node", ["--import", "tsx", ".ci/terminal.ts"]),
  statecharts: () => command("node", ["--import", "tsx", ".ci/statecharts.ts"]),
  "live view page": () => command("node", [".ci/page.mjs", "--check"]),
  "lint catches": async () => lintPlanted(bin("oxlint"), LINT_CONFIG).join("\n"),
  "types (tsc)": () => command("tsc", ["-p", "."]),
  "types (deno)": () => command("deno", ["check", "--quiet", ...DOORS, ...ALL]),
  documentation: async () => lintDocumentation(bin("deno")),
  "documented examples": () =>
    command("deno", ["test", "-A", "--doc", "--no-run", ...documented()]).then((problem) =>
      problem || command("deno", ["test", "-A", "--doc", "--no-check", ...documented()])
    ),
  README: checkReadme,
  site: checkSite,
  "release (dry)": () => command("node", [".ci/release.mjs", "99.0.0", "--dry"]),
  "package for JSR": async () => checkJsr(bin("deno")),
  "package for npm": async () => await built() || await command("publint", ["--strict"]),
  installers: async () =>
    await built() || await command("node", ["--import", "tsx", ".ci/installers.ts"]),
  // Downloads releases of Node and of TypeScript.
  installed: async () =>
    await built() || await command("node", ["--import", "tsx", ".ci/installed.ts"]),
  bundles: async () =>
    await built() || await command("node", ["--import", "tsx", ".ci/bundles.ts"]),
};

let building: Promise<string> | undefined;

/** The package in dist/, made once. */
function built(): Promise<string> {
  return building ??= command("node", [".ci/build.mjs"]);
}

/** Builds the site, runs the programs of its pages, and looks at it; pictures of it are kept. */
async function checkSite(): Promise<string> {
  const problem = await command("node", [".ci/docs.mjs"]);
  if (problem !== "") return problem;
  const pictures = mkdtempSync(join(tmpdir(), "subinterpreters-site-"));
  console.log(`Pictures of the site: ${pictures}`);
  return [...await runPrograms(), ...await lookAtSite(pictures)].join("\n");
}

/** Every file that has examples: documents, and sources with an `@example`. */
function documented(): string[] {
  const sources = ["src", "actors"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((file) => join(folder, file))
      .filter((file) => file.endsWith(".ts") && hasExample(file))
  );
  return ["mod.ts", "README.md", ...sources, ...filesIn("docs", ".md")];
}

function hasExample(file: string): boolean {
  return readFileSync(join(root, file), "utf8").includes("@example");
}

/** Resolves to the command's output if it failed, else to nothing. */
function command(name: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const program = name === "node" ? process.execPath : bin(name);
    const child = spawn(program, args, { cwd: root, env: { ...process.env, NO_COLOR: "1" } });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => output += text);
    }
    child.on("error", reject);
    child.on("close", (code) => resolve(code === 0 ? "" : output || `${name} ended with ${code}`));
  });
}

const wanted = process.argv.slice(2);
const chosen = Object.entries(steps).filter(([name]) =>
  wanted.length === 0 || wanted.includes(name)
);
if (chosen.length === 0) {
  console.error(`There is no step of that name; there are: ${Object.keys(steps).join(", ")}`);
  process.exit(2);
}
const outcomes = await pMap(chosen, ([name, step]) => take(name, step), { concurrency: 2 });
const problems: string[] = [];
for (const [at, [name, step]] of chosen.entries()) {
  let problem = outcomes[at] ?? "";
  if (problem !== "" && HEAVY.has(name)) {
    console.log(`\n⚠ ${name} gets a second try, because it failed:\n${problem}`);
    problem = await take(name, step);
  }
  if (problem !== "") problems.push(`\n✖ ${name}\n${problem}`);
}
for (const problem of problems) console.log(problem);
console.log(`\n${chosen.length - problems.length} checks passed, ${problems.length} failed`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** Takes a step and tells of it; resolves to what it found wrong. */
async function take(name: string, step: Step): Promise<string> {
  const start = performance.now();
  const problem = await step();
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  console.log(`${problem === "" ? "✔" : "✖"} ${name} (${seconds} s)`);
  return problem;
}
