// `npm test`: installs what is missing, then hands over to tests/run.ts.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensureInstalled, run } from "./launch.mjs";

ensureInstalled();
// Modules that interpreters import get the package as users do: built.
execFileSync(process.execPath, [fileURLToPath(new URL("build.mjs", import.meta.url))]);
run(process.execPath, ["--import", "tsx", "tests/run.ts", ...process.argv.slice(2)]);
