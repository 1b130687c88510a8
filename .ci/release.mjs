// `npm run release -- 0.2.0`: makes a release ready, commits and tags it. Everything happens in a
// copy of the tree first, so a release that fails changes nothing; `--dry` ends there, and may
// start from changes that are not committed. Nothing is published: the last line says how to.

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { ensureInstalled, root } from "./launch.mjs";

const VERSION = /^\d+\.\d+\.\d+(-[0-9a-z.]+)?$/;
const UNRELEASED = "## Unreleased\n";

/** What has the version in it: each file, and how it says so. */
const VERSIONED = {
  "package.json": (text, version) => text.replace(/("version": ")[^"]+/, `$1${version}`),
  "deno.json": (text, version) => text.replace(/("version": ")[^"]+/, `$1${version}`),
  "package-lock.json": (text, version) => {
    const lock = JSON.parse(text);
    lock.version = lock.packages[""].version = version;
    return `${JSON.stringify(lock, undefined, 2)}\n`;
  },
  "src/api/first_copy.ts": (text, version) =>
    text.replace(/(export const VERSION = ")[^"]+/, `$1${version}`),
  "CHANGELOG.md": (text, version) => {
    const [head, entries = ""] = text.split(UNRELEASED);
    if (!/^- /m.test(entries.split(/^## /m)[0])) {
      stop(
        `Cannot release ${version}: CHANGELOG.md has no entry under Unreleased; write what changed`,
      );
    }
    const today = new Date().toISOString().slice(0, 10);
    return `${head}${UNRELEASED}\n## ${version}, ${today}\n${entries}`;
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { dry: { type: "boolean", default: false } },
});
const [version = ""] = positionals;
if (positionals.length !== 1 || !VERSION.test(version)) {
  stop(`Cannot release "${positionals.join(" ")}": give a version, as in npm run release -- 0.2.0`);
}
if (output("git", ["tag", "--list", `v${version}`]) !== "") {
  stop(`Cannot release ${version}: the tag v${version} is there already`);
}
if (!values.dry && output("git", ["status", "--porcelain"]) !== "") {
  stop(`Cannot release ${version}: the tree has changes; commit them, or try it with --dry`);
}
ensureInstalled();

const copy = mkdtempSync(join(tmpdir(), "subinterpreters-release-"));
try {
  copyTree();
  for (const [file, write] of Object.entries(VERSIONED)) {
    const at = join(copy, file);
    writeFileSync(at, write(readFileSync(at, "utf8"), version));
  }
  step("node", [".ci/guest.mjs"]);
  step("npm", ["pack"]);
  const tag = version.includes("-") ? "next" : "latest";
  step("npm", ["publish", "--dry-run", "--tag", tag, `subinterpreters-${version}.tgz`]);
  step("deno", ["publish", "--dry-run", "--allow-dirty", "--quiet"]);
  if (!values.dry) {
    for (const file of Object.keys(VERSIONED)) cpSync(join(copy, file), join(root, file));
    // Not taken from the copy: what is generated there names its packages by other paths.
    output(process.execPath, [".ci/guest.mjs"]);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
if (values.dry) {
  console.log(`${version} can be released; nothing was changed`);
} else {
  output("git", ["commit", "--all", "--message", `Release ${version}`]);
  output("git", ["tag", "--annotate", `v${version}`, "--message", `Release ${version}`]);
  console.log(
    `${version} is committed and tagged. Publish it:\n` +
      "git push --follow-tags && npm publish && npx deno publish",
  );
}

/** Copies what git knows, and what it does not ignore. */
function copyTree() {
  const listed = output("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
  const files = listed.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));
  for (const file of files) cpSync(join(root, file), join(copy, file));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
}

/** Runs a command in the copy, and ends the release if it fails. */
function step(name, args) {
  const program = { node: process.execPath, deno: join(root, "node_modules", ".bin", "deno") };
  const { status, stdout, stderr } = spawnSync(program[name] ?? name, args, {
    cwd: copy,
    encoding: "utf8",
    shell: process.platform === "win32",
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (status !== 0) {
    throw new Error(`${name} ${args.join(" ")} failed\n${stdout}${stderr}`);
  }
  console.log(`✔ ${name} ${args.join(" ")}`);
}

/** What a command prints; the release ends if it fails. */
function output(name, args) {
  const { status, stdout, stderr } = spawnSync(name, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) stop(`${name} ${args.join(" ")} failed\n${stderr}`);
  return stdout.trim();
}

function stop(message) {
  console.error(message);
  process.exit(1);
}
