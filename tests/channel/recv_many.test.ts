// recvMany and recvManySync: batches of what is there.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ChannelClosedError,
  ChannelEmptyError,
  createChannel,
  ItemInterpreterDestroyed,
  type SendChannel,
} from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";
import { goneAfterwards } from "../helpers/gone.ts";

const LIMIT = { timeout: 20_000 };

function fill(send: SendChannel, count: number): void {
  for (let n = 0; n < count; n++) send.sendNowait(n);
}

test("recvMany() takes what is there, max at most, in the order of sending", LIMIT, async () => {
  const [recv, send] = createChannel();
  fill(send, 5);
  assert.deepEqual(await recv.recvMany(3), [0, 1, 2]);
  assert.deepEqual(await recv.recvMany(3), [3, 4]);
});

test("recvMany() takes 1000 items if max is not given", LIMIT, async () => {
  const [recv, send] = createChannel();
  fill(send, 1001);
  assert.equal((await recv.recvMany()).length, 1000);
  assert.deepEqual(recv.recvManySync(), [1000]);
});

test("recvMany() waits for the first item alone", LIMIT, async () => {
  const [recv, send] = createChannel();
  const waiting = recv.recvMany(10);
  send.sendNowait("a");
  assert.deepEqual(await waiting, ["a"]);
});

test("recvMany() resolves the sends whose items it takes", LIMIT, async () => {
  const [recv, send] = createChannel();
  const sent = [send.send(1), send.send(2)];
  assert.deepEqual(await recv.recvMany(), [1, 2]);
  await Promise.all(sent);
});

test("recvMany() leaves to others what they wait for", LIMIT, async () => {
  const [recv, send] = createChannel();
  const many = recv.recvMany(10);
  const one = recv.recv();
  fill(send, 3);
  assert.equal(await one, 1);
  assert.deepEqual(await many, [0, 2]);
});

test("recvMany() gives up, aborts and ends as recv() does", LIMIT, async () => {
  const [recv, send] = createChannel();
  await assert.rejects(recv.recvMany(2, { timeout: 0 }), ChannelEmptyError);
  assert.throws(() => recv.recvManySync(2, { timeout: 0 }), ChannelEmptyError);
  const reason = new Error("enough");
  await assert.rejects(recv.recvMany(2, { signal: AbortSignal.abort(reason) }), reason);
  fill(send, 2);
  send.close();
  assert.deepEqual(await recv.recvMany(), [0, 1]);
  await assert.rejects(recv.recvMany(), ChannelClosedError);
});

test(
  "recvMany() ends before an item that cannot be received, which the next receive throws",
  LIMIT,
  async (t) => {
    const [recv, send] = createChannel({ unboundItems: "error" });
    const lost = await scoped(t);
    const gone = await goneAfterwards(lost);
    await lost.run("send.sendNowait(1)", { channels: { send } });
    send.sendNowait("before");
    assert.equal(recv.recvNowait(), 1);
    await lost.run("send.sendNowait(2)");
    send.sendNowait("behind");
    await lost.terminate();
    await gone();
    assert.deepEqual(await recv.recvMany(), ["before"]);
    assert.throws(() => recv.recvNowait(), ItemInterpreterDestroyed);
    assert.deepEqual(recv.recvManySync(), ["behind"]);
  },
);

test("recvMany() and recvManySync() take the items of another interpreter", LIMIT, async (t) => {
  const [recv, send] = createChannel();
  const [inner, toInner] = createChannel();
  const other = await scoped(t);
  const echoing = other.run(
    `
    let total = 0;
    while (total < 100) {
      for (const item of total < 50 ? await inner.recvMany(7) : inner.recvManySync(7)) {
        total++;
        send.sendNowait(item);
      }
    }`,
    { channels: { inner, send } },
  );
  fill(toInner, 100);
  const got: unknown[] = [];
  while (got.length < 100) got.push(...await recv.recvMany());
  await echoing;
  assert.deepEqual(got, Array.from({ length: 100 }, (_, n) => n));
});

test("recvMany() checks its max", LIMIT, async () => {
  const [recv] = createChannel();
  await assert.rejects(recv.recvMany("3" as never), TypeError);
  for (const max of [0, -1, 1.5, Infinity, NaN]) {
    await assert.rejects(recv.recvMany(max), RangeError);
    assert.throws(() => recv.recvManySync(max), RangeError);
  }
});
