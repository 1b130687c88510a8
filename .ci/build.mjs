// `npm run build`: the npm package in dist/. The code is bundled into few files, because
// each file that a thread has to find and read makes an interpreter slower and larger:
// Node takes a third of the time to its first source, and half of the memory (measured).
// What all files share stands in chunks, so that a class is the same one wherever it is
// imported; what threads of interpreters load is as in the checkout (guest.mjs). Names and
// texts stay as written: errors show them, and source is made of them.
//
// With it come source maps, declaration maps and the sources that they name, for debuggers and
// editors, and those declarations alone that users can reach.
//
// `--to DIR` builds elsewhere; each further FILE gets an entry of its own, for tests.

import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { finishDeclarations } from "./declarations.mjs";
import { writeGuest } from "./guest.mjs";
import { root } from "./launch.mjs";
import { bringSources } from "./maps.mjs";
import { texts } from "./texts.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { to: { type: "string", default: join(root, "dist") } },
});
const target = resolve(values.to);
/** What package.json exports. */
const DOORS = ["mod", "actors/mod", "src/effect/mod", "src/inspect/mod"];
rmSync(target, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: [
    ...DOORS.map((door) => `${door}.ts`),
    // What package.json has as `bin`.
    "src/cli/main.ts",
    // What threads that run no source are started from, by URL.
    ...["src/runtime/deno/warden_worker.ts", "src/source/compiler_entry.ts"],
    ...positionals,
  ],
  outdir: target,
  outbase: root,
  // As deep as the sources, whose URLs are relative to them.
  chunkNames: "src/chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20.11",
  packages: "external",
  plugins: [texts],
  sourcemap: true,
  sourcesContent: false,
  logOverride: { "unsupported-dynamic-import": "silent" },
});
for (const file of await writeGuest()) cpSync(join(root, file), join(target, file));
const compiler = join(root, "node_modules", ".bin", "tsc");
const { status, error } = spawnSync(
  compiler,
  ["-p", ".ci/tsconfig.build.json", "--outDir", target],
  { cwd: root, stdio: "inherit", shell: process.platform === "win32" },
);
if (status !== 0) throw error ?? new Error("Cannot write the declarations: tsc failed");
finishDeclarations(target, DOORS.map((door) => `${door}.js`));
bringSources(target);
