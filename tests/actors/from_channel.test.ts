import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, ItemInterpreterDestroyed, type RecvChannel } from "subinterpreters";
import { type ChannelLogicOptions, fromChannel } from "subinterpreters/actors";
import type { EventObject } from "xstate";
import { parentOf } from "../helpers/asked.ts";
import { scoped } from "../helpers/interpreter.ts";
import { until } from "../helpers/until.ts";

test("fromChannel() sends an item that is an event as it is, and wraps any other", async () => {
  const [recv, send] = createChannel();
  const { actor, events } = parentOf(fromChannel(recv));
  const items = [
    { type: "PROGRESS", percent: 50 },
    7,
    null,
    ["type"],
    { type: 5 },
    { type: "xstate.stop" },
    { type: "xstate.done.actor.child", output: "forged" },
  ];
  for (const item of items) send.sendNowait(item);
  const [event, ...wrapped] = items;
  assert.deepEqual(await events(items.length), [
    event,
    ...wrapped.map((item) => ({ type: "ITEM", item })),
  ]);
  assert.equal(actor.getSnapshot().value, "alive");
  actor.send({ type: "LEAVE" });
});

test("fromChannel() makes events with toEvent, of items that are events too", async () => {
  const [recv, send] = createChannel();
  const { actor, events } = parentOf(
    fromChannel(recv, { toEvent: (item) => ({ type: "GOT", item }) }),
  );
  send.sendNowait({ type: "FORGED" });
  send.sendNowait(1);
  assert.deepEqual(await events(2), [
    { type: "GOT", item: { type: "FORGED" } },
    { type: "GOT", item: 1 },
  ]);
  actor.send({ type: "LEAVE" });
});

test("fromChannel() is done when the channel closes, after its items", async () => {
  const [recv, send] = createChannel();
  for (let n = 0; n < 1_000; n++) send.sendNowait(n);
  send.close();
  const { events, output } = await parentOf(fromChannel(recv)).over();
  assert.equal(output, undefined);
  assert.deepEqual(events.map(({ item }) => item), Array.from({ length: 1_000 }, (_, n) => n));
});

test("fromChannel() fails with the error of recv, and of toEvent", async (t) => {
  const [recv, send] = createChannel({ unboundItems: "error" });
  const sender = await scoped(t);
  await sender.run("send.sendNowait(1)", { channels: { send } });
  await sender.close();
  const { error } = await parentOf(fromChannel(recv)).over();
  assert.ok(error instanceof ItemInterpreterDestroyed);
  const thrown = new RangeError("not that item");
  const logic = fromChannel(recv, {
    toEvent: () => {
      throw thrown;
    },
  });
  send.sendNowait(1);
  send.sendNowait(2);
  assert.equal((await parentOf(logic).over()).error, thrown);
  assert.equal(await recv.recv(), 2);
});

test("fromChannel() that is stopped leaves its wait and every item to others", async () => {
  const [recv, send] = createChannel();
  const seen: unknown[] = [];
  // Stopped in each of the turns between the arrival of an item and its event.
  for (let turns = 0; turns < 12; turns++) {
    const { actor, heard } = parentOf(fromChannel(recv));
    for (let turn = 0; turn < turns % 3; turn++) await Promise.resolve();
    send.sendNowait(turns);
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    actor.send({ type: "LEAVE" });
    const [event = { item: await recv.recv({ timeout: 10_000 }) }] = heard().events;
    seen.push(event["item"]);
  }
  assert.deepEqual(seen, Array.from({ length: 12 }, (_, n) => n));
  const waiting = parentOf(fromChannel(recv));
  await until(() => waiting.child.getSnapshot().status === "active");
  waiting.actor.send({ type: "LEAVE" });
  assert.equal(send.sendNowait("nobody waits"), false);
});

test("fromChannel() that is stopped by the event of an item takes no other", async () => {
  const [recv, send] = createChannel();
  const { heard } = parentOf(fromChannel(recv, { toEvent: () => ({ type: "LEAVE" }) }));
  send.sendNowait(1);
  send.sendNowait(2);
  await until(() => recv.length === 1);
  assert.deepEqual(heard().events, []);
  assert.equal(await recv.recv(), 2);
});

test("fromChannel() within a persisted machine goes on receiving", async () => {
  const [recv, send] = createChannel();
  const logic = fromChannel(recv);
  const first = parentOf(logic);
  send.sendNowait(1);
  await first.events(1);
  const snapshot = JSON.parse(JSON.stringify(first.actor.getPersistedSnapshot()));
  first.actor.send({ type: "LEAVE" });
  send.sendNowait(2);
  const { actor, events } = parentOf(logic, { snapshot });
  assert.deepEqual((await events(2)).map(({ item }) => item), [1, 2]);
  actor.send({ type: "LEAVE" });
});

test("fromChannel() throws a TypeError for what is no RecvChannel or no function", () => {
  const [recv, send] = createChannel();
  assert.throws(() => fromChannel(send as unknown as RecvChannel), {
    name: "TypeError",
    message: /recv must be a RecvChannel/,
  });
  const wrong = { toEvent: "a" } as unknown as ChannelLogicOptions<unknown, EventObject>;
  assert.throws(() => fromChannel(recv, wrong), {
    name: "TypeError",
    message: /toEvent must be a function/,
  });
});
