// The module's own files, as source in an interpreter finds them, and a folder whose files
// import the module by its name.

import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { TestContext } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runtime } from "./runtime.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** On Node the built package is what runs. */
const built = process.env["SUBINTERPRETERS_BUILT"];
const home = runtime === "node" && built !== undefined ? join(built, "dist") : root;

/** What every thread of an interpreter loads. */
export const GUEST_FILES: readonly string[] = ["entry.js", "bundle.js"].map((file) =>
  pathToFileURL(join(home, "src/guest", file)).href
);

/** What no source imports: doors of Effect, programs, also a page's, and the sources beside a built package. */
const OTHERS = /^effect|warden_worker|^cli.main\.|^inspect.page\b|^ts\b/;

/** URLs of all files of the module, but for the doors of Effect and XState. */
export function ownFiles(): string[] {
  const all = readdirSync(join(home, "src"), { recursive: true, encoding: "utf8" });
  return all.filter((file) => /(?<!\.d)\.[jt]s$/.test(file) && !OTHERS.test(file))
    .map((file) => pathToFileURL(join(home, "src", file)).href);
}

/** A copy of a folder of fixtures, or on Node one in the package, that goes with the test. */
export function fixturesIn(t: TestContext, folder: URL): string {
  if (runtime !== "node" || built === undefined) return folder.href;
  const copy = mkdtempSync(join(built, "fixtures-"));
  t.after(() => rmSync(copy, { recursive: true, force: true }));
  cpSync(fileURLToPath(folder), copy, { recursive: true });
  return `${pathToFileURL(copy).href}/`;
}
