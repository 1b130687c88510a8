// What `npm start`, `npm test` and `npm run bench` share: installing what is missing, and running
// a child that leaves nothing behind. Plain JavaScript for a bare Node: it runs
// before any dependency is there, so it imports none.

import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the project. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** How long a child that was asked to end may take, in milliseconds. */
const GRACE_MS = 5_000;

/**
 * Installs what a folder's lock file lists when something is missing or has another version:
 * the project's dependencies, or in "bench" those of the bench alone.
 */
export function ensureInstalled(folder = ".") {
  const at = join(root, folder);
  if (isInstalled(at)) return;
  console.log(`Installing dependencies (npm ci) in ${at}, once…`);
  const { status, stdout, stderr } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: at,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (status === 0) return;
  console.error(stdout ?? "", stderr ?? "", "Cannot install the dependencies: npm ci failed");
  process.exit(1);
}

/** npm keeps a second lock file in node_modules that says what is really there. */
function isInstalled(at) {
  const present = readPackages(join(at, "node_modules", ".package-lock.json"));
  return Object.entries(readPackages(join(at, "package-lock.json"))).every(
    ([path, { version, optional }]) =>
      path === "" || optional || present[path]?.version === version,
  );
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch (error) {
    if (error.code === "ENOENT") return {};
    throw error;
  }
}

/** Runs a command to its end and exits as it did; Ctrl-C ends the child first, then this process. */
export function run(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: "inherit" });
  let interrupted = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      interrupted = true;
      child.kill(signal);
      setTimeout(() => child.kill("SIGKILL"), GRACE_MS).unref();
    });
  }
  child.on("error", (error) => {
    console.error(`Cannot start ${command}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code) => {
    process.exitCode = interrupted ? 130 : code ?? 1;
  });
}
