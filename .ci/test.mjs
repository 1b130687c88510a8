// `npm test`: installs what is missing, then hands over to tests/run.ts.

import { ensureInstalled, run } from "./launch.mjs";

ensureInstalled();
run(process.execPath, ["--import", "tsx", "tests/run.ts", ...process.argv.slice(2)]);
