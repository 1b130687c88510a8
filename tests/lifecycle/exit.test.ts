// The program's own exit, whatever its interpreters are in the middle of.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const timeout = 90_000;

/** Takes minutes, and nothing can end it. */
const NATIVE = '("a" + "\\u0f71\\u0f74\\u0f80".repeat(100_000)).normalize("NFD");';

for (const way of ["process.exit()", "its end"]) {
  test(`a program exits by ${way} while native work burns in a thread that was killed`, {
    timeout,
  }, async () => {
    const { code, signal, stdout, stderr, timedOut } = await spawnScript(
      `
      import process from "node:process";
      import { create } from "subinterpreters";
      const interpreter = await create();
      await interpreter.run(${JSON.stringify(NATIVE)}, { timeout: 200 }).catch(() => {});
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
