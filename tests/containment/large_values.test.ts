// Values so large that a runtime cannot take them off a port: the program lives.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "subinterpreters";
import { runtime } from "../helpers/runtime.ts";

const timeout = 60_000;

test("a value of 128 MiB ends no program", { timeout }, async () => {
  await using interpreter = await create();
  // On Deno nothing arrives.
  const options = { timeout: runtime === "deno" ? 5_000 : 50_000 };
  const length = interpreter.evaluate<Uint8Array>("new Uint8Array(2 ** 27 + 5)", options)
    .then((bytes) => bytes.length);
  if (runtime === "deno") await assert.rejects(length, { reason: "timeout" });
  else assert.equal(await length, 2 ** 27 + 5);
});
