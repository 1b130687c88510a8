// The runner itself: what it must not believe. Each planted test in fixtures/ breaks
// one promise of the suite, and the verdict has to name it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { runtime } from "../helpers/runtime.ts";
import { until } from "../helpers/until.ts";
import { readReport, type TestCase } from "../runner/junit.ts";
import type { Outcome } from "../runner/runtimes.ts";
import { judge, slowest } from "../runner/verdict.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("readReport() unescapes names and counts failed, broken and skipped cases as not passed", () => {
  const { cases, isWellFormed } = readReport(`<testsuites>
    <testcase name="a &lt;b> &amp;quot;c&amp;quot;"/>
    <testsuite name="x"><testcase name="d"><failure message="no">text</failure></testcase></testsuite>
    <testcase name="e"><skipped/></testcase><testcase name="f"><error/></testcase>
  </testsuites>`);
  assert.equal(isWellFormed, true);
  assert.deepEqual(cases.map(({ name, passed }) => [name, passed]), [
    ['a <b> "c"', true],
    ["d", false],
    ["e", false],
    ["f", false],
  ]);
});

test("readReport() gives the file and the seconds of each test, on Node the file that was run", () => {
  const { cases } = readReport(
    `<testsuites>
    <testcase name="a" time="0.5"/>
    <testsuite name="./tests/b.test.ts"><testcase name="b" time="1.25"/></testsuite>
  </testsuites>`,
    "tests/a.test.ts",
  );
  assert.deepEqual(cases.map(({ file, seconds }) => [file, seconds]), [
    ["tests/a.test.ts", 0.5],
    ["tests/b.test.ts", 1.25],
  ]);
});

test("readReport() tells a whole file from half of one", () => {
  const report = readReport('<testsuites><testcase name="a"/><testcase');
  assert.deepEqual(report.cases.map(({ name }) => name), ["a"]);
  assert.equal(report.isWellFormed, false);
});

test("judge() counts as passed only what passed once on every runtime", () => {
  const [a, b, c] = [passedCase("a"), passedCase("b"), passedCase("c")];
  const verdict = judge([
    outcome("deno", { cases: [a, b, c] }),
    outcome("bun", { cases: [a, b, b], problem: "ended with 1 though no test failed" }),
  ]);
  assert.deepEqual(verdict, {
    passed: 1,
    failed: 3,
    complaints: [
      "bun ended with 1 though no test failed",
      "b: deno passed, bun has 2 tests of this name",
      "c: deno passed, bun did not run it",
    ],
  });
});

test("slowest() lists the ten slowest tests, and the ten slowest files by the sum of their tests", () => {
  const cases = Array.from({ length: 24 }, (_, n) => passedCase(`t${n}`, `f${n % 12}`, n));
  const lines = slowest(outcome("deno", { cases })).split("\n");
  const isTests = (line: string) => /s {2}t/.test(line);
  assert.deepEqual(lines.filter(isTests)[0], "  23.0 s  t23");
  assert.deepEqual(lines.filter(isTests).at(-1), "  14.0 s  t14");
  assert.deepEqual(lines.filter((line) => /s {2}f/.test(line))[0], "  34.0 s  f11");
  assert.equal(lines.length, 22);
});

test("tests/run.ts names every planted failure", { timeout: 60_000 }, async (t) => {
  const { code, output } = await runSuite(t, { files: ["planted.ts"] });
  assert.equal(code, 1);
  assert.deepEqual(output.split("\n").filter((line) => /^✖ planted: .*: deno /.test(line)).sort(), [
    "✖ planted: fails: deno failed, bun failed, node failed",
    "✖ planted: on Node alone: deno did not run it, bun did not run it, node passed",
    "✖ planted: skipped on Bun: deno passed, bun failed, node passed",
    "✖ planted: throws from a timer: deno failed, bun failed, node failed",
    "✖ planted: twice: " +
    ["deno", "bun", "node"].map((one) => `${one} has 2 tests of this name`).join(", "),
  ]);
  assert.equal(output.trimEnd().split("\n").at(-1), "1 passed, 5 failed");
});

test(
  "tests/run.ts fails when a test ends the process with code 0",
  { timeout: 60_000 },
  async (t) => {
    const { code, output } = await runSuite(t, {
      files: ["planted_exit.ts"],
      args: ["--runtime", "bun", "--runtime", "node"],
    });
    assert.equal(code, 1);
    assert.match(output, /^✖ bun wrote no JUnit file/m);
    assert.match(output, /^✖ node wrote no JUnit file.*planted_exit\.ts/m);
    assert.match(output, /^0 passed, 2 failed$/m);
  },
);

test(
  "tests/run.ts says which tests needed a second try, and believes no failure that lasts",
  { timeout: 60_000 },
  async (t) => {
    const args = ["--tries", "2", "--runtime", "bun"];
    const { code, output } = await runSuite(t, { files: ["planted_flaky.ts"], args });
    assert.equal(code, 0, output);
    assert.match(output, /^⚠ bun planted: fails at first: failed at first, and passed/m);
    assert.match(output, /^2 passed, 0 failed$/m);
    const lasting = await runSuite(t, { files: ["planted_fails.ts"], args });
    assert.equal(lasting.code, 1);
    assert.match(lasting.output, /^✖ planted: always fails: bun failed$/m);
    assert.match(lasting.output, /^0 passed, 1 failed$/m);
  },
);

test(
  "tests/run.ts takes its runtimes along when it is interrupted",
  { timeout: 60_000 },
  async (t) => {
    const { code, startedPid } = await runSuite(t, {
      files: ["planted_hang.ts"],
      args: ["--runtime", "bun"],
      interrupt: true,
    });
    // Deno 2.9 takes a child's exit code 130 for a death by SIGINT (measured).
    assert.equal(code, runtime === "deno" ? "SIGINT" : 130);
    assert.throws(() => process.kill(startedPid, 0), { code: "ESRCH" });
  },
);

interface SuiteOptions {
  readonly files: readonly string[];
  readonly args?: readonly string[];
  /** Sends SIGINT as soon as a test says that it runs. */
  readonly interrupt?: boolean;
}

async function runSuite(t: TestContext, { files, args = [], interrupt = false }: SuiteOptions) {
  const folder = await mkdtemp(join(tmpdir(), "subinterpreters-planted-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const pidFile = join(folder, "pid");
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const fixtures = files.map((file) => join("tests/package/fixtures", file));
  const runner = spawn("node", ["--import", "tsx", "tests/run.ts", ...args, ...fixtures], {
    cwd: root,
    env: { ...env, PLANTED_FILE: pidFile },
  });
  t.after(() => runner.kill());
  let output = "";
  runner.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
  const code = new Promise<number | string | null>((resolve) => {
    runner.once("close", (status, signal) => resolve(status ?? signal));
  });
  let startedPid = 0;
  if (interrupt) {
    const hasStarted = async () =>
      (startedPid = Number(await readFile(pidFile, "utf8").catch(() => "0"))) > 0;
    await until(hasStarted, { withinMs: 50_000 });
    runner.kill("SIGINT");
  }
  return { code: await code, output, startedPid };
}

function outcome(of: Outcome["runtime"], parts: Partial<Outcome>): Outcome {
  return { runtime: of, cases: [], problem: undefined, seconds: 0, output: "", ...parts };
}

function passedCase(name: string, file = "", seconds = 0): TestCase {
  return { name, passed: true, file, seconds };
}
