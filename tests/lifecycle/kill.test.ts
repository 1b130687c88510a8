// Kills at the worst moments. In processes of their own: what goes wrong here takes the
// whole process along, on Deno at least, where most of them are tried.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runtime } from "../helpers/runtime.ts";
import { seeded } from "../helpers/seed.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const RANDOM = `
  import process from "node:process";
  let state = Number(process.env.SEED);
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
`;

async function survives(t: { readonly name: string }, body: string): Promise<void> {
  const { seed, numRuns } = seeded({ numRuns: runtime === "deno" ? 25 : 10 });
  const { code, stdout, stderr } = await spawnScript(
    `import { create, createSync, listAll } from "subinterpreters";
    void [create, createSync];
    ${RANDOM}
    for (let n = 0; n < ${numRuns}; n++) { ${body} }
    console.log("survived", listAll().length);`,
    { env: { SEED: String(seed) }, timeoutMs: 55_000 },
  );
  assert.deepEqual([code, stdout], [0, "survived 1\n"], `${t.name}: ${stderr}`);
}

test("terminate() while the thread still loads harms nobody", { timeout: 60_000 }, async (t) => {
  await survives(
    t,
    `const interpreter = await create();
    if (n % 2 === 0) await pause(random() * 10);
    await interpreter.terminate();`,
  );
});

test("closeSync() while the thread still loads harms nobody", { timeout: 60_000 }, async (t) => {
  await survives(
    t,
    `const interpreter = createSync();
    if (n % 2 === 0) await pause(random() * 20);
    interpreter.closeSync();`,
  );
});

test("terminate() while source loads modules harms nobody", { timeout: 60_000 }, async (t) => {
  await survives(
    t,
    `const interpreter = await create();
    const running = interpreter.run(
      "crypto http zlib net dns tls http2 readline stream".split(" ")
        .map((name) => 'await import("node:' + name + '");').join(" "),
    ).catch(() => {});
    await pause(random() * 40);
    await interpreter.terminate();
    await running;`,
  );
});

test("runSync() that times out kills a loop though the program never waits", {
  timeout: 60_000,
}, async () => {
  const { code, stdout, stderr } = await spawnScript(`
    import { createSync } from "subinterpreters";
    import process from "node:process";
    const interpreter = createSync();
    try {
      interpreter.runSync("for (;;);", { timeout: 100 });
    } catch (error) {
      console.log(error.name);
    }
    // The thread has a moment to go; then nothing but this loop may use the processor.
    const spin = (ms) => {
      const until = performance.now() + ms;
      while (performance.now() < until);
    };
    spin(300);
    const before = process.cpuUsage();
    spin(500);
    const { user, system } = process.cpuUsage(before);
    console.log((user + system) / 1000 < 800 ? "gone" : "still burning " + (user + system));
  `);
  assert.deepEqual([code, stdout], [0, "InterpreterTerminatedError\ngone\n"], stderr);
});
