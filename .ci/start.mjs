// `npm start`: runs the first example, on Deno if its binary works here, else on
// Node. `npm start -- --runtime bun` chooses; other arguments go to the example.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureInstalled, root, run } from "./launch.mjs";

const EXAMPLE = "examples/word-count.ts";
const bin = (name) => join(root, "node_modules", ".bin", name);
const commands = {
  deno: [bin("deno"), "run", "-A"],
  bun: [bin("bun"), "run"],
  node: [process.execPath, "--import", "tsx"],
};

const rest = process.argv.slice(2);
const at = rest.indexOf("--runtime");
const chosen = at < 0 ? undefined : rest.splice(at, 2)[1] ?? "";
if (chosen !== undefined && !Object.hasOwn(commands, chosen)) {
  console.error(`Cannot start on runtime "${chosen}": choose deno, bun or node`);
  process.exit(2);
}

ensureInstalled();
const runtime = chosen ??
  (spawnSync(bin("deno"), ["--version"]).status === 0 ? "deno" : "node");
console.log(`Running ${EXAMPLE} on ${runtime} (choose with: npm start -- --runtime bun|deno|node)`);
const [command, ...args] = commands[runtime];
run(command, [...args, EXAMPLE, ...rest]);
