// Effects and queues that are left at any moment: no item is lost, none comes twice, and the
// order stays.

import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import * as Queue from "effect/Queue";
import * as Scope from "effect/Scope";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, RecvChannel, type SendChannel } from "subinterpreters";
import { dequeue, enqueue, recv, send } from "subinterpreters/effect";
import { randomFrom, seeded } from "../helpers/seed.ts";

/** A queue in a scope that the test closes. */
async function open(end: RecvChannel, capacity?: number) {
  const scope = Effect.runSync(Scope.make());
  const queue = await Effect.runPromise(Scope.provide(dequeue(end, capacity), scope));
  return { queue, close: () => Effect.runPromise(Scope.close(scope, Exit.void)) };
}

/** Lets what has begun go on. */
const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

function sendAll(end: SendChannel, items: readonly unknown[]): void {
  for (const item of items) end.sendNowait(item);
}

test("recv() that is interrupted before it begins takes nothing", async () => {
  const [recvEnd, sendEnd] = createChannel();
  sendEnd.sendNowait("a");
  await Effect.runPromise(Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(recv(recvEnd));
    yield* Fiber.interrupt(fiber);
  }));
  assert.equal(recvEnd.length, 1);
  assert.equal(recvEnd.recvNowait(), "a");
});

test("recv() that is interrupted while it waits is no receiver any more, at once", () => {
  const [recvEnd, sendEnd] = createChannel();
  const fiber = Effect.runFork(recv(recvEnd));
  fiber.interruptUnsafe();
  assert.equal(sendEnd.sendNowait("a"), false);
  assert.equal(recvEnd.recvNowait(), "a");
});

test("recv() that is interrupted in the turn in which its item came leaves it to the next", () => {
  const [recvEnd, sendEnd] = createChannel();
  const fiber = Effect.runFork(recv(recvEnd));
  assert.equal(sendEnd.sendNowait("a"), true);
  sendEnd.sendNowait("b");
  fiber.interruptUnsafe();
  assert.deepEqual([recvEnd.recvNowait(), recvEnd.recvNowait()], ["a", "b"]);
});

test("recv() that is interrupted after it received has its item", async () => {
  const [recvEnd, sendEnd] = createChannel();
  const fiber = Effect.runFork(recv(recvEnd));
  sendEnd.sendNowait("a");
  await turn();
  fiber.interruptUnsafe();
  assert.equal(await Effect.runPromise(Fiber.join(fiber)), "a");
  assert.equal(recvEnd.recvNowait(), null);
});

test("send() that is interrupted when its item was received takes nothing back", async () => {
  const [recvEnd, sendEnd] = createChannel();
  const fiber = Effect.runFork(send(sendEnd, "a"));
  assert.equal(recvEnd.recvNowait(), "a");
  fiber.interruptUnsafe();
  await Effect.runPromise(Fiber.await(fiber));
  assert.equal(recvEnd.recvNowait(), null);
});

test("send() goes on after the receive of its item, not in the middle of it", async () => {
  const [recvEnd, sendEnd] = createChannel();
  let isReceived = false;
  const goesOn = Effect.sync(() => isReceived);
  const fiber = Effect.runFork(Effect.andThen(send(sendEnd, "a"), goesOn));
  assert.equal(recvEnd.recvNowait(), "a");
  isReceived = true;
  assert.equal(await Effect.runPromise(Fiber.join(fiber)), true);
});

test("recv() with signal and timeout ends by what comes first, and once", async () => {
  const [recvEnd, sendEnd] = createChannel();
  const controller = new AbortController();
  const { signal } = controller;
  const late = recvEnd.recv({ signal, timeout: 5 });
  await assert.rejects(late, { name: "ChannelEmptyError" });
  const early = recvEnd.recv({ signal, timeout: 10_000 });
  controller.abort(new Error("enough"));
  assert.equal(sendEnd.sendNowait("a"), false);
  await assert.rejects(early, { message: "enough" });
  const again = new AbortController();
  const received = recvEnd.recv({ signal: again.signal, timeout: 10_000 });
  again.abort();
  assert.equal(await received, "a");
});

test("recv() that is aborted in the turn in which its item came has it", async () => {
  const [recvEnd, sendEnd] = createChannel();
  const controller = new AbortController();
  const received = recvEnd.recv({ signal: controller.signal, timeout: 10_000 });
  assert.equal(sendEnd.sendNowait("a"), true);
  controller.abort();
  assert.equal(await received, "a");
});

test("dequeue() returns what it holds when its scope closes, in order", async () => {
  const [recvEnd, sendEnd] = createChannel();
  sendAll(sendEnd, [1, 2, 3, 4, 5]);
  const { queue, close } = await open(recvEnd, 2);
  assert.equal(await Effect.runPromise(Queue.take(queue)), 1);
  await turn();
  await close();
  assert.equal(recvEnd.length, 4);
  assert.deepEqual(await recvEnd.recvMany(), [2, 3, 4, 5]);
});

test("dequeue() returns what it holds to whoever waits already", async () => {
  const [recvEnd, sendEnd] = createChannel();
  sendAll(sendEnd, [1, 2]);
  const { close } = await open(recvEnd);
  await turn();
  const waiting = [recvEnd.recv(), recvEnd.recv()];
  await close();
  assert.deepEqual(await Promise.all(waiting), [1, 2]);
});

test("two dequeue() of one channel return their items in the order of sending", async () => {
  const [recvEnd, sendEnd] = createChannel();
  const queues = [await open(recvEnd, 3), await open(recvEnd, 3)];
  sendAll(sendEnd, [1, 2, 3, 4, 5, 6]);
  await turn();
  for (const { close } of queues) await close();
  assert.deepEqual(await recvEnd.recvMany(), [1, 2, 3, 4, 5, 6]);
});

test("dequeue() of a channel that closes returns what it holds, which can be received", async () => {
  const [recvEnd, sendEnd] = createChannel();
  sendAll(sendEnd, [1, 2]);
  sendEnd.close();
  const { close } = await open(recvEnd);
  await turn();
  await close();
  const other = new RecvChannel(recvEnd.id);
  assert.equal(other.isClosed, false);
  assert.deepEqual([await other.recv(), await recvEnd.recv()], [1, 2]);
  assert.equal(recvEnd.isClosed, true);
  await assert.rejects(recvEnd.recv(), { name: "ChannelClosedError" });
});

for (
  const [what, leave] of [
    ["release()", (end: RecvChannel) => end.release()],
    ["close({ force })", (end: RecvChannel) => end.close({ force: true })],
  ] as const
) {
  test(`${what} with a dequeue() under way ends it; what it returns is dropped`, async () => {
    const [recvEnd, sendEnd] = createChannel();
    sendAll(sendEnd, [1, 2]);
    const { queue, close } = await open(recvEnd);
    await turn();
    leave(recvEnd);
    assert.equal(await Effect.runPromise(Queue.take(queue)), 1);
    await close();
    assert.throws(() => recvEnd.recvNowait(), { name: "ChannelClosedError" });
  });

  test(`${what} ends iterators and streams that wait`, async () => {
    const [recvEnd] = createChannel();
    const next = recvEnd[Symbol.asyncIterator]().next();
    const read = recvEnd.readable.getReader().read();
    await turn();
    leave(recvEnd);
    const over = { done: true, value: undefined };
    assert.deepEqual([await next, await read], [over, over]);
  });
}

test("enqueue() that is left withdraws what it sends", async () => {
  const [recvEnd, sendEnd] = createChannel();
  await Effect.runPromise(Effect.scoped(Effect.gen(function* () {
    const queue = yield* enqueue(sendEnd);
    yield* Queue.offer(queue, "a");
    while (recvEnd.length === 0) yield* Effect.yieldNow;
  })));
  assert.equal(recvEnd.length, 0);
});

/** Begins to receive, and gives the way to leave, which resolves to what was received. */
type Receiver = (end: RecvChannel) => () => Promise<readonly unknown[]>;

const RECEIVERS: readonly Receiver[] = [
  (end) => {
    const fiber = Effect.runFork(recv(end));
    return async () => {
      fiber.interruptUnsafe();
      const exit = await Effect.runPromise(Fiber.await(fiber));
      return Exit.isSuccess(exit) ? [exit.value] : [];
    };
  },
  (end) => {
    const controller = new AbortController();
    const received = end.recv({ signal: controller.signal, timeout: 60_000 });
    return async () => {
      controller.abort();
      return await received.then((item) => [item], () => []);
    };
  },
  (end) => {
    const iterator = end[Symbol.asyncIterator]();
    const next = iterator.next();
    return async () => {
      await iterator.return?.();
      const { done, value } = await next;
      return done === true ? [] : [value];
    };
  },
  (end) => {
    const scope = Effect.runSync(Scope.make());
    const queue = Effect.runSync(Scope.provide(dequeue(end, 2), scope));
    return async () => {
      const first = Queue.takeUnsafe(queue);
      await Effect.runPromise(Scope.close(scope, Exit.void));
      return first !== undefined && Exit.isSuccess(first) ? [first.value] : [];
    };
  },
];

test("1000 random ways to receive and leave lose no item and double none", async () => {
  const { seed } = seeded();
  const next = randomFrom(seed);
  const [recvEnd, sendEnd] = createChannel();
  const received: unknown[] = [];
  const leaving: (() => Promise<readonly unknown[]>)[] = [];
  let sent = 0;
  for (let step = 0; step < 1000; step++) {
    const dice = next();
    if (dice < 0.35) sendEnd.sendNowait(sent++);
    else if (dice < 0.65) leaving.push(RECEIVERS[Math.floor(next() * RECEIVERS.length)]!(recvEnd));
    else if (dice < 0.9 && leaving.length > 0) {
      const [leave] = leaving.splice(Math.floor(next() * leaving.length), 1);
      received.push(...await leave!());
    } else if (dice < 0.97) await Promise.resolve();
    else await turn();
  }
  for (const leave of leaving) received.push(...await leave());
  for (let item = recvEnd.recvNowait(); item !== null; item = recvEnd.recvNowait()) {
    received.push(item);
  }
  const numbers = received.map(Number).toSorted((a, b) => a - b);
  assert.deepEqual(numbers, Array.from({ length: sent }, (_, n) => n), `SEED=${seed}`);
});
