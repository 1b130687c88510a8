// A `deno.json` of another project that uses this one, with settings of its own.

import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Writes it into a folder that goes with the test, and returns the folder. */
export async function foreignProject(
  t: TestContext,
  { imports: names = {}, ...settings }: Readonly<Record<string, unknown>> & {
    readonly imports?: Readonly<Record<string, string>>;
  } = {},
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "subinterpreters-project-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { dependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const imports: Record<string, string> = {
    subinterpreters: pathToFileURL(join(root, "mod.ts")).href,
  };
  for (const [name, version] of Object.entries(dependencies)) {
    imports[name] = `npm:${name}@${version}`;
    imports[`${name}/`] = `npm:/${name}@${version}/`;
  }
  Object.assign(imports, names);
  const config = { nodeModulesDir: "manual", lock: false, imports, ...settings };
  await writeFile(join(folder, "deno.json"), JSON.stringify(config));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", imports: names }));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  return folder;
}
