// examples/supervised.ts: flaky interpreters come back, all jobs are done, and a hopeless one ends.

import assert from "node:assert/strict";
import { test } from "node:test";
import { spawnScript } from "../helpers/spawn_script.ts";

/** What Deno 2.9 itself prints now and then of a thread that is killed. */
const KILLED = /^error: Uncaught \(in worker .*\) Error: execution terminated\n/gm;

test("supervised.ts has every job done by interpreters that fail, and gives up on a hopeless one", async () => {
  const script = new URL("../../examples/supervised.ts", import.meta.url);
  const { code, stdout, stderr } = await spawnScript(script, { timeoutMs: 60_000 });
  assert.deepEqual([code, stderr.replace(KILLED, "")], [0, ""]);
  const count = (pattern: RegExp) => stdout.match(pattern)?.length ?? 0;
  for (let n = 1; n <= 5; n++) assert.equal(count(new RegExp(`^done: job ${n}$`, "gm")), 1);
  // The last of these may be under way when all jobs are done.
  assert.ok(count(/^(?:ann|bob): ended, (?:Error: a bug|exit)$/gm) >= 2, stdout);
  assert.equal(count(/^supervisor: gaveUp$/gm), 1);
  assert.match(stdout, /^(?:ann|bob): restart 1 in a row, in 20 ms$/m);
  assert.match(stdout, /^the workers: shut down$/m);
  assert.equal(count(/^cat: up, restarts: \d$/gm), 3);
  assert.match(stdout, /^The supervisor gave up on child "cat": more than 2 restarts within 5000/m);
  assert.match(stdout, /^interpreters left: 0$/m);
});
