// `npm run build`: every source file becomes one .js and one .d.ts in dist/. Never
// a bundle: the worker entry must stay a file of its own, and function bodies stay
// as written, because functions are sent by their text. `--to DIR` builds elsewhere.

import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { root, run } from "./launch.mjs";

const at = process.argv.indexOf("--to");
const target = at < 0 ? join(root, "dist") : resolve(process.argv[at + 1]);
rmSync(target, { recursive: true, force: true });
run(join(root, "node_modules", ".bin", "tsc"), [
  "-p",
  ".ci/tsconfig.build.json",
  "--outDir",
  target,
]);
