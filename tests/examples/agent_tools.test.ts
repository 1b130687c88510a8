// examples/agent-tools.ts: what a model is told of each script that it wrote.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

interface Seen {
  readonly value?: unknown;
  readonly error?: { readonly what: string; readonly line?: number; readonly hint: string };
  readonly output: string;
  readonly calls: number;
}

/** What the model was told, by a part of the script that it is about. */
async function observations(): Promise<(script: string) => Seen> {
  const script = new URL("../../examples/agent-tools.ts", import.meta.url);
  const { code, stdout, stderr } = await spawnScript(script, { timeoutMs: 60_000 });
  assert.deepEqual([code, stderr], [0, ""]);
  const blocks = stdout.split("\n\n");
  return (part) => {
    const block = blocks.find((text) => text.startsWith("> ") && text.includes(part));
    assert.ok(block !== undefined, `${part} is not in ${stdout}`);
    return JSON.parse(block.slice(block.lastIndexOf("\n{") + 1)) as Seen;
  };
}

test("agent-tools.ts gives results within a budget, and errors that a model can use", async () => {
  const of = await observations();

  const good = of('search("te")');
  assert.deepEqual(good.value, { name: "tea", cents: 700 });
  assert.equal(good.calls, 3);
  assert.match(good.output, /^found tea/);
  assert.doesNotMatch(good.output, /supplier/);

  const unfit = of('order("tea", "two")');
  assert.match(unfit.error?.what ?? "", /^ValidationError: .*host\.order.*\[1\]/);
  assert.equal(unfit.error?.line, 2);
  assert.match(unfit.error?.hint ?? "", /schema/);
  assert.equal(unfit.calls, 0);

  assert.match(of('order("teapot"').error?.what ?? "", /^RangeError: there is no "teapot"/);
  assert.equal(of("toFixd").error?.line, 2);
  assert.match(of('look("mug")').error?.what ?? "", /5 calls/);
  assert.equal(of('look("mug")').calls, 5);
  assert.equal(of("while (true)").error?.what, "ended: timeout");
  assert.equal(of("thinking").error?.what, "ended: output limit");
  assert.match(of("price * 2").error?.hint ?? "", /plain data/);
  if (runtime === "deno") assert.match(of("readFileSync").error?.hint ?? "", /out of reach/);
  if (runtime !== "bun") assert.match(of("items.push").error?.what ?? "", /^ended: /);
});
