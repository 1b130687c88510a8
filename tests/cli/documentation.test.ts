// Every command of docs/cli.md is run, and prints what stands there.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { test } from "node:test";
import { promisify } from "node:util";
import { cliFlags, folderWith, main } from "../helpers/cli.ts";

const execute = promisify(execFile);
const text = await readFile(new URL("../../docs/cli.md", import.meta.url), "utf8");
const blocks = [...text.matchAll(/^```console\n(.*?)^```/gms)].map(([, block = ""]) => block);

blocks.forEach((block, index) => {
  test(`block ${index + 1} of docs/cli.md prints what stands there`, {
    timeout: 120_000,
  }, async (t) => {
    const folder = (await folderWith(t, {}))("");
    const command = [process.execPath, ...cliFlags(), main].map((word) => `"${word}"`);
    for (const step of block.split(/^\$ /m).slice(1)) {
      const at = step.indexOf("\n");
      const { stdout } = await execute("sh", [
        "-c",
        `subinterpreters() { ${command.join(" ")} "$@"; }\n${step.slice(0, at)}`,
      ], { cwd: folder, env: { ...process.env, NO_COLOR: "1", NODE_TEST_CONTEXT: undefined } });
      const expected = step.slice(at + 1).split("…").map(escape);
      assert.match(stdout, new RegExp(`^${expected.join("[^\\n]*")}$`), step);
    }
  });
});

test("docs/cli.md has commands to run", () => {
  assert.ok(blocks.length >= 3);
});

function escape(part: string): string {
  return part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
