// How many items wait in a channel, and how its ends show on a console.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import {
  ChannelNotFoundError,
  createChannel,
  NotReceivedError,
  RecvChannel,
  SendChannel,
} from "subinterpreters";
import * as effects from "subinterpreters/effect";
import { scoped, sharing } from "../helpers/interpreter.ts";

const LIMIT = { timeout: 20_000 };
const shared = sharing();

test(
  "length counts what was sent and not received, on both ends and both sides",
  LIMIT,
  async () => {
    const [recv, send] = createChannel();
    const lengths = () => [recv.length, send.length];
    assert.deepEqual(lengths(), [0, 0]);
    send.sendNowait("a");
    const other = await shared();
    await other.run("outlet.sendNowait('b')", { channels: { outlet: send, inlet: recv } });
    assert.deepEqual(lengths(), [2, 2]);
    assert.deepEqual(await other.evaluate("[inlet.length, outlet.length]"), [2, 2]);
    recv.recvNowait();
    assert.deepEqual(lengths(), [1, 1]);
  },
);

test("length leaves out what was withdrawn", LIMIT, async () => {
  const [recv, send] = createChannel();
  send.sendNowait("before");
  const sent = send.send("late", { timeout: 1 });
  assert.equal(recv.length, 2);
  await assert.rejects(sent, NotReceivedError);
  send.sendNowait("behind");
  assert.equal(recv.length, 2);
});

test("length counts an item that was given back", LIMIT, async () => {
  const [recv, send] = createChannel();
  send.sendNowait("a");
  await Effect.runPromise(Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effects.recv(recv), { startImmediately: true });
    yield* Fiber.interrupt(fiber);
  }));
  assert.equal(recv.length, 1);
  assert.equal(recv.recvNowait(), "a");
  assert.equal(recv.length, 0);
});

test("length is what is left while a channel closes, and 0 when it is closed", LIMIT, async () => {
  const [recv, send] = createChannel();
  send.sendNowait("a");
  send.sendNowait("b");
  send.close();
  assert.deepEqual([recv.length, send.length], [2, 2]);
  recv.recvNowait();
  assert.deepEqual([recv.length, send.length], [1, 1]);
  recv.recvNowait();
  assert.deepEqual([recv.length, send.length], [0, 0]);
  const [dropped, sender] = createChannel();
  sender.sendNowait("a");
  dropped.close({ force: true });
  assert.deepEqual([dropped.length, sender.length], [0, 0]);
});

test("B319 length drops at once when the items of a dead sender go", LIMIT, async (t) => {
  const [recv, send] = createChannel({ unboundItems: "remove" });
  const lost = await scoped(t);
  await lost.run("send.sendNowait(1); send.sendNowait(2)", { channels: { send } });
  send.sendNowait("mine");
  assert.equal(recv.length, 3);
  await lost.close();
  assert.equal(recv.length, 1);
});

test("length throws for an unknown channel, and associates nobody", LIMIT, async () => {
  assert.throws(() => new RecvChannel(2 ** 40).length, ChannelNotFoundError);
  assert.throws(() => new SendChannel(2 ** 40).length, ChannelNotFoundError);
  const [recv, send] = createChannel();
  const other = await shared();
  await other.run("inlet.length", { channels: { inlet: recv } });
  send.sendNowait("a");
  assert.equal(recv.length, 1);
  send.release();
  // Only this interpreter has used the channel, so that its last release closes it.
  assert.equal(recv.release(), false);
  assert.equal(recv.isClosed, true);
});

test("inspect() shows the id of an end, its state, and how many items wait", LIMIT, async () => {
  const [recv, send] = createChannel();
  const { id } = recv;
  const show = () => [inspect(recv), inspect(send)];
  assert.deepEqual(show(), [
    `RecvChannel(id=${id}, open, 0 items)`,
    `SendChannel(id=${id}, open, 0 items)`,
  ]);
  send.sendNowait("a");
  recv.recvNowait();
  send.sendNowait("b");
  send.release();
  assert.deepEqual(show(), [
    `RecvChannel(id=${id}, open, 1 item)`,
    `SendChannel(id=${id}, released, 1 item)`,
  ]);
  recv.close({ force: true });
  assert.deepEqual(show(), [
    `RecvChannel(id=${id}, closed, 0 items)`,
    `SendChannel(id=${id}, closed, 0 items)`,
  ]);
  assert.equal(inspect(new RecvChannel(2 ** 40)), `RecvChannel(id=${2 ** 40})`);
});

test("console.log() inside shows an end as outside", LIMIT, async (t) => {
  const [recv, send] = createChannel();
  send.sendNowait("a");
  const printed: string[] = [];
  const other = await scoped(t, { stdout: (text) => void printed.push(text) });
  await other.run("console.log(inlet)", { channels: { inlet: recv } });
  assert.equal(printed.join(""), `RecvChannel(id=${recv.id}, open, 1 item)\n`);
});
