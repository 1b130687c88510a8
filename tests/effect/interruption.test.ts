// Fibers that are interrupted at the wrong moment: nothing is lost, nothing is left behind.

import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Queue from "effect/Queue";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, listAll } from "subinterpreters";
import type { InterpreterActorRef } from "subinterpreters/actors";
import { enqueue, make, recv, run, type SendError } from "subinterpreters/effect";
import { sharing } from "../helpers/interpreter.ts";

const shared = sharing();

/** Starts the effect, and interrupts it in the same turn. */
function interrupted<A, E>(effect: Effect.Effect<A, E>): Promise<void> {
  return Effect.runPromise(Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true });
    yield* Fiber.interrupt(fiber);
  }));
}

test("recv() that loses a race leaves its item to the next recv()", async () => {
  const [first, toFirst] = createChannel();
  const [second, toSecond] = createChannel();
  toFirst.sendNowait("a");
  toSecond.sendNowait("b");
  assert.equal(await Effect.runPromise(Effect.race(recv(first), recv(second))), "a");
  assert.equal(second.recvNowait(), "b");
  const race = Effect.runPromise(Effect.race(recv(first), recv(second)));
  toFirst.sendNowait("c");
  toSecond.sendNowait("d");
  assert.equal(await race, "c");
  assert.equal(await second.recv(), "d");
});

test("recv() that is interrupted with its item gives it to whoever waits already", async () => {
  const [recvEnd, sendEnd] = createChannel();
  sendEnd.sendNowait("a");
  const leaving = interrupted(recv(recvEnd));
  const waiting = recvEnd.recv();
  await leaving;
  assert.equal(await waiting, "a");
  sendEnd.sendNowait("b");
  assert.equal(recvEnd.recvNowait(), "b");
});

test("an item that recv() gave back counts: close() refuses, a closed channel still has it", async () => {
  const [recvEnd, sendEnd] = createChannel();
  for (const item of ["a", "b"]) {
    sendEnd.sendNowait(item);
    await interrupted(recv(recvEnd));
    assert.throws(() => recvEnd.close(), { name: "ChannelNotEmptyError" });
    assert.equal(recvEnd.recvNowait(), item);
  }
  sendEnd.sendNowait("c");
  sendEnd.close();
  await interrupted(recv(recvEnd));
  assert.equal(recvEnd.isClosed, false);
  assert.equal(await recvEnd.recv(), "c");
  assert.equal(recvEnd.isClosed, true);
});

test("close({ force }) drops what recv() gave back", async () => {
  const [recvEnd, sendEnd] = createChannel();
  sendEnd.sendNowait("a");
  await interrupted(recv(recvEnd));
  recvEnd.close({ force: true });
  assert.throws(() => recvEnd.recvNowait(), { name: "ChannelClosedError" });
});

test("make() that is interrupted when its interpreter is there ends it", async () => {
  const { system } = (await shared()).actor as InterpreterActorRef;
  const before = listAll().length;
  const fiber = Effect.runFork(Effect.scoped(make()));
  let isThere = false;
  const subscription = system.inspect((event) => {
    if (event.type !== "@xstate.event" || event.event.type !== "SPAWN") return;
    // The promise of create() is settled by then, and nobody has been told yet.
    queueMicrotask(() => {
      isThere = listAll().length > before;
      fiber.interruptUnsafe();
    });
  });
  await Effect.runPromise(Fiber.await(fiber));
  subscription.unsubscribe();
  assert.ok(isThere);
  assert.equal(listAll().length, before);
});

test("run() that is interrupted is over when its thread has stopped", async () => {
  const [recvEnd, sendEnd] = createChannel();
  const words = new Int32Array(new SharedArrayBuffer(4));
  const program = Effect.scoped(Effect.gen(function* () {
    const interpreter = yield* make();
    const source = "const words = await start.recv(); for (;;) Atomics.add(words, 0, 1);";
    const fiber = yield* Effect.forkChild(
      run(interpreter, source, { channels: { start: recvEnd } }),
      { startImmediately: true },
    );
    yield* Effect.promise(() => sendEnd.send(words));
    while (Atomics.load(words, 0) === 0) yield* Effect.promise(() => Promise.resolve());
    yield* Fiber.interrupt(fiber);
    return Atomics.load(words, 0);
  }));
  assert.equal(await Effect.runPromise(program), Atomics.load(words, 0));
});

for (
  const [what, value, expected] of [
    ["cannot cross", () => {}, "NotShareableError"],
    [
      "throws when it is read",
      {
        get part() {
          throw new Error("unreadable");
        },
      },
      "unreadable",
    ],
  ] as const
) {
  test(`enqueue() releases whoever waits to offer when a value ${what}`, async () => {
    const [, sendEnd] = createChannel();
    const program = Effect.scoped(Effect.gen(function* () {
      const queue = yield* enqueue(sendEnd, 1);
      yield* Queue.offer(queue, value);
      assert.deepEqual(yield* Queue.offerAll(queue, [1, 2, 3]), [2, 3]);
      return yield* Effect.exit(Queue.await(queue as Queue.Queue<unknown, SendError>));
    }));
    assert.match(String(await Effect.runPromise(program)), new RegExp(expected));
  });
}
