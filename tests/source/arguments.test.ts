// What run() takes besides the source, and what it refuses before anything runs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel } from "subinterpreters";
import { sharing } from "../helpers/interpreter.ts";

const shared = sharing();

const MARK = "globalThis.ran = true";

test("B090 run() takes channels by name only", async () => {
  const interpreter = await shared();
  await assert.rejects(interpreter.run(MARK, createChannel() as never), TypeError);
  assert.equal(await interpreter.evaluate("typeof ran"), "undefined");
});

test("B160 run() names the channels that are proxies of an end, or look like one", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  for (const end of [new Proxy(recv, {}), new Proxy(send, {}), Object.create(recv)]) {
    for (const channels of [{ end }, [end, send], [recv, end]]) {
      await assert.rejects(
        interpreter.run(MARK, { channels: channels as never }),
        (error) => error instanceof TypeError && error.message.includes("channels"),
      );
    }
  }
  assert.equal(await interpreter.evaluate("typeof ran"), "undefined");
});

test("B160 run() refuses a pair of anything but a receiving and a sending end", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  for (const pair of [[send, recv], [recv], [recv, send, send], [recv.id, send.id], []]) {
    await assert.rejects(interpreter.run(MARK, { channels: pair as never }), TypeError);
  }
  assert.equal(await interpreter.evaluate("typeof ran + typeof channels"), "undefinedundefined");
});
