// examples/untrusted.ts: which protections it finds, and what becomes of its scripts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

test("untrusted.ts says once of each protection whether it is there, and ends every script", async () => {
  const script = new URL("../../examples/untrusted.ts", import.meta.url);
  const { code, stdout, stderr } = await spawnScript(script, { timeoutMs: 120_000 });
  assert.deepEqual([code, stderr], [0, ""]);
  const has = (what: string, runtimes: readonly string[]): void => {
    const said = stdout.split("\n").filter((line) => /^has (?:not )?/.test(line))
      .map((line) => line.replace(/:.*/, "")).filter((line) => line.endsWith(what));
    assert.deepEqual(said, [runtimes.includes(runtime) ? `has ${what}` : `has not ${what}`]);
  };
  has("permissions", ["deno"]);
  has("a memory limit", ["deno", "node"]);
  has("an output limit", ["deno", "bun", "node"]);
  assert.match(stdout, /^does honest work +gave 6$/m);
  assert.match(stdout, /^loops for ever +was ended: timeout$/m);
  assert.match(stdout, /^prints without an end +was ended: output limit$/m);
  if (runtime === "deno") assert.match(stdout, /^reads the password file +failed: NotCapable/m);
});
