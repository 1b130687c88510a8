// The program's own exit, whatever its interpreters are in the middle of.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const timeout = 90_000;

/** Takes minutes, and nothing can end it. */
const NATIVE = '("a" + "\\u0f71\\u0f74\\u0f80".repeat(100_000)).normalize("NFD");';

/** Nothing can end it either, and it uses no processor: a pipe that nobody else ever opens. */
function waitNatively(t: TestContext): string {
  if (process.platform === "win32") return NATIVE;
  const folder = mkdtempSync(join(tmpdir(), "subinterpreters-pipe-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync("mkfifo", [join(folder, "pipe")]);
  return `process.getBuiltinModule("fs").openSync(${JSON.stringify(join(folder, "pipe"))});`;
}

for (
  const [what, way, work] of [
    ["process.exit() while native work burns", "process.exit()", () => NATIVE],
    ["its end while native code waits", "its end", waitNatively],
  ] as const
) {
  test(`a program exits by ${what} in a thread that was killed`, { timeout }, async (t) => {
    const { code, signal, stdout, stderr, timedOut } = await spawnScript(
      `
      import process from "node:process";
      import { create } from "subinterpreters";
      const interpreter = await create();
      await interpreter.run(${JSON.stringify(work(t))}, { timeout: 200 }).catch(() => {});
      process.on("exit", () => console.log("leaves"));
      if (${way === "process.exit()"}) process.exit(3);
      process.exitCode = 3;
    `,
      { timeoutMs: 50_000 },
    );
    assert.equal(timedOut, false);
    assert.equal(stdout, "leaves\n");
    if (runtime === "node") {
      assert.equal(signal, "SIGKILL");
      assert.match(stderr, /Cannot exit with code 3: native work in interpreter 1/);
    } else assert.equal(code, 3);
  });
}

test("process.exit() gives its code while interpreters are idle, busy and being killed", {
  timeout,
}, async () => {
  const { code, stderr } = await spawnScript(`
    import process from "node:process";
    import { create } from "subinterpreters";
    const [, busy, killed] = await Promise.all([create(), create(), create()]);
    for (const one of [busy, killed]) {
      await one.run("1");
      one.run("for (;;);").catch(() => {});
    }
    await new Promise((go) => setTimeout(go, 50));
    void killed.terminate();
    process.exit(3);
  `);
  assert.equal(code, 3, stderr);
  assert.equal(stderr, "");
});
