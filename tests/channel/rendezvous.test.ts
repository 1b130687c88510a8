import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ChannelClosedError,
  ChannelEmptyError,
  ChannelNotFoundError,
  createChannel,
  listAllChannels,
  NotReceivedError,
  NotShareableError,
  RecvChannel,
  SendChannel,
} from "subinterpreters";
import { sharing } from "../helpers/interpreter.ts";

const shared = sharing();

/** Whether the promise has settled by the time that everything already queued has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  const settle = () => {
    pending = false;
  };
  promise.then(settle, settle);
  // A full exchange through another channel comes after whatever was ready before.
  const [recv, send] = createChannel();
  const exchanged = recv.recv();
  send.sendNowait(1);
  await exchanged;
  return pending;
}

test("B225 B229 B230 createChannel() gives a pair of ends", () => {
  const [recv, send] = createChannel();
  assert.ok(recv instanceof RecvChannel && send instanceof SendChannel);
  assert.equal(recv.id, send.id);
});

test("B226 listAllChannels() has the open channels as pairs", () => {
  const [recv, send] = createChannel();
  const found = listAllChannels().find(([r]) => r.equals(recv));
  assert.ok(found?.[1].equals(send));
});

test("B228 B445 listAllChannels() leaves closed channels out", () => {
  const [recv] = createChannel();
  recv.close();
  assert.equal(listAllChannels().some(([r]) => r.equals(recv)), false);
});

test("B232 ids of channels grow by one, wherever they are made", async () => {
  const interpreter = await shared();
  const [first] = createChannel();
  const inner = await interpreter.evaluate(
    `import { createChannel } from "subinterpreters"; createChannel()[0].id`,
  );
  const [third] = createChannel();
  assert.deepEqual([inner, third.id], [first.id + 1, first.id + 2]);
});

test("B234 new RecvChannel() refuses a negative id with a RangeError", () => {
  assert.throws(() => new RecvChannel(-1), RangeError);
  assert.throws(() => new SendChannel(2 ** 60), RangeError);
});

test("B236 equals() tells the two ends apart", () => {
  const [recv, send] = createChannel();
  assert.equal(recv.equals(send), false);
  assert.equal(recv.equals(new RecvChannel(recv.id)), true);
  assert.equal(send.equals(new SendChannel(send.id)), true);
});

test("B238 toString() names the end and the id", () => {
  const [recv, send] = createChannel();
  assert.equal(String(recv), `RecvChannel(id=${recv.id})`);
  assert.equal(String(send), `SendChannel(id=${send.id})`);
});

test("B231 id of an end is read-only", () => {
  const [recv] = createChannel();
  assert.throws(() => Object.assign(recv, { id: 1 }), TypeError);
});

test("B249 B257 recv() gives items in the order of sending", async () => {
  const [recv, send] = createChannel();
  for (let i = 0; i < 10_000; i++) send.sendNowait(i);
  for (let i = 0; i < 10_000; i++) assert.equal(await recv.recv(), i);
});

test("B251 recv() waits while nothing was sent", async () => {
  const [recv, send] = createChannel();
  const waiting = recv.recv();
  assert.equal(await isPending(waiting), true);
  send.sendNowait("now");
  assert.equal(await waiting, "now");
});

test("B254 send() resolves only when the item is received", async () => {
  const [recv, send] = createChannel();
  const sending = send.send("item");
  assert.equal(await isPending(sending), true);
  assert.equal(recv.recvNowait(), "item");
  await sending;
});

test("B254 send() to another interpreter resolves when it received", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const sending = send.send("item");
  assert.equal(await interpreter.evaluate("await end.recv()", { channels: { end: recv } }), "item");
  await sending;
});

test("B256 send() resolves to undefined", async () => {
  const [recv, send] = createChannel();
  const sending = send.send(1);
  recv.recvNowait();
  assert.equal(await sending, undefined);
});

test("B258 sendNowait() is false when nobody waits, and queues", () => {
  const [recv, send] = createChannel();
  assert.equal(send.sendNowait("queued"), false);
  assert.equal(recv.recvNowait(), "queued");
});

test("B259 sendNowait() is true once for one waiting receiver", async () => {
  const [recv, send] = createChannel();
  const waiting = recv.recv();
  assert.equal(send.sendNowait(1), true);
  assert.equal(send.sendNowait(2), false);
  assert.equal(await waiting, 1);
  assert.equal(recv.recvNowait(), 2);
});

test("B258 sendNowait() is true when another interpreter waits", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const [ready, tell] = createChannel();
  const running = interpreter.evaluate(
    "const item = end.recv(); tell.sendNowait('waiting'); await item",
    { channels: { end: recv, tell } },
  );
  await ready.recv();
  assert.equal(send.sendNowait("direct"), true);
  assert.equal(await running, "direct");
});

test("B260 sendNowait() is false when items are queued already", () => {
  const [recv, send] = createChannel();
  send.sendNowait(1);
  assert.equal(send.sendNowait(2), false);
  assert.deepEqual([recv.recvNowait(), recv.recvNowait()], [1, 2]);
});

test("B263 recvNowait() gives null when nothing is there", () => {
  assert.equal(createChannel()[0].recvNowait(), null);
});

test("B262 B264 recvNowait() gives the default itself when nothing is there", () => {
  const [recv] = createChannel();
  const fallback = {};
  assert.equal(recv.recvNowait(fallback), fallback);
  assert.equal(recv.recvNowait(undefined), undefined);
  assert.equal(recv.recvNowait(null), null);
});

test("B265 recvNowait() tells a queued null from nothing", () => {
  const [recv, send] = createChannel();
  send.sendNowait(null);
  assert.equal(recv.recvNowait("nothing"), null);
  assert.equal(recv.recvNowait("nothing"), "nothing");
});

test("B248 B266 every operation on an unknown channel throws a ChannelNotFoundError", async () => {
  const [recv, send] = [new RecvChannel(900_000), new SendChannel(900_000)];
  await assert.rejects(recv.recv(), ChannelNotFoundError);
  await assert.rejects(send.send(1), ChannelNotFoundError);
  for (
    const operation of [
      () => recv.recvSync(),
      () => recv.recvNowait(1),
      () => recv.close(),
      () => recv.release(),
      () => recv.isClosed,
      () => send.sendSync(1),
      () => send.sendNowait(1),
      () => send.close(),
      () => send.release(),
      () => send.isClosed,
    ]
  ) assert.throws(operation, ChannelNotFoundError);
});

test("B267 recv() gives up after its timeout with a ChannelEmptyError", async () => {
  const [recv, send] = createChannel();
  await assert.rejects(recv.recv({ timeout: 1 }), ChannelEmptyError);
  send.sendNowait("later");
  assert.equal(recv.recvNowait(), "later");
});

test("B250 recv() with timeout 0 takes what is there and waits for nothing", async () => {
  const [recv, send] = createChannel();
  await assert.rejects(recv.recv({ timeout: 0 }), ChannelEmptyError);
  assert.throws(() => recv.recvSync({ timeout: 0 }), ChannelEmptyError);
  send.sendNowait(1);
  assert.equal(await recv.recv({ timeout: 0 }), 1);
});

test("B268 recv() honours fractions of a millisecond", async () => {
  await assert.rejects(createChannel()[0].recv({ timeout: 0.5 }), ChannelEmptyError);
});

test("B261 B269 send() gives up after its timeout and withdraws the item", async () => {
  const [recv, send] = createChannel();
  await assert.rejects(send.send("gone", { timeout: 1 }), NotReceivedError);
  assert.equal(recv.recvNowait("nothing"), "nothing");
});

test("send() with timeout 0 reaches a receiver that waits, or nobody", async () => {
  const [recv, send] = createChannel();
  await assert.rejects(send.send(1, { timeout: 0 }), NotReceivedError);
  assert.equal(recv.recvNowait("nothing"), "nothing");
  assert.throws(() => send.sendSync(1, { timeout: 0 }), NotReceivedError);
  const waiting = recv.recv();
  await send.send(2, { timeout: 0 });
  assert.equal(await waiting, 2);
});

test("send() that is withdrawn in the middle of a queue leaves the others", async () => {
  const [recv, send] = createChannel();
  send.sendNowait("a");
  const controller = new AbortController();
  const sending = send.send("b", { signal: controller.signal });
  send.sendNowait("c");
  const reason = new Error("changed my mind");
  controller.abort(reason);
  await assert.rejects(sending, (error) => error === reason);
  assert.deepEqual([recv.recvNowait(), recv.recvNowait(), recv.recvNowait()], ["a", "c", null]);
});

test("B278 recv() that is aborted takes nothing", async () => {
  const [recv, send] = createChannel();
  const controller = new AbortController();
  const waiting = recv.recv({ signal: controller.signal });
  const reason = new Error("no longer");
  controller.abort(reason);
  await assert.rejects(waiting, (error) => error === reason);
  assert.equal(send.sendNowait("kept"), false);
  assert.equal(recv.recvNowait(), "kept");
});

test("recv() and send() with an aborted signal do nothing", async () => {
  const [recv, send] = createChannel();
  const reason = new Error("never");
  const signal = AbortSignal.abort(reason);
  send.sendNowait("kept");
  await assert.rejects(recv.recv({ signal }), (error) => error === reason);
  await assert.rejects(send.send("not sent", { signal }), (error) => error === reason);
  assert.deepEqual([recv.recvNowait(), recv.recvNowait()], ["kept", null]);
});

test("sendNowait() that was true means received, even if the receiver then aborts", async () => {
  const [recv, send] = createChannel();
  const controller = new AbortController();
  const waiting = recv.recv({ signal: controller.signal });
  assert.equal(send.sendNowait("handed over"), true);
  controller.abort();
  assert.equal(await waiting, "handed over");
});

test("B271 send() wakes for a receiver that waits already", async () => {
  const [recv, send] = createChannel();
  const waiting = recv.recv();
  await send.send("x");
  assert.equal(await waiting, "x");
});

test("B272 send() rejects with a ChannelClosedError when the channel is closed by force", async () => {
  const [recv, send] = createChannel();
  const sending = assert.rejects(send.send("lost"), ChannelClosedError);
  recv.close({ force: true });
  await sending;
});

test("B273 recv() rejects with a ChannelClosedError when the channel is closed", async () => {
  const [recv, send] = createChannel();
  const waiting = [recv.recv(), recv.recv()].map((promise) =>
    assert.rejects(promise, ChannelClosedError)
  );
  send.close();
  await Promise.all(waiting);
});

test("B274 send() survives the close of the sending end and resolves when drained", async () => {
  const [recv, send] = createChannel();
  const sending = send.send("last");
  send.close();
  assert.equal(await recv.recv(), "last");
  await sending;
  await assert.rejects(recv.recv(), ChannelClosedError);
});

test("B275 several waiting receivers get one item each", async () => {
  const [recv, send] = createChannel();
  const waiting = [recv.recv(), recv.recv(), recv.recv()];
  for (const item of [1, 2, 3]) assert.equal(send.sendNowait(item), true);
  assert.deepEqual(await Promise.all(waiting), [1, 2, 3]);
});

test("B216 B218 items are copies inside one realm too", async () => {
  const [recv, send] = createChannel();
  const bytes = new Uint8Array([1]);
  send.sendNowait(bytes);
  bytes[0] = 2;
  const received = await recv.recv() as Uint8Array;
  assert.notEqual(received, bytes);
  assert.deepEqual([...received], [1]);
});

test("B219 send() of what cannot cross names the path and queues nothing", async () => {
  const [recv, send] = createChannel();
  const bad = { a: [0, { f() {} }] };
  await assert.rejects(
    send.send(bad),
    (error) => error instanceof NotShareableError && error.message.includes("$.a[1].f"),
  );
  assert.throws(() => send.sendNowait(bad), NotShareableError);
  assert.throws(() => send.sendSync(bad), NotShareableError);
  assert.equal(recv.recvNowait("nothing"), "nothing");
});

test("recvSync() and sendSync() block against another interpreter", async () => {
  const interpreter = await shared();
  const [requests, request] = createChannel();
  const [answers, answer] = createChannel();
  const running = interpreter.run(
    "for (let n; (n = requests.recvSync()) !== null;) answer.sendSync(n * 2)",
    { channels: { requests, answer } },
  );
  for (let n = 1; n <= 10; n++) {
    request.sendSync(n);
    assert.equal(answers.recvSync(), n * 2);
  }
  request.sendSync(null);
  await running;
});

test("recvSync() in the host serves requests of interpreters meanwhile", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const running = interpreter.run(
    `
    import { create, listAll } from "subinterpreters";
    const inner = await create();
    out.sendNowait(await inner.evaluate("2 + 3"));
    await inner.terminate();
    `,
    { channels: { out: send } },
  );
  assert.equal(recv.recvSync(), 5);
  await running;
});

test("B428 recv() in the host meets send() inside while the run waits", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const running = interpreter.run("await out.send('x')", { channels: { out: send } });
  assert.equal(await recv.recv(), "x");
  await running;
});

test("for await of a RecvChannel ends when the channel closes", async () => {
  const [recv, send] = createChannel();
  for (const item of [1, 2, 3]) send.sendNowait(item);
  send.close();
  const items = [];
  for await (const item of recv) items.push(item);
  assert.deepEqual(items, [1, 2, 3]);
});

test("RecvChannel.readable and SendChannel.writable pipe into each other", async () => {
  const [recv, send] = createChannel();
  const source = new ReadableStream({
    start(controller) {
      for (const item of [1, 2, 3]) controller.enqueue(item);
      controller.close();
    },
  });
  const piping = source.pipeTo(send.writable);
  const items = [];
  for await (const item of recv.readable) items.push(item);
  await piping;
  assert.deepEqual(items, [1, 2, 3]);
});
