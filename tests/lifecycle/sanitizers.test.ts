// The module in programs' own tests, where `deno test` looks for what a test leaves behind.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runtime } from "../helpers/runtime.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const SCRIPT = `
  import { create, createChannel } from "subinterpreters";
  const use = async () => {
    const [recv, send] = createChannel();
    const interpreter = await create();
    await interpreter.run("send.sendNowait(42)", { channels: { send } });
    console.log(await recv.recv());
    await interpreter.close();
  };
  const options = { sanitizeOps: true, sanitizeResources: true };
  if (globalThis.Deno === undefined) await use();
  else Deno.test({ name: "first use", ...options, fn: use });
`;

test("create() leaves nothing behind that the sanitizers of deno test see", async () => {
  const options = runtime === "deno" ? { testFiles: 1 } : {};
  const { code, stdout, stderr } = await spawnScript(SCRIPT, options);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /42/);
});
