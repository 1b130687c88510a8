// `npm run bench`: installs what is missing, the peers of the bench too, builds the
// package (Node runs the built files), and measures. Arguments go to bench/run.ts.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureInstalled, root, run } from "./launch.mjs";

ensureInstalled();
ensureInstalled("bench");
const { status } = spawnSync(process.execPath, [join(root, ".ci", "build.mjs")], {
  stdio: "inherit",
});
if (status === 0) {
  run(process.execPath, ["--import", "tsx", "bench/run.ts", ...process.argv.slice(2)]);
} else {
  process.exitCode = status ?? 1;
}
