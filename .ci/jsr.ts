// What JSR would say of the package: `deno publish --dry-run`, whose warnings count as problems.

import { spawnSync } from "node:child_process";
import process from "node:process";
import { root } from "./launch.mjs";

/**
 * What may be warned of. The module runs modules that its users name, so no tool can know what
 * these imports load. Deno has no comment that says so to `deno publish`.
 */
const EXPECTED = new Set(["unanalyzable-dynamic-import", "unanalyzable-import-meta-resolve"]);
const WARNING = /^warning\[([\w-]+)\]: (.*)\n +--> (.*)$/gm;

/** What is wrong with the package for JSR; nothing if all is well. */
export function checkJsr(deno: string): string {
  const { status, stderr } = spawnSync(deno, ["publish", "--dry-run", "--allow-dirty"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) return stderr || `deno publish ended with ${status}`;
  return [...stderr.matchAll(WARNING)]
    .filter(([, kind = ""]) => !EXPECTED.has(kind))
    .map(([, kind, what, where]) => `${kind}: ${what}, ${where}`)
    .join("\n");
}
