// Values so large that a runtime cannot take them off a port as they are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "subinterpreters";

const timeout = 60_000;

test("a value of 128 MiB arrives", { timeout }, async () => {
  await using interpreter = await create();
  const bytes = await interpreter.evaluate<Uint8Array>("new Uint8Array(2 ** 27 + 5)");
  assert.equal(bytes.length, 2 ** 27 + 5);
});
