// What stays between the runs of an interpreter, and what does not leave it.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { createChannel } from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";

const COUNTER = `
  globalThis.loads = (globalThis.loads ?? 0) + 1;
  export const state = { count: 0 };
`;

/** A directory with a module in it that counts how often it is loaded. */
function directoryWithModule(t: TestContext): URL {
  const directory = mkdtempSync(join(tmpdir(), "subinterpreters-"));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "counter.mjs"), COUNTER);
  return pathToFileURL(`${directory}/`);
}

test("B114 the source of a module runs once for all runs of an interpreter", async (t) => {
  const interpreter = await scoped(t, { baseUrl: directoryWithModule(t) });
  await interpreter.run(`import { state } from "./counter.mjs"; state.count++;`);
  await interpreter.run(`import * as again from "./counter.mjs"; again.state.count++;`);
  const seen = await interpreter.evaluate(
    `[loads, state.count, (await import("./counter.mjs")).state === state]`,
  );
  assert.deepEqual(seen, [1, 2, true]);
});

test("B115 each interpreter has the state of a module for itself", async (t) => {
  const baseUrl = directoryWithModule(t);
  const [a, b] = [await scoped(t, { baseUrl }), await scoped(t, { baseUrl })];
  const count = `import { state } from "./counter.mjs"; ++state.count;`;
  assert.deepEqual([await a.evaluate(count), await a.evaluate(count)], [1, 2]);
  assert.equal(await b.evaluate(count), 1);
});

test("B117 names of channels take the place of what had them before", async (t) => {
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  await interpreter.run("let out = 1; function channels() {}");
  await interpreter.run("out.sendNowait(1)", { channels: { out: send } });
  assert.equal(recv.recvNowait(), 1);
  await interpreter.run("channels[1].sendNowait(2); let out = 5", { channels: [recv, send] });
  assert.equal(recv.recvNowait(), 2);
  assert.equal(await interpreter.evaluate("out"), 5);
});

test("B119 evaluate() gives what the same source means in one program", async (t) => {
  const interpreter = await scoped(t);
  for (
    const [source, value] of [
      ["var fs = []; for (let i = 0; i < 3; i++) fs.push(() => i); fs.map((f) => f())", [0, 1, 2]],
      ["class P { #f() { return 3 } f() { return this.#f?.() } } new P().f()", 3],
      ["let n = 0; outer: for (;;) { for (;;) { n++; if (n > 2) break outer } } n", 3],
      ["let v = 1; const get = () => v; v = 2; get()", 2],
      ["let w = 1; { let w = 2; w++ } ((w) => w++)(5); w", 1],
      ["const tag = (s, ...v) => s.raw.join('|') + v; tag`a${1}\\n${2}b`", "a|\\n|b1,2"],
      ["const o = { get v() { return 4 }, ['k' + 1]: 5, v2: 6 }; [o.v, o.k1, o.v2]", [4, 5, 6]],
      ["let r; try { null.x } catch { r = 'caught' } finally { r += '!' } r", "caught!"],
      ["let l = null; l ??= 6; l ||= 7; l &&= l + 1; l", 7],
      ["let s; switch (2) { case 1: s = 'a'; break; default: s = 'b' } s", "b"],
      ["function F() { return new.target === F } [new F() instanceof F, F()]", [true, false]],
      ["const z = 1; ({ z, f() { return z } }).f()", 1],
      ["let [q, t = q] = [8]; [t, q] = [q, 9]; [q, t]", [9, 8]],
    ] as const
  ) assert.deepEqual(await interpreter.evaluate(source), value, source);
});
