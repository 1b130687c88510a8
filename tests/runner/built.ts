// The built package for the tests on Node: that is what Node's users run, and a thread
// that must compile the guest's TypeScript first takes four times as long to create.

import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";

/** Names the folder of the built package to the tests, and to a runner below one of them. */
export const BUILT = "SUBINTERPRETERS_BUILT";

/**
 * Builds the project into the folder. The result has the variables that name it to the tests, and
 * that make tsx take it for `subinterpreters` in their scripts with types.
 */
export async function build(root: string, folder: string): Promise<Record<string, string>> {
  const given = process.env[BUILT];
  if (given !== undefined) return variables(given);
  const dist = join(folder, "dist");
  await mkdir(folder);
  const command = [join(root, ".ci/build.mjs"), "--to", dist, ...await innerFiles(root)];
  await promisify(execFile)(process.execPath, command);
  await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  // By its own name a module file in this folder imports the package.
  await copyFile(join(root, "package.json"), join(folder, "package.json"));
  const paths = {
    subinterpreters: [join(dist, "mod.js")],
    "subinterpreters/actors": [join(dist, "actors/mod.js")],
    "subinterpreters/effect": [join(dist, "src/effect/mod.js")],
    "subinterpreters/inspect": [join(dist, "src/inspect/mod.js")],
    "subinterpreters/src/*.ts": [join(dist, "src/*.js")],
  };
  const text = { extends: join(root, "tsconfig.json"), compilerOptions: { paths } };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(text));
  return variables(folder);
}

function variables(folder: string): Record<string, string> {
  return { TSX_TSCONFIG_PATH: join(folder, "tsconfig.json"), [BUILT]: folder };
}

/** The files of `src` that tests import by themselves. */
async function innerFiles(root: string): Promise<readonly string[]> {
  const found = new Set<string>();
  const tests = join(root, "tests");
  for (const name of await readdir(tests, { recursive: true })) {
    if (!name.endsWith(".ts")) continue;
    const text = await readFile(join(tests, name), "utf8");
    for (const [, file = ""] of text.matchAll(/"subinterpreters\/(src\/[a-z_/]+\.ts)"/g)) {
      found.add(file);
    }
  }
  found.delete("src/effect/mod.ts");
  return [...found].toSorted();
}
