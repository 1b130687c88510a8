// examples/pipeline.ts: what it counts, and that a slow stage holds back those before it.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type ScriptResult, spawnScript } from "../helpers/spawn_script.ts";

const script = new URL("../../examples/pipeline.ts", import.meta.url);

function run(...args: readonly string[]): Promise<ScriptResult> {
  return spawnScript(script, { args, timeoutMs: 60_000 });
}

const LINES = 6_000;

function line(n: number): string {
  const [path, status] = n % 3 === 0 ? ["/gone", 404] : ["/kept?n=1", 200];
  return `10.0.0.${n % 7} - - [29/Nov/2026:00:00:00 +0000] "GET ${path} HTTP/1.1" ${status} 1000`;
}

test("pipeline.ts counts the requests of a log, and its slow end holds back the beginning", async () => {
  const folder = await mkdtemp(join(tmpdir(), "subinterpreters-pipeline-"));
  try {
    const log = join(folder, "access.log");
    const lines = Array.from({ length: LINES }, (_, n) => line(n));
    await writeFile(log, ["not a request", ...lines].join("\n"));
    const { code, stdout, stderr } = await run("--slow", "30", log);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^6000 requests$/m);
    assert.match(stdout, /^ *4000 +0 +7 +4\.0 {2}\/kept$/m);
    assert.match(stdout, /^ *2000 +2000 +7 +2\.0 {2}\/gone$/m);
    const [, batches, , , waited] = /^read +(\d+) +(\d+) +(\d+) +(\d+)$/m.exec(stdout) ?? [];
    assert.ok(Number(batches) >= 5, stdout);
    // The last stage takes a batch in 30 ms or more; two stages take one ahead of it each.
    assert.ok(Number(waited) >= (Number(batches) - 3) * 30 / 2, stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("pipeline.ts ends with the error of a stage that fails, and the others do not hang", async () => {
  const { code, stderr, timedOut } = await run("/there/is/no/such.log");
  assert.equal(timedOut, false);
  assert.equal(code, 1);
  assert.match(stderr, /ENOENT/);
});

test("pipeline.ts refuses wrong arguments with its usage", async () => {
  for (const args of [["--slow", "soon"], ["--fast"], ["a.log", "b.log"]]) {
    const { code, stderr } = await run(...args);
    assert.equal(code, 1);
    assert.match(stderr, /pipeline\.ts \[--slow MS\] \[LOG\]/);
  }
});
