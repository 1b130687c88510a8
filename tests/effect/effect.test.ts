import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Queue from "effect/Queue";
import * as Stream from "effect/Stream";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, listAll } from "subinterpreters";
import {
  CurrentInterpreter,
  dequeue,
  enqueue,
  evaluate,
  type Interpreter,
  layer,
  make,
  recv,
  run,
  send,
  stream,
} from "subinterpreters/effect";

test("make() gives an interpreter that ends with the scope", async () => {
  let seen: Interpreter.Interpreter | undefined;
  const program = Effect.gen(function* () {
    const interpreter = yield* make();
    seen = interpreter;
    yield* run(interpreter, "let n = 20");
    return yield* evaluate<number>(interpreter, "n * 2 + 2");
  });
  assert.equal(await Effect.runPromise(Effect.scoped(program)), 42);
  assert.equal(listAll().some((one) => one.equals(seen)), false);
});

test("run() fails with errors that catchTag tells apart", async () => {
  const program = Effect.gen(function* () {
    const interpreter = yield* make();
    return yield* run(interpreter, "throw new TypeError('x')").pipe(
      Effect.as("ran"),
      Effect.catchTag("RunFailedError", (error) => Effect.succeed(error.excinfo.name)),
    );
  });
  assert.equal(await Effect.runPromise(Effect.scoped(program)), "TypeError");
});

test("evaluate() of more than limits.messageBytes is a failure, not a defect", async () => {
  const program = Effect.gen(function* () {
    const interpreter = yield* make({ limits: { messageBytes: 1_000 } });
    return yield* evaluate(interpreter, "new Uint8Array(2_000)").pipe(
      Effect.catch((error) => Effect.succeed(error.name)),
    );
  });
  assert.equal(await Effect.runPromise(Effect.scoped(program)), "RangeError");
});

test("run() that is interrupted terminates the interpreter", async () => {
  const program = Effect.gen(function* () {
    const interpreter = yield* make();
    const fiber = yield* Effect.forkChild(run(interpreter, "for (;;);"), {
      startImmediately: true,
    });
    yield* Fiber.interrupt(fiber);
    return interpreter;
  });
  const interpreter = await Effect.runPromise(Effect.scoped(program));
  assert.equal(listAll().some((one) => one.equals(interpreter)), false);
});

test("send() and recv() meet as effects", async () => {
  const [recvEnd, sendEnd] = createChannel();
  const program = Effect.all([recv(recvEnd), send(sendEnd, { n: 1 })], {
    concurrency: "unbounded",
  });
  assert.deepEqual((await Effect.runPromise(program))[0], { n: 1 });
});

test("send() that is interrupted withdraws its item", async () => {
  const [recvEnd, sendEnd] = createChannel();
  const program = Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(send(sendEnd, "gone"), { startImmediately: true });
    yield* Fiber.interrupt(fiber);
  });
  await Effect.runPromise(program);
  assert.equal(recvEnd.recvNowait("nothing"), "nothing");
});

test("recv() fails with a ChannelClosedError by tag", async () => {
  const [recvEnd] = createChannel();
  recvEnd.close();
  const program = recv(recvEnd).pipe(
    Effect.catchTag("ChannelClosedError", () => Effect.succeed("closed")),
  );
  assert.equal(await Effect.runPromise(program), "closed");
});

test("dequeue() is a queue of a channel's items, done when it closes", async () => {
  const [recvEnd, sendEnd] = createChannel();
  for (const item of [1, 2, 3]) sendEnd.sendNowait(item);
  sendEnd.close();
  const program = Effect.gen(function* () {
    const queue = yield* dequeue(recvEnd, 2);
    return yield* Stream.runCollect(Stream.fromQueue(queue));
  });
  assert.deepEqual([...await Effect.runPromise(Effect.scoped(program))], [1, 2, 3]);
});

test("enqueue() sends what is offered, in order", async () => {
  const [recvEnd, sendEnd] = createChannel();
  const program = Effect.gen(function* () {
    const queue = yield* enqueue(sendEnd);
    yield* Queue.offerAll(queue, [1, 2, 3]);
    return [yield* recv(recvEnd), yield* recv(recvEnd), yield* recv(recvEnd)];
  });
  assert.deepEqual(await Effect.runPromise(Effect.scoped(program)), [1, 2, 3]);
});

test("stream() has the items until the channel closes", async () => {
  const [recvEnd, sendEnd] = createChannel();
  for (const item of ["a", "b"]) sendEnd.sendNowait(item);
  sendEnd.close();
  assert.deepEqual([...await Effect.runPromise(Stream.runCollect(stream(recvEnd)))], ["a", "b"]);
});

test("layer() provides an interpreter to a program", async () => {
  const program = Effect.gen(function* () {
    const { interpreter } = yield* CurrentInterpreter;
    return yield* evaluate(interpreter, "1 + 1");
  });
  assert.equal(await Effect.runPromise(Effect.provide(program, layer())), 2);
});
