// The functions of `Channel`: channels that close with a scope, what does not wait, and sinks.

import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Option from "effect/Option";
import * as Stream from "effect/Stream";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, listAllChannels } from "subinterpreters";
import { Channel, recv, send, stream } from "subinterpreters/effect";
import * as z from "zod";

test("Channel has the functions that stand beside it", () => {
  assert.equal(Channel.recv, recv);
  assert.equal(Channel.send, send);
  assert.equal(Channel.stream, stream);
});

test("Channel.make() gives a channel that closes with its scope, whatever is in it", async () => {
  const program = Effect.gen(function* () {
    const [recvEnd, sendEnd] = yield* Channel.make<number>();
    yield* Channel.sendNowait(sendEnd, 1);
    return recvEnd;
  });
  const end = await Effect.runPromise(Effect.scoped(program));
  assert.equal(end.isClosed, true);
  assert.equal(listAllChannels().some(([{ id }]) => id === end.id), false);
});

test("Channel.make() that is closed already is no error at the end of its scope", async () => {
  const program = Effect.gen(function* () {
    const [, sendEnd] = yield* Channel.make<number>();
    yield* Channel.close(sendEnd);
    return (yield* Effect.flip(Channel.send(sendEnd, 1)))._tag;
  });
  assert.equal(await Effect.runPromise(Effect.scoped(program)), "ChannelClosedError");
});

test("Channel.make({ schema }) receives what fits, and fails by tag for the rest", async () => {
  const program = Effect.gen(function* () {
    const [recvEnd, sendEnd] = yield* Channel.make({ schema: z.number().max(10) });
    yield* Channel.sendNowait(sendEnd, 7);
    yield* Channel.sendNowait(sendEnd, 70);
    const seven: number = yield* Channel.recv(recvEnd);
    return [seven, (yield* Effect.flip(Channel.recvNowait(recvEnd)))._tag];
  });
  assert.deepEqual(await Effect.runPromise(Effect.scoped(program)), [7, "ValidationError"]);
});

test("Channel.recvNowait() gives an item or none, and null is an item", async () => {
  const [recvEnd, sendEnd] = createChannel<string | null>();
  const receive = () => Effect.runSync(Channel.recvNowait(recvEnd));
  assert.ok(Option.isNone(receive()));
  sendEnd.sendNowait(null);
  assert.deepEqual(receive(), Option.some(null));
  recvEnd.close();
  assert.equal(Effect.runSync(Effect.flip(Channel.recvNowait(recvEnd)))._tag, "ChannelClosedError");
});

test("Channel.sendNowait() tells whether somebody waited, and fails by tag", async () => {
  const [recvEnd, sendEnd] = createChannel();
  assert.equal(Effect.runSync(Channel.sendNowait(sendEnd, 1)), false);
  assert.equal(await Effect.runPromise(Channel.recv(recvEnd)), 1);
  const waiting = Effect.runFork(Channel.recv(recvEnd));
  assert.equal(Effect.runSync(Channel.sendNowait(sendEnd, 2)), true);
  assert.equal(await Effect.runPromise(Fiber.join(waiting)), 2);
  const refused = Effect.runSync(Effect.flip(Channel.sendNowait(sendEnd, () => {})));
  assert.equal(refused._tag, "NotShareableError");
});

test("Channel.close() of a receiving end with items fails by tag, and with force does not", () => {
  const [recvEnd, sendEnd] = createChannel();
  sendEnd.sendNowait(1);
  const closed = Effect.runSync(Effect.flip(Channel.close(recvEnd)));
  assert.equal(closed._tag, "ChannelNotEmptyError");
  Effect.runSync(Channel.close(recvEnd, { force: true }));
  assert.equal(Effect.runSync(Effect.flip(Channel.close(sendEnd)))._tag, "ChannelClosedError");
});

test("Channel.sink() sends each item when the one before was received", async () => {
  const [recvEnd, sendEnd] = createChannel<number>();
  const fiber = Effect.runFork(Stream.run(Stream.make(1, 2, 3), Channel.sink(sendEnd)));
  for (const n of [1, 2, 3]) {
    assert.equal(await recvEnd.recv(), n);
    assert.ok(recvEnd.length <= 1);
  }
  await Effect.runPromise(Fiber.join(fiber));
  assert.equal(sendEnd.isClosed, false);
});

test("Channel.sink() that is interrupted withdraws the item that waits", async () => {
  const [recvEnd, sendEnd] = createChannel<number>();
  const fiber = Effect.runFork(Stream.run(Stream.make(1, 2, 3), Channel.sink(sendEnd)));
  assert.equal(await recvEnd.recv(), 1);
  await Effect.runPromise(Fiber.interrupt(fiber));
  assert.equal(recvEnd.recvNowait("nothing"), "nothing");
});

test("Channel.sink() fails with what send() fails with", async () => {
  const [recvEnd, sendEnd] = createChannel<number>();
  recvEnd.close();
  const error = await Effect.runPromise(
    Effect.flip(Stream.run(Stream.make(1), Channel.sink(sendEnd))),
  );
  assert.equal(error._tag, "ChannelClosedError");
});

test("functions of Channel refuse what is no end at once", () => {
  for (const use of [Channel.recvNowait, Channel.sendNowait, Channel.sink, Channel.stream]) {
    assert.throws(() => (use as (end: unknown) => unknown)({ id: 1 }), TypeError);
  }
});
