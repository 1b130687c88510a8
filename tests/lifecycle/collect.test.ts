// What garbage collection must not do: the life of an interpreter and of a channel does
// not hang on the objects that stand for them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, createChannel, Interpreter, listAll, RecvChannel } from "subinterpreters";
import { collect } from "../helpers/collect.ts";
import { until } from "../helpers/until.ts";

async function isCollected(handle: WeakRef<object>): Promise<void> {
  await until(() => {
    collect();
    return handle.deref() === undefined;
  }, { what: "the handle is collected" });
}

async function createAndForget(): Promise<{ id: number; handle: WeakRef<Interpreter> }> {
  const interpreter = await create();
  await interpreter.run("let kept = 1");
  return { id: interpreter.id, handle: new WeakRef(interpreter) };
}

test("B086 an interpreter lives on when its handle is collected", async () => {
  const { id, handle } = await createAndForget();
  await isCollected(handle);
  assert.ok(listAll().some((interpreter) => interpreter.id === id));
  const again = new Interpreter(id);
  assert.equal(await again.evaluate("kept"), 1);
  await again.close();
});

function sendAndForget(): { id: number; handle: WeakRef<RecvChannel> } {
  const [recv, send] = createChannel();
  send.sendNowait("kept");
  return { id: recv.id, handle: new WeakRef(recv) };
}

test("B242 a channel lives on when its ends are collected", async () => {
  const { id, handle } = sendAndForget();
  await isCollected(handle);
  assert.equal(new RecvChannel(id).recvNowait(), "kept");
});
