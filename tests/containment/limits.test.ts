// Limits of memory and stack: reaching one concerns that interpreter alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, InterpreterTerminatedError, UnsupportedError } from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { runtime } from "../helpers/runtime.ts";

const shared = sharing();

const TIMEOUT = { timeout: 60_000 };

const NASTY = {
  // Linked: the growth of an array is one large allocation, too.
  "small objects": "let kept; for (let n = 0; ; n++) kept = { kept, n };",
  "an array that doubles": "let kept = [1]; for (;;) kept = kept.concat(kept);",
  // Few entries: one large allocation at the limit, as of a huge table, ends Node 20 itself.
  "a Map that grows":
    "const kept = new Map(); for (let n = 0; ; n++) kept.set(n, Array.from({ length: 500 }, () => n));",
  "strings": "const kept = []; for (let n = 0; ; n++) kept.push(`${n}`.padEnd(10_000, 'x'));",
  "a microtask": "await null; let kept; for (let n = 0; ; n++) kept = { kept, n };",
  "a timer": "await new Promise(() => setTimeout(() => { let kept; for (;;) kept = { kept }; }));",
};

for (const [shape, source] of Object.entries(NASTY)) {
  test(
    `create() with limits.memoryMiB ends that interpreter alone when it runs out with ${shape}`,
    TIMEOUT,
    async () => {
      const creating = create({ limits: { memoryMiB: 32 } });
      if (runtime === "bun") {
        await assert.rejects(
          creating,
          (error) =>
            error instanceof UnsupportedError && /Bun.*limits\.memoryMiB/.test(error.message),
        );
        return;
      }
      const neighbour = await shared();
      await neighbour.run("let kept = 42");
      const interpreter = await creating;
      const wrapped = source.includes("await") ? source : `{ ${source} }`;
      await assert.rejects(
        interpreter.run(wrapped),
        (error) => error instanceof InterpreterTerminatedError && error.reason === "out of memory",
      );
      assert.equal(await neighbour.evaluate("kept"), 42);
    },
  );
}

test("run() frees the code of earlier sources under limits.memoryMiB", TIMEOUT, async (t) => {
  if (runtime === "bun") {
    await assert.rejects(create({ limits: { memoryMiB: 48 } }), UnsupportedError);
    return;
  }
  const interpreter = await scoped(t, { limits: { memoryMiB: 48 } });
  // In all more text than the limit.
  for (let n = 100; n < 210; n++) {
    await interpreter.run(`const text = "${"y".repeat(500_000)}${n}"; text.length`);
  }
  assert.equal(await interpreter.evaluate("text.length"), 500_003);
});

test("create() with limits.memoryMiB lets an interpreter use less", TIMEOUT, async (t) => {
  if (runtime === "bun") {
    await assert.rejects(create({ limits: { memoryMiB: 32 } }), UnsupportedError);
    return;
  }
  const interpreter = await scoped(t, { limits: { memoryMiB: 32 } });
  assert.equal(await interpreter.evaluate("new Array(1e6).fill(1).length"), 1e6);
});

test(
  "create() with limits.stackMiB makes too deep a recursion a RangeError inside",
  TIMEOUT,
  async (t) => {
    if (runtime !== "node") {
      await assert.rejects(
        create({ limits: { stackMiB: 2 } }),
        (error) =>
          error instanceof UnsupportedError && /(Deno|Bun).*limits\.stackMiB/.test(error.message),
      );
      return;
    }
    const depth =
      "let depth = 0; function deep() { depth++; deep(); } try { deep(); } catch (e) { if (!(e instanceof RangeError)) throw e; } depth";
    const small = await scoped(t, { limits: { stackMiB: 1 } });
    const large = await scoped(t, { limits: { stackMiB: 16 } });
    const [few, many] = [await small.evaluate<number>(depth), await large.evaluate<number>(depth)];
    assert.ok(few > 0 && many > 4 * few, `${few} ${many}`);
    assert.equal(await small.evaluate("1 + 1"), 2);
  },
);

for (
  const limits of [{ memoryMiB: 15 }, { memoryMiB: 0 }, { memoryMiB: 1.5 }, { stackMiB: 0 }, {
    stackMiB: 65,
  }]
) {
  const [name = "", value] = Object.entries(limits)[0] ?? [];
  test(`create() refuses limits.${name} of ${value} with a RangeError`, async () => {
    await assert.rejects(
      create({ limits }),
      (error) => error instanceof RangeError && error.message.includes(`limits.${name}`),
    );
  });
}
