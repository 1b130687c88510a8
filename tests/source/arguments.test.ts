// What run() takes besides the source, and what it refuses before anything runs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel } from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";

const MARK = "globalThis.ran = true";

test("B090 run() takes channels by name only", async (t) => {
  const interpreter = await scoped(t);
  await assert.rejects(interpreter.run(MARK, createChannel() as never), TypeError);
  assert.equal(await interpreter.evaluate("typeof ran"), "undefined");
});

test("B160 run() refuses a pair of anything but a receiving and a sending end", async (t) => {
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  for (const pair of [[send, recv], [recv], [recv, send, send], [recv.id, send.id], []]) {
    await assert.rejects(interpreter.run(MARK, { channels: pair as never }), TypeError);
  }
  assert.equal(await interpreter.evaluate("typeof ran + typeof channels"), "undefinedundefined");
});
