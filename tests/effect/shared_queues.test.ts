// The functions of `Queue`: queues between interpreters in effects, streams and sinks. However a
// fiber is left, no item is lost and none comes twice.

import * as Effect from "effect/Effect";
import * as EffectQueue from "effect/Queue";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import type * as Scope from "effect/Scope";
import * as Stream from "effect/Stream";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createQueue, listAllQueues } from "subinterpreters";
import { Interpreter, Queue } from "subinterpreters/effect";
import * as z from "zod";
import { randomFrom, seeded } from "../helpers/seed.ts";

const runScoped = <A, E>(program: Effect.Effect<A, E, Scope.Scope>): Promise<A> =>
  Effect.runPromise(Effect.scoped(program));

/** Starts the effect, and interrupts it in the same turn. */
function interrupted<A, E>(effect: Effect.Effect<A, E>): Promise<void> {
  return Effect.runPromise(Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true });
    yield* Fiber.interrupt(fiber);
  }));
}

test("Queue.make() gives a queue that is shut down with its scope", async () => {
  const queue = await runScoped(Effect.gen(function* () {
    const made = yield* Queue.make<number>();
    yield* Queue.put(made, 1);
    return made;
  }));
  assert.equal(listAllQueues().some((one) => one.equals(queue)), false);
  assert.equal((await Effect.runPromise(Effect.flip(Queue.get(queue))))._tag, "QueueShutDownError");
});

test("Queue.put() waits for room, and Queue.get() for an item", async () => {
  const program = Effect.gen(function* () {
    const queue = yield* Queue.make<string>(1);
    const getting = yield* Effect.forkChild(Queue.get(queue), { startImmediately: true });
    yield* Queue.put(queue, "a");
    assert.equal(yield* Fiber.join(getting), "a");
    yield* Queue.put(queue, "b");
    const putting = yield* Effect.forkChild(Queue.put(queue, "c"), { startImmediately: true });
    assert.equal(queue.qsize(), 1);
    const items = [yield* Queue.get(queue), yield* Queue.get(queue)];
    yield* Fiber.join(putting);
    return items;
  });
  assert.deepEqual(await runScoped(program), ["b", "c"]);
});

test("Queue.putNowait() and Queue.getNowait() fail by tag", async () => {
  const program = Effect.gen(function* () {
    const queue = yield* Queue.make({ maxsize: 1 });
    const empty = yield* Effect.flip(Queue.getNowait(queue));
    const unshareable = yield* Effect.flip(Queue.putNowait(queue, () => {}));
    yield* Queue.putNowait(queue, 1);
    const full = yield* Effect.flip(Queue.putNowait(queue, 2));
    assert.equal(yield* Queue.getNowait(queue), 1);
    yield* Queue.shutdown(queue);
    const down = yield* Effect.flip(Queue.put(queue, 3));
    return [empty._tag, unshareable._tag, full._tag, down._tag];
  });
  assert.deepEqual(await runScoped(program), [
    "QueueEmptyError",
    "NotShareableError",
    "QueueFullError",
    "QueueShutDownError",
  ]);
});

test("Queue.get() fails with ItemInterpreterDestroyed and ValidationError by tag", async () => {
  const program = Effect.gen(function* () {
    const queue = yield* Queue.make({ schema: z.number(), unboundItems: "error" });
    yield* Queue.put(queue, 1);
    yield* Queue.putNowait(queue as unknown as Queue.Queue<string>, "text");
    const interpreter = yield* Interpreter.make();
    yield* Interpreter.run(interpreter, "await queue.put(3)", { values: { queue } });
    yield* Interpreter.close(interpreter);
    const one: number = yield* Queue.get(queue);
    const invalid = yield* Effect.flip(Queue.get(queue));
    const orphan = yield* Effect.flip(Queue.get(queue));
    return [one, invalid._tag, orphan._tag];
  });
  assert.deepEqual(await runScoped(program), [1, "ValidationError", "ItemInterpreterDestroyed"]);
});

test("Queue.get() that is interrupted with its item leaves it to the next", async () => {
  const queue = createQueue<string>();
  queue.putNowait("a");
  await interrupted(Queue.get(queue));
  queue.putNowait("b");
  assert.deepEqual([queue.getNowait(), queue.getNowait()], ["a", "b"]);
  queue.shutdown();
});

test("Queue.put() that is interrupted while it waits takes its item back", async () => {
  const queue = createQueue<string>(1);
  queue.putNowait("a");
  await interrupted(Queue.put(queue, "b"));
  assert.equal(queue.getNowait(), "a");
  assert.equal(queue.empty(), true);
  queue.shutdown();
});

test("Queue.get() that loses a race and a timeout loses no item", async () => {
  const first = createQueue<string>();
  const second = createQueue<string>();
  first.putNowait("a");
  second.putNowait("b");
  assert.equal(await Effect.runPromise(Effect.race(Queue.get(first), Queue.get(second))), "a");
  const nothing = await Effect.runPromise(Effect.timeoutOption(Queue.get(first), "1 millis"));
  assert.equal(nothing._tag, "None");
  assert.equal(second.getNowait(), "b");
  for (const queue of [first, second]) queue.shutdown();
});

test("Queue.stream() has the items until the queue is shut down and empty", async () => {
  const queue = createQueue<number>();
  for (const n of [1, 2, 3]) queue.putNowait(n);
  const some = await Effect.runPromise(Stream.runCollect(Stream.take(Queue.stream(queue), 1)));
  assert.deepEqual(some, [1]);
  queue.shutdown();
  assert.deepEqual(await Effect.runPromise(Stream.runCollect(Queue.stream(queue))), [2, 3]);
});

test("Queue.sink() waits while the queue is full", async () => {
  const queue = createQueue<number>(1);
  const fiber = Effect.runFork(Stream.run(Stream.range(1, 4), Queue.sink(queue)));
  for (const n of [1, 2, 3, 4]) {
    assert.equal(await queue.get(), n);
    assert.ok(queue.qsize() <= 1);
  }
  await Effect.runPromise(Fiber.join(fiber));
  queue.shutdown();
  const error = await Effect.runPromise(
    Effect.flip(Stream.run(Stream.make(1), Queue.sink(queue))),
  );
  assert.equal(error._tag, "QueueShutDownError");
});

test("Queue.dequeue() returns what it holds, and ends with the queue", async () => {
  const queue = createQueue<number>();
  for (const n of [1, 2, 3]) queue.putNowait(n);
  const first = await runScoped(Effect.flatMap(Queue.dequeue(queue, 2), EffectQueue.take));
  assert.equal(first, 1);
  assert.deepEqual([queue.getNowait(), queue.getNowait()], [2, 3]);
  queue.putNowait(4);
  queue.shutdown();
  const rest = await runScoped(
    Effect.flatMap(Queue.dequeue(queue), (one) => Stream.runCollect(Stream.fromQueue(one))),
  );
  assert.deepEqual(rest, [4]);
});

test("Queue.enqueue() puts what is offered, in order", async () => {
  const queue = createQueue<number>();
  const program = Effect.gen(function* () {
    yield* EffectQueue.offerAll(yield* Queue.enqueue(queue), [1, 2]);
    return [yield* Queue.get(queue), yield* Queue.get(queue)];
  });
  assert.deepEqual(await runScoped(program), [1, 2]);
  queue.shutdown();
});

test("items go from a stream through an interpreter to a stream", async () => {
  const program = Effect.gen(function* () {
    const tasks = yield* Queue.make<number>(2);
    const results = yield* Queue.make<number>(2);
    const interpreter = yield* Interpreter.make();
    const source = "for await (const n of tasks) await results.put(n * n); results.shutdown();";
    const working = Interpreter.run(interpreter, source, { values: { tasks, results } });
    const feeding = Effect.andThen(
      Stream.run(Stream.range(1, 20), Queue.sink(tasks)),
      Queue.shutdown(tasks),
    );
    yield* Effect.forkChild(Effect.all([working, feeding], { concurrency: "unbounded" }));
    return yield* Stream.runCollect(Queue.stream(results));
  });
  assert.deepEqual(await runScoped(program), Array.from({ length: 20 }, (_, n) => (n + 1) ** 2));
});

test("functions of Queue refuse what is no queue at once", () => {
  const uses = [Queue.get, Queue.getNowait, Queue.put, Queue.putNowait, Queue.sink, Queue.stream];
  for (const use of [...uses, Queue.shutdown, Queue.dequeue, Queue.enqueue]) {
    assert.throws(() => (use as (queue: unknown) => unknown)({ id: 1 }), TypeError);
  }
});

test("500 random ways to put, get and leave lose no item and double none", async () => {
  const { seed } = seeded();
  const next = randomFrom(seed);
  const queue = createQueue<number>(3);
  const got: unknown[] = [];
  const put: number[] = [];
  const open: (() => Promise<void>)[] = [];
  const end = async <A>(fiber: Fiber.Fiber<A, unknown>, done: (value: A) => void) => {
    fiber.interruptUnsafe();
    const exit = await Effect.runPromise(Fiber.await(fiber));
    if (Exit.isSuccess(exit)) done(exit.value);
  };
  for (let step = 0; step < 500; step++) {
    const dice = next();
    if (dice < 0.4) {
      // What is put although its fiber has been interrupted is got; it is told by what is left.
      const fiber = Effect.runFork(Queue.put(queue, step));
      open.push(() => end(fiber, () => put.push(step)));
    } else if (dice < 0.8) {
      const fiber = Effect.runFork(Queue.get(queue));
      open.push(() => end(fiber, (item) => got.push(item)));
    } else if (dice < 0.95 && open.length > 0) {
      await open.splice(Math.floor(next() * open.length), 1)[0]!();
    } else await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (const leave of open) await leave();
  while (!queue.empty()) got.push(queue.getNowait());
  queue.shutdown();
  assert.equal(new Set(got).size, got.length, `SEED=${seed}`);
  assert.deepEqual(put.filter((item) => !got.includes(item)), [], `SEED=${seed}`);
});
