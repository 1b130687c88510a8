// examples/word-count.ts, the first program that newcomers run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { spawnScript } from "../helpers/spawn_script.ts";

test("word-count.ts counts the words of the files of a folder", async () => {
  const script = new URL("../../examples/word-count.ts", import.meta.url);
  const { code, stdout, stderr } = await spawnScript(script, {
    args: ["examples"],
    timeoutMs: 60_000,
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^ *\d+ {2}const$/m);
  assert.match(stdout, /\d+ words in \d+ files, .* with \d+ interpreters/);
});
