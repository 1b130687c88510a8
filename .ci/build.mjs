// `npm run build`: every source file becomes one .js and one .d.ts in dist/. Never
// a bundle: the worker entry must stay a file of its own, and function bodies stay
// as written, because functions are sent by their text.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./launch.mjs";

rmSync(join(root, "dist"), { recursive: true, force: true });
run(join(root, "node_modules", ".bin", "tsc"), ["-p", ".ci/tsconfig.build.json"]);
