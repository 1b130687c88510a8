// Everything that a run can be in the middle of when it is stopped, each stopped in the
// three ways: the caller is told why, the host answers all along, and the thread is gone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";
import { until } from "../helpers/until.ts";
import { type Seen, stopInEveryWay } from "./stopping.ts";

const timeout = 60_000;

/** What runs when the end comes. */
const ACTS: Readonly<Record<string, string>> = {
  "a busy loop": "for (;;);",
  "a loop that try/finally renews": "for (;;) { try { for (;;); } finally { continue; } }",
  "a function that finally calls again":
    "function again() { try { for (;;); } finally { again(); } } again();",
  "a generator that finally yields again": `
    function* again() { try { yield; for (;;); } finally { yield* again(); } }
    for (;;) [...again()];`,
  "an asynchronous generator that finally yields again": `
    async function* again() { for (;;) { try { yield; } finally { continue; } } }
    for await (const _ of again());`,
  "endless microtasks": "for (;;) await null;",
  "Atomics.wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
  "an await for ever": "await new Promise(() => {});",
  "a loop of timers": `
    const tick = () => { for (let n = 0; n < 10_000; n++); setTimeout(tick, 0); };
    setInterval(tick, 1);
    await new Promise(() => {});`,
  "JSON.stringify of something huge": `
    const huge = Array.from({ length: 100_000 }, (_, n) => ({ n, text: "x".repeat(20) }));
    for (;;) JSON.stringify(huge);`,
  "sort of something huge": `
    const huge = Float64Array.from({ length: 1_000_000 }, () => Math.random());
    for (;;) huge.slice().sort();`,
  "a getter that sendNowait() calls": "begun.sendNowait({ get item() { for (;;); } });",
  "a getter of the error that the run ends with":
    "throw Object.defineProperty(new Error('x'), 'message', { get() { for (;;); } });",
  "a toString() that console.log() calls":
    "console.log('%s', { toString() { for (;;); } }); for (;;);",
  "a then() of the value that the run ends with": "await { then() { for (;;); } };",
  "a search without an end": "[].includes.call({ length: 2 ** 53 - 1 }, 1);",
  "a search backwards in an array of holes": "new Array(2 ** 32 - 1).lastIndexOf(1);",
  "a loop of timeouts of node:vm": `
    import vm from "node:vm";
    for (;;) { try { vm.runInThisContext("for (;;);", { timeout: 1 }); } catch {} }`,
  "a loop of timeouts of node:vm in contexts, renewed by finally": `
    const { createContext, Script } = process.getBuiltinModule("node:vm");
    const context = createContext({}), script = new Script("for (;;);");
    const again = () => {
      try { script.runInContext(context, { timeout: 1 }); } catch {} finally { again(); }
    };
    for (;;) { try { again(); } catch {} }`,
  "a loop of what native code calls back": `
    import { inspect } from "node:util";
    const busy = () => { const end = performance.now() + 2; while (performance.now() < end); };
    const slow = { get slow() { busy(); return 1; }, [inspect.custom]: busy };
    for (;;) { try { inspect(slow); structuredClone(slow); } catch {} console.log(slow); }`,
  "create()": `
    import { create } from "subinterpreters";
    for (;;) await (await create()).close();`,
  "createSync()": `
    import { createSync } from "subinterpreters";
    for (;;) createSync().closeSync();`,
  "runSync() of another interpreter": `
    import { createSync } from "subinterpreters";
    createSync().runSync("for (;;);");`,
  "sendSync()": "other.sendSync(1);",
  "recvSync()": "never.recvSync();",
  "send()": "await other.send(1);",
  "recv()": "await never.recv();",
  "a call of a host function": "await host.hang();",
};

const CREATES = new Set(["create()", "createSync()", "runSync() of another interpreter"]);

/** What Bun cannot end: in processes of their own, so that nothing goes on burning. */
const NATIVE_ACTS: Readonly<Record<string, string>> = {
  "a runaway regular expression": "/^(a+)+$/.test('a'.repeat(60) + 'b');",
  "a WebAssembly loop": `
    const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 8, 1, 0, 10, 9, 1,
      7, 0, 3, 64, 12, 0, 11, 11];
    new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes)));`,
};

/** A host that waits for a thread is held up as long as the thread likes; a busy machine takes less. */
const HELD_MS = 1_500;

function assertStopped({ ends, ...turns }: Omit<Seen, "left">, atOnce = true): void {
  const reasons = {
    "terminate()": "terminated",
    timeout: "timeout",
    signal: "the signal's reason",
  };
  assert.deepEqual(ends, reasons);
  // To start a thread holds up Deno's event loop until it is there, a bare worker's too. How long
  // a kill takes, and each turn meanwhile, is measured by the workload `kill` of the bench.
  const turnMs = atOnce ? turns.turnMs : turns.halfMs;
  assert.ok(
    turnMs < HELD_MS,
    `${atOnce ? "nine of ten" : "half of the"} turns within ${turnMs} ms`,
  );
}

for (const [act, source] of Object.entries(ACTS)) {
  test(`terminate(), timeout and signal end a run in: ${act}`, { timeout }, async () => {
    // Three at once that create interpreters keep the host busy with nothing else.
    const atOnce = !CREATES.has(act);
    const seen = await stopInEveryWay(source, { atOnce });
    assertStopped(seen, atOnce);
    const what = `threads end that are in the states ${seen.left().join()}`;
    await until(() => seen.left().length === 0, { what, withinMs: 15_000 });
  });
}

for (const [act, source] of Object.entries(NATIVE_ACTS)) {
  test(`terminate(), timeout and signal end a run in: ${act}`, { timeout }, async () => {
    const { code, stdout, stderr } = await spawnScript(
      `
      import process from "node:process";
      import { stopInEveryWay } from ${JSON.stringify(new URL("stopping.ts", import.meta.url))};
      const { left, ...seen } = await stopInEveryWay(${JSON.stringify(source)});
      const isOver = () => left().length === 0 || "Bun" in globalThis;
      const deadline = performance.now() + 15_000;
      while (!isOver() && performance.now() < deadline) await new Promise((go) => setTimeout(go, 10));
      console.log(JSON.stringify({ ...seen, left: left().length }));
      process.exit();
    `,
      { isTyped: true, timeoutMs: 50_000 },
    );
    assert.equal(code, 0, stderr);
    const { left, ...seen } = JSON.parse(stdout) as Omit<Seen, "left"> & { left: number };
    assertStopped(seen);
    if (runtime !== "bun") assert.equal(left, 0);
  });
}
