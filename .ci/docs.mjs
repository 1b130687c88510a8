// `npm run docs`: installs what the site alone needs, and makes it in site/dist/html.
// `npm run docs -- --serve` shows it afterwards.

import { join } from "node:path";
import process from "node:process";
import { ensureInstalled, root, run } from "./launch.mjs";

ensureInstalled();
ensureInstalled("site");
run(process.execPath, [join(root, "site", "build.mjs"), ...process.argv.slice(2)]);
