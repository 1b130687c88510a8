// `subinterpreters eval`, `--version`, `--help` and completions.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { cli } from "../helpers/cli.ts";

const SLOW = { timeout: 120_000 };

test("eval prints the value as the console does, a string without quotes", SLOW, async () => {
  for (
    const [code, expected] of [
      ["6 * 7", /^42\n$/],
      ["'text'", /^text\n$/],
      ["let a: number = 1; a + 1;", /^2\n$/],
      ["Promise.resolve([1, 2])", /^\[ 1, 2 \]\n$/],
      ["{ a: 1 }", /^\{\s+a: 1,?\s+\}\n$/],
      ["() => 1", /Function/],
    ] as const
  ) {
    const { stdout, stderr, code: exitCode } = await cli(["eval", code]);
    assert.deepEqual([exitCode, stderr], [0, ""], code);
    assert.match(stdout, expected);
  }
});

test("eval runs source once, even if it throws a SyntaxError", SLOW, async () => {
  const { code, stdout, stderr } = await cli(["eval", "(console.log('once'), JSON.parse('{'))"]);
  assert.deepEqual([code, stdout], [1, "once\n"]);
  assert.match(stderr, /^Uncaught SyntaxError: .*JSON/);
  assert.match(stderr, /<eval>:1:(2\d|3\d)\)?\n$/, "columns are those of what was typed");
});

test("eval --json tells the value, the output, the error and the time", SLOW, async () => {
  const good = JSON.parse((await cli(["eval", "--json", "console.log(1); [2]"])).stdout);
  assert.deepEqual([good.ok, good.value, good.stdout, good.exitCode], [true, [2], "1\n", 0]);
  assert.equal(typeof good.ms, "number");
  const { stdout, code } = await cli(["eval", "--json", "null.x"]);
  const bad = JSON.parse(stdout);
  assert.deepEqual([code, bad.ok, bad.exitCode, bad.error.name], [1, false, 1, "TypeError"]);
});

test("eval ends when nobody reads its output any more", SLOW, async () => {
  const { code, stderr } = await cli(["eval", "for (let i = 0; i < 1e5; i++) console.log(i)"], {
    closesStdoutAfter: 1,
  });
  assert.deepEqual([code, stderr], [0, ""]);
});

test("--version prints the package's version, alone and behind a command", SLOW, async () => {
  const manifest = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(manifest) as { readonly version: string };
  for (const args of [["--version"], ["run", "-V"]]) {
    assert.equal((await cli(args)).stdout, `${version}\n`);
  }
});

test(
  "--help names the commands, and each command its flags; nothing typed is a mistake",
  SLOW,
  async () => {
    const all = await cli(["--help"]);
    assert.equal(all.code, 0);
    for (const name of ["run", "eval"]) {
      assert.match(all.stdout, new RegExp(`^  ${name} `, "m"));
      const one = await cli([name, "--help"]);
      assert.equal(one.code, 0);
      assert.match(one.stdout, /--timeout <duration>/);
    }
    const none = await cli([]);
    assert.deepEqual([none.code, none.stdout], [2, ""]);
    assert.match(none.stderr, /^Usage: subinterpreters/);
  },
);

test(
  "completions prints scripts of shells, which ask for what could stand next",
  SLOW,
  async () => {
    assert.match((await cli(["completions", "bash"])).stdout, /subinterpreters complete --/);
    const ask = async (...words: string[]) => (await cli(["complete", "--", ...words])).stdout;
    assert.match(await ask("ru"), /^run\t/);
    assert.match(await ask("run", "--ti"), /^--timeout\t/);
    assert.match(await ask("run", "./mod"), /^\.\/mod\.ts/);
    assert.match(await ask("completions", ""), /^bash\b/);
  },
);
