// Who counts as using a channel. A channel that nobody uses any more is closed by the
// release that left it so: that is how it shows here who is counted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ChannelClosedError, create, createChannel, RecvChannel, UNBOUND } from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";

const shared = sharing();
const another = sharing();

const SEND_AND_RELEASE = "end.sendNowait('item'); end.release()";

test("B280 B310 a handle alone associates nobody: the only user's release closes", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  await interpreter.run(SEND_AND_RELEASE, { channels: { end: send } });
  assert.equal(recv.isClosed, true);
  assert.throws(() => recv.recvNowait(), ChannelClosedError);
});

test("B279 recv() associates: a release by the sender leaves the channel open", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const waiting = recv.recv();
  await interpreter.run("end.sendNowait('first')", { channels: { end: send } });
  assert.equal(await waiting, "first");
  await interpreter.run(SEND_AND_RELEASE);
  assert.equal(recv.recvNowait(), "item");
});

test("B279 send() associates: a release by the receiver leaves the channel open", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const sending = send.send("first");
  await interpreter.run("await end.recv()", { channels: { end: recv } });
  await sending;
  await interpreter.run("end.release()");
  assert.equal(send.sendNowait("item"), false);
  assert.equal(recv.recvNowait(), "item");
});

test("B282 recvNowait() that finds nothing associates", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  recv.recvNowait();
  await interpreter.run(SEND_AND_RELEASE, { channels: { end: send } });
  assert.equal(recv.recvNowait(), "item");
});

test("B281 B305 a channel closes when the last of its users releases", async () => {
  const [a, b] = [await shared(), await another()];
  const [recv, send] = createChannel();
  for (const user of [a, b]) await user.run("end.sendNowait(1)", { channels: { end: send } });
  await a.run("end.release()");
  assert.equal(recv.isClosed, false);
  await b.run("end.release()");
  assert.equal(recv.isClosed, true);
});

test("B283 an interpreter that was closed is no user any more", async () => {
  const interpreter = await create();
  const [recv, send] = createChannel();
  send.sendNowait(1);
  await interpreter.run("end.recvNowait()", { channels: { end: recv } });
  await interpreter.close();
  send.release();
  assert.equal(recv.isClosed, true);
});

test("B284 release() takes the end from its own interpreter alone", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  await interpreter.run("end.recvNowait()", { channels: { end: recv } });
  recv.recvNowait();
  recv.release();
  assert.throws(() => recv.recvNowait(), ChannelClosedError);
  send.sendNowait("for the other");
  assert.equal(await interpreter.evaluate("end.recvNowait()"), "for the other");
});

test("B314 release() twice by one user counts once", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  send.sendNowait(1);
  await interpreter.run("end.sendNowait(2)", { channels: { end: send } });
  assert.deepEqual([send.release(), send.release()], [true, false]);
  await interpreter.run("end.sendNowait(3)");
  assert.equal(recv.isClosed, false);
  await interpreter.run("end.release()");
  assert.equal(recv.isClosed, true);
});

test("B288 a receiver that was closed leaves the channel open for a first send()", async (t) => {
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  await interpreter.run("end.recvNowait()", { channels: { end: recv } });
  await interpreter.close();
  send.sendNowait("later");
  assert.equal(recv.recvNowait(), "later");
});

test("B313 close() of an interpreter gives up its ends", async () => {
  const [a, b] = [await create(), await shared()];
  const [recv, send] = createChannel();
  for (const user of [a, b]) await user.run("end.sendNowait(1)", { channels: { end: send } });
  await a.close();
  await b.run("end.release()");
  assert.equal(recv.isClosed, true);
});

test("B241 a channel whose ends are in an item alone stays, though its maker is closed", async () => {
  const interpreter = await create();
  const [recv, send] = createChannel();
  await interpreter.run(
    `
    import { createChannel } from "subinterpreters";
    const [inner, innerSend] = createChannel();
    innerSend.sendNowait("from the dead");
    out.sendNowait(inner);
    `,
    { channels: { out: send } },
  );
  await interpreter.close();
  const inner = recv.recvNowait();
  assert.ok(inner instanceof RecvChannel);
  assert.equal(inner.recvNowait(), "from the dead");
});

test("B322 B323 items of senders that end one after the other keep their places", async () => {
  const [a, b] = [await create(), await create()];
  const [recv, send] = createChannel({ unboundItems: "replace" });
  const sendA = (item: number) => a.run(`end.sendNowait([${item}])`, { channels: { end: send } });
  const sendB = (item: number) => b.run(`end.sendNowait([${item}])`, { channels: { end: send } });
  send.sendNowait([1]);
  await sendA(2);
  await sendB(3);
  send.sendNowait([4]);
  await sendB(5);
  await sendA(6);
  await sendA(7);
  const received = [recv.recvNowait(), recv.recvNowait()];
  await a.close();
  received.push(recv.recvNowait(), recv.recvNowait());
  await b.close();
  send.sendNowait([8]);
  for (let left = 0; left < 4; left++) received.push(recv.recvNowait());
  assert.deepEqual(received, [[1], [2], [3], [4], UNBOUND, UNBOUND, UNBOUND, [8]]);
  assert.equal(recv.recvNowait("nothing"), "nothing");
});
