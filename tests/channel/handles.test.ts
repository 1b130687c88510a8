// The ends of a channel as objects: ids, equality, what they are on the other side.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ChannelClosedError,
  ChannelNotFoundError,
  createChannel,
  getMain,
  listAllChannels,
  RecvChannel,
  SendChannel,
  UNBOUND,
} from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";

test("B227 listAllChannels() is in the order of ids", () => {
  for (let n = 0; n < 3; n++) createChannel();
  const ids = listAllChannels().map(([recv]) => recv.id);
  assert.ok(ids.length >= 3);
  assert.deepEqual(ids, ids.toSorted((a, b) => a - b));
});

test("B235 equals() of ends compares ids", () => {
  const [[recv, send], [otherRecv, otherSend]] = [createChannel(), createChannel()];
  assert.equal(recv.equals(new RecvChannel(recv.id)), true);
  assert.equal(send.equals(new SendChannel(send.id)), true);
  assert.equal(recv.equals(otherRecv), false);
  assert.equal(send.equals(otherSend), false);
  assert.equal(recv.equals(recv.id), false);
});

test("B237 new RecvChannel() of one id gives two objects that use one channel", () => {
  const [recv, send] = createChannel();
  const again = new RecvChannel(recv.id);
  assert.notEqual(again, recv);
  send.sendNowait(1);
  assert.equal(again.recvNowait(), 1);
  assert.equal(recv.recvNowait("nothing"), "nothing");
});

test("B239 an end that crosses a channel comes out equal and usable", () => {
  const [recv, send] = createChannel();
  send.sendNowait([recv, send]);
  const [gotRecv, gotSend] = recv.recvNowait() as [RecvChannel, SendChannel];
  assert.ok(gotRecv instanceof RecvChannel && gotSend instanceof SendChannel);
  assert.equal(gotRecv.equals(recv) && gotSend.equals(send), true);
  gotSend.sendNowait("again");
  assert.equal(gotRecv.recvNowait(), "again");
});

test("B042 an interpreter's handle arrives in source that imports nothing, and comes back", async (t) => {
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  send.sendNowait([getMain(), interpreter]);
  const seen = await interpreter.evaluate(
    `const got = recv.recvNowait(); send.sendNowait(got); got.map((one) => [one.id, one.isRunning()])`,
    { channels: { recv, send } },
  );
  assert.deepEqual(seen, [[0, true], [interpreter.id, true]]);
  const [main, self] = recv.recvNowait() as unknown[];
  assert.equal(main, getMain());
  assert.equal(self, interpreter);
});

test("B245 an end that run() binds is of its own side alone", async (t) => {
  const interpreter = await scoped(t);
  const [r, s] = createChannel();
  const seen = await interpreter.evaluate(
    `["send" in r, "recv" in s, "recvNowait" in s, r.equals(s)]`,
    { channels: { r, s } },
  );
  assert.deepEqual(seen, [false, false, false, false]);
});

for (const end of ["RecvChannel", "SendChannel"] as const) {
  for (const force of [false, true]) {
    test(`B291 B292 ${end}.close() with force ${force} closes both ends of an unused channel`, () => {
      const [recv, send] = createChannel();
      (end === "RecvChannel" ? recv : send).close({ force });
      assert.deepEqual([recv.isClosed, send.isClosed], [true, true]);
    });
  }

  test(`B299 ${end}.close() with force drops the items that are left`, () => {
    const [recv, send] = createChannel();
    for (const item of [1, 2]) send.sendNowait(item);
    (end === "RecvChannel" ? recv : send).close({ force: true });
    assert.throws(() => recv.recvNowait("nothing"), ChannelClosedError);
  });
}

test("B296 SendChannel.close() leaves the items to receivers, then is closed for them", () => {
  const [recv, send] = createChannel();
  for (const item of [1, 2]) send.sendNowait(item);
  send.close();
  assert.throws(() => send.sendNowait(3), ChannelClosedError);
  assert.deepEqual([recv.recvNowait(), recv.recvNowait()], [1, 2]);
  assert.throws(() => recv.recvNowait("nothing"), ChannelClosedError);
});

test("B326 createChannel() refuses unknown unboundItems with a TypeError", () => {
  for (const unboundItems of ["maybe", 3, null, UNBOUND]) {
    assert.throws(() => createChannel({ unboundItems: unboundItems as never }), TypeError);
  }
});

test("B327 UNBOUND is one frozen object that prints its name", async (t) => {
  const [interpreter, sender] = [await scoped(t), await scoped(t)];
  assert.equal(Object.isFrozen(UNBOUND), true);
  assert.equal(String(UNBOUND), "UNBOUND");
  const [recv, send] = createChannel({ unboundItems: "replace" });
  await sender.run("for (const item of [1, 2]) end.sendNowait(item)", { channels: { end: send } });
  await sender.close();
  assert.equal(recv.recvNowait(), UNBOUND);
  const isInside = await interpreter.evaluate(
    `import { UNBOUND } from "subinterpreters"; end.recvNowait() === UNBOUND`,
    { channels: { end: recv } },
  );
  assert.equal(isInside, true);
});

for (const End of [RecvChannel, SendChannel]) {
  test(`B449 new ${End.name}() of an unknown id throws on first use only`, () => {
    const end = new End(800_000);
    assert.equal(end.id, 800_000);
    assert.throws(() => end.isClosed, ChannelNotFoundError);
    assert.throws(() => end.close(), ChannelNotFoundError);
  });
}
