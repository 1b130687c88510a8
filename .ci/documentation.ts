// The documentation of the doors: every export is documented, and every type that a
// door shows can be had from a door. docs/api.md has every name of the main door.

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { root } from "./launch.mjs";

/** What users import, and what source imports inside an interpreter. */
export const DOORS: readonly string[] = [
  "mod.ts",
  "actors/mod.ts",
  "src/effect/mod.ts",
  "src/inspect/mod.ts",
  "src/api/exports.ts",
];

/** What doors export as namespaces: whoever uses one has all that its file exports. */
const NAMESPACES = ["channels", "executors", "interpreters", "queues"].map((file) =>
  `src/effect/${file}.ts`
);

/** Where packages with doors of their own may be imported whose types our doors show. */
const ROOMS = ["actors", "src/effect", "src/host"];
const FOREIGN = /from "(xstate|effect\/\w+)"/g;

/**
 * An import map that makes an empty module of each of those packages. `deno doc` forgives
 * references to types of other packages, except where a package lies in `node_modules`: it
 * takes each `file:` for our own (Deno 2.9.6, read; denoland/deno#27364 and its mend #34339).
 * This can go when it forgives those, too.
 */
function foreignPackages(): string {
  const specifiers = ROOMS.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => [...readFileSync(join(root, room, file), "utf8").matchAll(FOREIGN)])
      .map(([, specifier = ""]) => specifier)
  );
  const imports = Object.fromEntries(
    specifiers.map((specifier) => [specifier, "data:application/typescript,export%20%7B%7D"]),
  );
  return `data:application/json,${encodeURIComponent(JSON.stringify({ imports }))}`;
}

/** What is wrong with the documentation; nothing if all is well. */
export function lintDocumentation(deno: string): string {
  const args = ["doc", "--import-map", foreignPackages(), "--lint", ...DOORS, ...NAMESPACES];
  const { status, stderr } = spawnSync(deno, args, {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) return stderr || `deno doc ended with ${status}`;
  return missingNames().map((name) => `docs/api.md does not have ${name}`).join("\n");
}

/** What src/api/exports.ts exports and docs/api.md does not have in backticks. */
function missingNames(): string[] {
  const exported = readFileSync(join(root, "src/api/exports.ts"), "utf8");
  const page = readFileSync(join(root, "docs/api.md"), "utf8").replace(/^```.*?^```/gms, "");
  const described = new Set(
    [...page.matchAll(/`([^`]+)`/g)].flatMap(([, code = ""]) => code.match(/\w+/g) ?? []),
  );
  return [...exported.matchAll(/export (?:type )?\{([^}]*)\}/g)]
    .flatMap(([, names = ""]) => names.split(","))
    .map((name) => name.trim().replace(/^type /, "").replace(/^.* as /, ""))
    .filter((name) => name !== "" && !described.has(name));
}
