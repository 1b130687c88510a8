// examples/word-count.ts, the first program that newcomers run.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { line } from "../../examples/live_bars.ts";
import { countFile, emptyTally } from "../../examples/words.ts";
import { runtime } from "../helpers/runtime.ts";
import { type ScriptOptions, type ScriptResult, spawnScript } from "../helpers/spawn_script.ts";

const script = new URL("../../examples/word-count.ts", import.meta.url);

function run(...args: readonly string[]): Promise<ScriptResult> {
  return runWith({ args });
}

function runWith(options: ScriptOptions): Promise<ScriptResult> {
  return spawnScript(script, { timeoutMs: 60_000, ...options });
}

test("word-count.ts counts the words of a folder, and compares with one interpreter and a loop", async () => {
  const folder = await mkdtemp(join(tmpdir(), "subinterpreters-words-"));
  try {
    await writeFile(join(folder, "one.md"), "the cat, the dog. Größe");
    await writeFile(join(folder, "two.ts"), "const the = 1;");
    await writeFile(join(folder, "data.bin"), "the the the");
    const { code, stdout, stderr } = await run(folder);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^ {8}3 {2}the$/m);
    assert.match(stdout, /^ {8}1 {2}Größe$/m);
    assert.match(stdout, /^7 words in 2 files, 0\.0 MB$/m);
    const cores = availableParallelism();
    if (cores > 1) assert.match(stdout, /^1 interpreter +[\d.]+ s +[\d.]+ MB\/s$/m);
    assert.match(stdout, /^a plain loop +[\d.]+ s +[\d.]+ MB\/s$/m);
    assert.match(stdout, /^\d+ interpreters?: [\d.]+ times as fast as one, [\d.]+ times .* loop$/m);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("word-count.ts ends with 130 on Ctrl-C, while it counts", async () => {
  const { code, signal, stderr } = await runWith({
    signalAfter: { text: "Counting the words", signal: "SIGINT" },
  });
  assert.equal(stderr, "");
  // Deno 2.9 takes a child's exit code 130 for a death by SIGINT at times (measured).
  assert.ok(code === 130 || (runtime === "deno" && signal === "SIGINT"), `${code} ${signal}`);
});

test("word-count.ts says what is wrong with its arguments, in a line and without a stack", async () => {
  const missing = await run("/there/is/no/such/folder");
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /^Cannot read the files to count: .*\n$/);
  const unknown = await run("--fast");
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /npm start \[-- /);
});

test("countFile() reports a file that cannot be read, and counts on", () => {
  const tally = emptyTally();
  assert.equal(countFile("/there/is/no/such/file.md", tally), 0);
  assert.equal(tally.failures.length, 1);
  assert.ok(countFile(fileURLToPath(new URL("../../LICENSE", import.meta.url)), tally) > 100);
  assert.ok(tally.words > 100);
});

test("line() of the word count's bars fits in 20 columns, and in any other width", () => {
  const progress = { bytes: 24.1e6, doing: "a/very/long/path/of/a/file/".repeat(9) };
  for (const columns of [1, 20, 40, 80, 200]) {
    const text = line("all", progress, { total: 48.2e6, seconds: 0.5, columns });
    assert.ok(text.length < columns, `${columns}: ${text}`);
  }
  const narrow = line("all", progress, { total: 48.2e6, seconds: 0.5, columns: 20 });
  assert.equal(narrow, "all 24 MB 48 MB/s");
  const wide = line("all", progress, { total: 48.2e6, seconds: 0.5, columns: 60 });
  assert.match(wide, /^all █{12}░{12} {3}24\.1 MB {3}48 MB\/s {2}a\/very/);
});
