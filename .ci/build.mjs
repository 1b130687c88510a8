// `npm run build`: the npm package in dist/. The code is bundled into few files, because
// each file that a thread has to find and read makes an interpreter slower and larger:
// Node takes a third of the time to its first source, and half of the memory (measured).
// What all files share stands in chunks, so that a class is the same one wherever it is
// imported; what threads of interpreters load is as in the checkout (guest.mjs). Names and
// texts stay as written: errors show them, and source is made of them.
//
// `--to DIR` builds elsewhere; each further FILE gets an entry of its own, for tests.

import { build } from "esbuild";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { writeGuest } from "./guest.mjs";
import { root, run } from "./launch.mjs";
import { texts } from "./texts.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { to: { type: "string", default: join(root, "dist") } },
});
const target = resolve(values.to);
rmSync(target, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: [
    // What package.json exports.
    ...["mod.ts", "actors/mod.ts", "src/effect/mod.ts"],
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
  logOverride: { "unsupported-dynamic-import": "silent" },
});
for (const file of await writeGuest()) cpSync(join(root, file), join(target, file));
// The compiler takes types that are written by hand as they are, and copies none.
const types = readFileSync(join(root, "src/door.d.ts"), "utf8").replaceAll('.ts"', '.js"');
writeFileSync(join(target, "src/door.d.ts"), types);
run(join(root, "node_modules", ".bin", "tsc"), [
  "-p",
  ".ci/tsconfig.build.json",
  "--outDir",
  target,
]);
