// Standard streams that are closed, full or at their end: the command line says what it can, and
// ends. A shell is what closes them.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { cliFlags, main } from "../helpers/cli.ts";

/** Runs a line of shell in which `subinterpreters` is the command line. */
function shell(line: string): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const command = [process.execPath, ...cliFlags(), main].map((word) => `"${word}"`).join(" ");
  const options = {
    timeout: 60_000,
    env: { ...process.env, NO_COLOR: "1", NODE_TEST_CONTEXT: undefined },
  };
  return new Promise((resolve) => {
    execFile(
      "sh",
      ["-c", `subinterpreters() { ${command} "$@"; }\n${line}`],
      options,
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

for (
  const [what, line, expected] of [
    ["a closed standard output", "subinterpreters eval 1 >&-", 0],
    ["a closed standard error", "subinterpreters eval null.x 2>&-", 1],
    ["a closed standard input", "subinterpreters eval 1 <&-", 0],
    ["a prompt without input", "subinterpreters repl < /dev/null", 0],
    ["a prompt with a closed standard input", "subinterpreters repl <&-", 0],
    ["a reader that leaves", "yes 1 | head -10000 | subinterpreters repl | head -1", 0],
    [
      "a loop that prints to nobody",
      "echo 'for (;;) console.log(1)' | subinterpreters run - | head -1",
      0,
    ],
    ["a usage nobody can read", "subinterpreters rnu 2>&-", 2],
  ] as const
) {
  test(`the command line ends without a stack of its own with ${what}`, {
    timeout: 120_000,
  }, async () => {
    const { code, stdout, stderr } = await shell(line);
    assert.equal(code, expected, stderr);
    assert.doesNotMatch(stdout + stderr, /src\/cli|node:internal|^ +at /m);
  });
}
