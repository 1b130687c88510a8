// `subinterpreters doctor`: what was tried, and what to add to which file.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cli, folderWith, isBuilt } from "../helpers/cli.ts";
import { runtime } from "../helpers/runtime.ts";

const SLOW = { timeout: 180_000 };
const env = { DENO_NO_PROMPT: "1" };

interface Report {
  readonly ok: boolean;
  readonly runtime: string;
  readonly checks: readonly {
    readonly name: string;
    readonly status: string;
    readonly detail: string;
    readonly remedy?: { readonly file: string; readonly add: string };
  }[];
}

test("doctor finds what this runtime enforces, and what it cannot", SLOW, async () => {
  const { code, stdout, stderr } = await cli(["doctor", "--json"], { env, timeoutMs: 150_000 });
  const report = JSON.parse(stdout) as Report;
  const named = (status: string) =>
    report.checks.filter((check) => check.status === status).map(({ name }) => name);
  assert.deepEqual([code, stderr, report.ok], [0, "", true], stdout);
  const everywhere = ["threads", "kill", "interrupt", "shared memory", "output limit"];
  assert.deepEqual(everywhere.filter((name) => !named("works").includes(name)), []);
  assert.deepEqual(
    named("unsupported"),
    {
      deno: ["stack limit"],
      bun: ["memory limit", "stack limit", "permissions", "some permissions"],
      // Node enforces some of them, in the built package alone.
      node: ["permissions", ...isBuilt ? [] : ["some permissions"]],
    }[runtime],
  );
});

test("doctor names what to add to which file, and ends with 1", SLOW, async (t) => {
  const at = await folderWith(t, {
    "deno.json": JSON.stringify({ nodeModulesDir: "manual", lock: false }),
  });
  const { code, stdout } = await cli(["doctor"], {
    env: { ...env, NO_COLOR: "1" },
    timeoutMs: 150_000,
    config: at("deno.json"),
  });
  if (runtime !== "deno") {
    assert.equal(code, 0, stdout);
    assert.match(stdout, /✔ threads {2,}an interpreter ran TypeScript/);
    assert.match(stdout, /– permissions {2,}\w/);
    return;
  }
  assert.equal(code, 1);
  const text = stdout.replaceAll(/\s+/g, " ");
  assert.match(text, /✖ permissions Deno enforces permissions of workers only with its flag/);
  assert.match(text, /→ \S+deno\.jsonc?( \(to be made\))?: add "unstable": \["worker-options"\]/);
  assert.match(text, /Something is missing/);
});
