import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ChannelClosedError,
  ChannelNotEmptyError,
  create,
  createChannel,
  ItemInterpreterDestroyed,
  RunFailedError,
  UNBOUND,
} from "subinterpreters";
import { realm } from "subinterpreters/src/api/realm.ts";
import { RECV_WAITERS } from "subinterpreters/src/channel/memory/layout.ts";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { until } from "../helpers/until.ts";

const shared = sharing();

test("B290 close() of an empty channel closes it for everything", () => {
  const [recv, send] = createChannel();
  send.sendNowait(1);
  recv.recvNowait();
  recv.close();
  for (
    const operation of [
      () => recv.recvNowait(),
      () => send.sendNowait(1),
      () => recv.close(),
      () => send.close(),
    ]
  ) assert.throws(operation, ChannelClosedError);
});

test("B293 close() holds for every interpreter that used the channel", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  await interpreter.run("end.recvNowait()", { channels: { end: recv } });
  send.close();
  await assert.rejects(
    interpreter.run("end.recvNowait()"),
    (error) => error instanceof RunFailedError && error.excinfo.name === "ChannelClosedError",
  );
});

test("B294 close() works from an interpreter that never used the channel", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  await interpreter.run("end.close()", { channels: { end: recv } });
  assert.throws(() => send.sendNowait(1), ChannelClosedError);
});

test("B295 RecvChannel.close() with items left changes nothing", () => {
  const [recv, send] = createChannel();
  send.sendNowait(1);
  assert.throws(() => recv.close(), ChannelNotEmptyError);
  send.sendNowait(2);
  assert.deepEqual([recv.recvNowait(), recv.recvNowait()], [1, 2]);
});

test("B297 a closing channel is closed when its last item is taken", async () => {
  const [recv, send] = createChannel();
  send.sendNowait(1);
  const waiting = send.send(2);
  send.close();
  assert.equal(recv.isClosed, false);
  assert.deepEqual([recv.recvNowait(), recv.recvNowait()], [1, 2]);
  assert.equal(recv.isClosed, true);
  await waiting;
});

test("B301 a closing channel still serves a receiver that is new", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  send.sendNowait("left");
  send.close();
  assert.equal(await interpreter.evaluate("end.recvNowait()", { channels: { end: recv } }), "left");
});

test("close() refuses a force that is no boolean", () => {
  const [recv, send] = createChannel();
  assert.throws(() => recv.close({ force: 1 as never }), TypeError);
  assert.throws(() => send.close({ forced: true } as never), TypeError);
});

test("B304 B307 release() by the only user closes the channel", () => {
  const [recv, send] = createChannel();
  send.sendNowait(1);
  assert.equal(send.release(), true);
  assert.throws(() => send.sendNowait(2), ChannelClosedError);
  assert.equal(recv.isClosed, true);
});

test("B306 release() is true the first time and false after", () => {
  const [recv, send] = createChannel();
  recv.recvNowait();
  send.sendNowait(1);
  assert.deepEqual([recv.release(), recv.release()], [true, false]);
});

test("B308 release() of a channel that nobody used closes it", () => {
  const [recv, send] = createChannel();
  recv.release();
  assert.throws(() => send.sendNowait(1), ChannelClosedError);
});

test("B309 release() by an interpreter that never used it leaves it to the others", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  send.sendNowait("kept");
  await interpreter.run("end.release()", { channels: { end: recv } });
  assert.equal(recv.recvNowait(), "kept");
});

test("B311 release() of the sending end leaves the receiving end what is queued", () => {
  const [recv, send] = createChannel();
  recv.recvNowait();
  send.sendNowait("kept");
  send.release();
  assert.throws(() => send.sendNowait(1), ChannelClosedError);
  assert.equal(recv.recvNowait(), "kept");
});

test("B304 release() of the sending end withdraws what waits in send()", async () => {
  const [recv, send] = createChannel();
  recv.recvNowait();
  send.sendNowait("before");
  const waits = [send.send("first"), send.send("second")];
  send.sendNowait("after");
  send.release();
  for (const wait of waits) await assert.rejects(wait, ChannelClosedError);
  assert.deepEqual([recv.recvNowait(), recv.recvNowait(), recv.recvNowait()], [
    "before",
    "after",
    null,
  ]);
});

test("SendChannel.writable withdraws what it waits to write when it is aborted", async () => {
  const [recv, send] = createChannel();
  const writer = send.writable.getWriter();
  const written = writer.write("received");
  assert.equal(await recv.recv(), "received");
  await written;
  const reason = new Error("no more");
  const isReason = (error: unknown) => error === reason;
  const refused = [
    assert.rejects(writer.closed, isReason),
    assert.rejects(writer.write("in flight"), isReason),
    assert.rejects(writer.write("queued"), isReason),
  ];
  await writer.abort(reason);
  await Promise.all(refused);
  assert.equal(recv.recvNowait("nothing"), "nothing");
  assert.throws(() => send.sendNowait(1), ChannelClosedError);
});

test("B315 a closed channel stays closed when the one who released it ends", async () => {
  const interpreter = await create();
  const [recv, send] = createChannel();
  await interpreter.run("end.sendNowait(1); end.release()", { channels: { end: send } });
  await interpreter.close();
  assert.throws(() => recv.recvNowait(), ChannelClosedError);
});

test("B286 B444 close() of an interpreter keeps what it had queued", async () => {
  const interpreter = await create();
  const [recv, send] = createChannel();
  await interpreter.run("for (let i = 0; i < 3; i++) end.sendNowait(i)", {
    channels: { end: send },
  });
  await interpreter.close();
  assert.deepEqual([recv.recvNowait(), recv.recvNowait(), recv.recvNowait()], [0, 1, 2]);
});

test("B328 terminate() withdraws the sends that the interpreter waits in", async (t) => {
  const interpreter = await create();
  const [recv, send] = createChannel();
  const [ready, tell] = createChannel();
  const running = assert.rejects(interpreter.run(
    "end.sendNowait('queued'); const waiting = end.send('waiting'); tell.sendNowait(1); await waiting",
    { channels: { end: send, tell } },
  ));
  await ready.recv();
  await interpreter.terminate();
  await running;
  // On a busy machine the thread may go on for a moment, and its waits with it.
  await until(() => recv.length === 1, { withinMs: 20_000, what: "the waiting send is withdrawn" });
  assert.deepEqual([recv.recvNowait(), recv.recvNowait("nothing")], ["queued", "nothing"]);
  t.diagnostic("the queued item stayed, the waiting one went");
});

test("B278 terminate() of a waiting receiver leaves the next item to others", async () => {
  const interpreter = await create();
  const [recv, send] = createChannel();
  const [ready, tell] = createChannel();
  const running = assert.rejects(interpreter.run(
    "const waiting = end.recv(); tell.sendNowait(1); await waiting",
    { channels: { end: recv, tell } },
  ));
  await ready.recv();
  await interpreter.terminate();
  await running;
  const words = new Int32Array(realm().openChannel(recv.id)!.buffer!);
  await until(() => words[RECV_WAITERS] === 0, { withinMs: 20_000, what: "nobody waits" });
  assert.equal(send.sendNowait("kept"), false);
  assert.equal(recv.recvNowait(), "kept");
});

const SEND_TWO = "end.sendNowait('a'); end.sendNowait('b')";

for (
  const [rows, unboundItems, expected] of [
    ["B084 B287", "keep", ["main", "a", "b", "after"]],
    ["B316 B319", "remove", ["main", "after"]],
    ["B317 B321", "replace", ["main", UNBOUND, UNBOUND, "after"]],
    ["B318", "error", ["main", "ItemInterpreterDestroyed", "ItemInterpreterDestroyed", "after"]],
  ] as const
) {
  test(`${rows} unboundItems ${unboundItems}: what becomes of a dead sender's items`, async () => {
    const interpreter = await create();
    const [recv, send] = createChannel({ unboundItems });
    send.sendNowait("main");
    await interpreter.run(SEND_TWO, { channels: { end: send } });
    await interpreter.close();
    send.sendNowait("after");
    const received = expected.map(() => {
      try {
        return recv.recvNowait();
      } catch (error) {
        assert.ok(error instanceof ItemInterpreterDestroyed);
        return error.name;
      }
    });
    assert.deepEqual(received, expected);
    assert.equal(recv.recvNowait("nothing"), "nothing");
  });
}

test("B325 removing the last item of a queue loses nothing sent after it", async () => {
  const interpreter = await create();
  const [recv, send] = createChannel({ unboundItems: "remove" });
  send.sendNowait("A");
  await interpreter.run("end.sendNowait('B')", { channels: { end: send } });
  await interpreter.close();
  send.sendNowait("C");
  assert.deepEqual([recv.recvNowait(), recv.recvNowait(), recv.recvNowait()], ["A", "C", null]);
});

test("B324 an item belongs to the interpreter that sent it last", async () => {
  const [first, second] = [await create(), await create()];
  const [recv, send] = createChannel({ unboundItems: "remove" });
  const [relay, toRelay] = createChannel();
  await first.run("end.sendNowait('x')", { channels: { end: toRelay } });
  await second.run("out.sendNowait(await relay.recv())", { channels: { relay, out: send } });
  await first.close();
  assert.equal(recv.recvNowait(), "x");
  await second.close();
});

test("B435 two interpreters at full speed lose nothing", async (t) => {
  const [a, b] = [await scoped(t), await scoped(t)];
  const [aIn, toA] = createChannel();
  const [bIn, toB] = createChannel();
  const source = `
    let sum = 0;
    const sending = (async () => { for (let i = 1; i <= 10000; i++) out.sendNowait(i); })();
    for (let i = 1; i <= 10000; i++) sum += await source.recv();
    await sending;
    sum;`;
  const sums = await Promise.all([
    a.evaluate(source, { channels: { source: aIn, out: toB } }),
    b.evaluate(source, { channels: { source: bIn, out: toA } }),
  ]);
  assert.deepEqual(sums, [50_005_000, 50_005_000]);
});

test("B276 many senders and many receivers share one channel", async (t) => {
  const workers = await Promise.all(Array.from({ length: 4 }, () => scoped(t)));
  const [recv, send] = createChannel();
  const [results, report] = createChannel();
  const runs = workers.map((worker, index) =>
    index < 2
      ? worker.run(
        "for (let i = 0; i < 2000; i++) send.sendNowait([${index}, i])".replace(
          "${index}",
          String(index),
        ),
        { channels: { send } },
      )
      : worker.run(
        "const got = []; for await (const item of recv) got.push(item); report.sendNowait(got)",
        { channels: { recv, report } },
      )
  );
  await Promise.all(runs.slice(0, 2));
  send.close();
  await Promise.all(runs);
  const lists = [results.recvNowait(), results.recvNowait()] as [number, number][][];
  assert.equal(lists.flat().length, 4000);
  assert.equal(new Set(lists.flat().map(String)).size, 4000);
  for (const list of lists) {
    for (const sender of [0, 1]) {
      const own = list.filter(([from]) => from === sender).map(([, i]) => i);
      assert.deepEqual(own, own.toSorted((x, y) => x - y));
    }
  }
});

test("recv() that waits gets the last item of a channel that closed meanwhile", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const received = recv.recv();
  // Blocks, so that the wait of this realm looks only when both have happened.
  interpreter.runSync("send.sendNowait('last'); send.close()", { channels: { send } });
  assert.equal(await received, "last");
  assert.equal(recv.isClosed, true);
});

test("RecvChannel[Symbol.asyncIterator]() throws what an item of a dead sender ends in", async (t) => {
  const [recv, send] = createChannel({ unboundItems: "error" });
  const interpreter = await scoped(t);
  await interpreter.run("send.sendNowait(1)", { channels: { send } });
  await interpreter.close();
  await assert.rejects(recv[Symbol.asyncIterator]().next(), ItemInterpreterDestroyed);
});

test("B315 interpreters that end leave no association behind", async () => {
  const [recv, send] = createChannel();
  for (let i = 0; i < 5; i++) {
    const interpreter = await create();
    await interpreter.run("end.sendNowait(1)", { channels: { end: send } });
    await interpreter.terminate();
  }
  let received = 0;
  await until(() => {
    while (recv.recvNowait() !== null) received++;
    return received === 5;
  });
});
