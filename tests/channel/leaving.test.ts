// Who leaves an iterator or a stream while it waits for an item: the item stays for others,
// and nothing keeps the program.

import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Stream from "effect/Stream";
import { createChannel, type RecvChannel } from "subinterpreters";
import * as effects from "subinterpreters/effect";
import { sharing } from "../helpers/interpreter.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const LIMIT = { timeout: 20_000 };
const shared = sharing();

/** Begins to wait for an item, and gives the way to leave. */
type Begin = (recv: RecvChannel) => () => unknown;

const WAYS: Readonly<Record<string, Begin>> = {
  "return() of an iterator": (recv) => {
    const iterator = recv[Symbol.asyncIterator]();
    void iterator.next();
    return () => iterator.return?.();
  },
  "throw() of an iterator": (recv) => {
    const iterator = recv[Symbol.asyncIterator]();
    void iterator.next();
    return () => iterator.throw?.(new Error("enough")).catch(() => {});
  },
  "destroy() of a Readable": (recv) => {
    const stream = Readable.from(recv);
    stream.on("data", () => {});
    return () => stream.destroy();
  },
  "destroy() of a Readable with an error": (recv) => {
    const stream = Readable.from(recv);
    stream.on("data", () => {}).on("error", () => {});
    return () => stream.destroy(new Error("enough"));
  },
  "interrupt() of a Stream": (recv) => {
    const fiber = Effect.runFork(Stream.runDrain(effects.stream(recv)));
    return () => Effect.runPromise(Fiber.interrupt(fiber));
  },
  "interrupt() of a dequeue()": (recv) => {
    const fiber = Effect.runFork(
      Effect.scoped(Effect.andThen(effects.dequeue(recv), Effect.never)),
    );
    return () => Effect.runPromise(Fiber.interrupt(fiber));
  },
};

/** Lets what has begun come to its wait, and what is left come to its end. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 10));

for (const [what, begin] of Object.entries(WAYS)) {
  test(`${what} that waits leaves the next item to others`, LIMIT, async () => {
    const [recv, send] = createChannel();
    const leave = begin(recv);
    await turn();
    await leave();
    await turn();
    assert.equal(send.sendNowait("job 1"), false);
    assert.equal(recv.recvNowait(), "job 1");
  });
}

test("return() gives back an item that came and that nobody has seen", LIMIT, async () => {
  const [recv, send] = createChannel();
  for (const isThere of [true, false]) {
    const iterator = recv[Symbol.asyncIterator]();
    if (isThere) send.sendNowait("job 1");
    const next = iterator.next();
    if (!isThere) send.sendNowait("job 1");
    await iterator.return?.();
    assert.deepEqual(await next, { done: true, value: undefined });
    assert.equal(recv.recvNowait(), "job 1");
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  }
});

test("return() leaves alone what was seen", LIMIT, async () => {
  const [recv, send] = createChannel();
  send.sendNowait("job 1");
  send.sendNowait("job 2");
  for await (const item of recv) {
    assert.equal(item, "job 1");
    break;
  }
  assert.deepEqual(await recv.recvMany(), ["job 2"]);
});

test("a reader that is released while it waits leaves the next item to others", LIMIT, async () => {
  const [recv, send] = createChannel();
  const { readable } = recv;
  const reader = readable.getReader();
  reader.read().catch(() => {});
  await turn();
  reader.releaseLock();
  // Late, or there before it was noticed: it is the next that anybody receives.
  send.sendNowait("job 1");
  assert.equal(await recv.recv(), "job 1");
  const again = readable.getReader();
  const read = again.read();
  send.sendNowait("job 2");
  assert.deepEqual(await read, { done: false, value: "job 2" });
});

test(
  "pipeTo() that is aborted and may not cancel leaves the next item to others",
  LIMIT,
  async () => {
    const [recv, send] = createChannel();
    const { readable } = recv;
    const controller = new AbortController();
    const { signal } = controller;
    const piping = readable.pipeTo(new WritableStream(), { signal, preventCancel: true });
    await turn();
    controller.abort();
    await assert.rejects(piping);
    send.sendNowait("job 1");
    assert.equal(await recv.recv(), "job 1");
  },
);

test("cancel() of a stream that waits gives this interpreter's end up", LIMIT, async () => {
  const [recv, send] = createChannel();
  const other = await shared();
  await other.run("", { channels: { inlet: recv } });
  await other.run("inlet.recvNowait()");
  const reader = recv.readable.getReader();
  const read = reader.read();
  await turn();
  await reader.cancel();
  assert.deepEqual(await read, { done: true, value: undefined });
  assert.equal(send.sendNowait("job 1"), false);
  assert.equal(await other.evaluate("inlet.recvNowait()"), "job 1");
});

test("abort() of a writable that waits withdraws the item", LIMIT, async () => {
  const [recv, send] = createChannel();
  const other = await shared();
  await other.run("", { channels: { outlet: send } });
  await other.run("outlet.sendNowait('before')");
  const writer = send.writable.getWriter();
  writer.write("job 1").catch(() => {});
  await turn();
  await writer.abort();
  assert.deepEqual(await recv.recvMany(), ["before"]);
});

test(
  "iterators and streams that are left inside an interpreter leave the next item to others",
  LIMIT,
  async () => {
    const [recv, send] = createChannel();
    const other = await shared();
    const left = await other.evaluate(
      `
    import { Readable } from "node:stream";
    const turn = () => new Promise((resolve) => setTimeout(resolve, 10));
    const iterator = recv[Symbol.asyncIterator]();
    iterator.next();
    await iterator.return();
    const stream = Readable.from(recv);
    stream.on("data", () => {});
    await turn();
    stream.destroy();
    const reader = recv.readable.getReader();
    reader.read().catch(() => {});
    await turn();
    reader.releaseLock();
    await turn();
    send.sendNowait("job 1");
    await recv.recv();`,
      { channels: { recv, send } },
    );
    assert.equal(left, "job 1");
  },
);

test("a program that has left what waited exits by itself", LIMIT, async () => {
  const { code, stdout, timedOut } = await spawnScript(`
    import { Readable } from "node:stream";
    import { createChannel } from "subinterpreters";
    const turn = () => new Promise((resolve) => setTimeout(resolve, 20));
    const [recv] = createChannel();
    const iterator = recv[Symbol.asyncIterator]();
    iterator.next();
    const stream = Readable.from(createChannel()[0]);
    stream.on("data", () => {});
    const reader = createChannel()[0].readable.getReader();
    reader.read().catch(() => {});
    const other = createChannel()[0].readable.getReader();
    other.read();
    await turn();
    await iterator.return();
    stream.destroy();
    reader.releaseLock();
    await other.cancel();
    console.log("left");
  `);
  assert.deepEqual({ code, stdout: stdout.trim(), timedOut }, {
    code: 0,
    stdout: "left",
    timedOut: false,
  });
});

test(
  "waits that are left while Effect still loads leave their items to others at once",
  LIMIT,
  async () => {
    const { code, stdout, stderr } = await spawnScript(`
    import assert from "node:assert/strict";
    import { createChannel } from "subinterpreters";
    const [recv, send] = createChannel();
    const controller = new AbortController();
    const aborted = recv.recv({ signal: controller.signal });
    controller.abort(new Error("enough"));
    const iterator = recv[Symbol.asyncIterator]();
    const left = [iterator.next(), iterator.next()];
    assert.equal(send.sendNowait("a"), true);
    void iterator.return();
    assert.equal(recv.length, 1);
    assert.equal(recv.recvNowait(), "a");
    const timed = recv.recv({ timeout: 1 });
    const kept = recv[Symbol.asyncIterator]();
    const [first, second] = [recv.recv(), kept.next()];
    send.sendNowait("b");
    send.sendNowait("c");
    send.sendNowait("d");
    await assert.rejects(aborted, { message: "enough" });
    for (const next of left) assert.deepEqual(await next, { done: true, value: undefined });
    assert.equal(await timed, "b");
    assert.equal(await first, "c");
    assert.deepEqual(await second, { done: false, value: "d" });
    await assert.rejects(recv.recv({ timeout: 1 }), { name: "ChannelEmptyError" });
    console.log("done");
  `);
    assert.deepEqual([code, stdout.trim()], [0, "done"], stderr);
  },
);
