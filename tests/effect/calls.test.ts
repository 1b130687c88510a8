// Functions, modules and generators in interpreters as effects and streams: what they give, how
// they fail, and what an interruption leaves.

import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import type * as Scope from "effect/Scope";
import * as Stream from "effect/Stream";
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, createChannel, listAll } from "subinterpreters";
import { type CallError, Interpreter } from "subinterpreters/effect";
import { sharing } from "../helpers/interpreter.ts";

type Work = typeof import("../modules/fixtures/work.ts");

const WORK = new URL("../modules/fixtures/work.ts", import.meta.url);
const shared = sharing();

/** Runs the program, whose scope ends with it. */
const runScoped = <A, E>(program: Effect.Effect<A, E, Scope.Scope>): Promise<A> =>
  Effect.runPromise(Effect.scoped(program));

const ids = () => listAll().map(({ id }) => id);

test("Interpreter.call() gives the result of a function", async () => {
  const interpreter = await shared();
  const add = (a: number, b: number) => a + b;
  assert.equal(await Effect.runPromise(Interpreter.call(interpreter, add, 1, 2)), 3);
  const call = Interpreter.call(interpreter, { fn: add, args: [3, 4], timeout: 10_000 });
  assert.equal(await Effect.runPromise(call), 7);
});

test("Interpreter.call() fails with RunFailedError by tag for what the function throws", async () => {
  const fail = () => {
    throw new RangeError("too far");
  };
  const program = Interpreter.call(await shared(), fail).pipe(
    Effect.catchTag("RunFailedError", ({ excinfo }) => Effect.succeed(excinfo.message)),
  );
  assert.equal(await Effect.runPromise(program), "too far");
});

test("Interpreter.call() of a closure is a defect", async () => {
  const outer = Math.random();
  const exit = await Effect.runPromiseExit(Interpreter.call(await shared(), () => outer));
  assert.ok(Exit.isFailure(exit));
  assert.match(String(exit.cause), /Die.*outer/s);
});

test("Interpreter.evaluate() has a RangeError by its tag", async () => {
  const program = Effect.gen(function* () {
    const interpreter = yield* Interpreter.make({ limits: { messageBytes: 1_000 } });
    return yield* Interpreter.evaluate(interpreter, "new Uint8Array(2_000)").pipe(
      Effect.catchTag("RangeError", ({ message }) => Effect.succeed(message)),
    );
  });
  assert.match(String(await runScoped(program)), /1000/);
});

test("Interpreter.run() with a closed channel fails by its tag", async () => {
  const [recv] = createChannel();
  recv.close();
  const program = Interpreter.run(await shared(), "1", { channels: { recv } }).pipe(
    Effect.as("ran"),
    Effect.catchTag("ChannelClosedError", () => Effect.succeed("closed")),
  );
  assert.equal(await Effect.runPromise(program), "closed");
});

test("Interpreter.prepareMain() binds values, or fails with NotShareableError", async () => {
  const interpreter = await shared();
  await Effect.runPromise(Interpreter.prepareMain(interpreter, { rate: 1.5 }));
  assert.equal(await interpreter.evaluate("rate"), 1.5);
  const error = await Effect.runPromise(
    Effect.flip(Interpreter.prepareMain(interpreter, { rate: () => 1 })),
  );
  assert.equal(error._tag, "NotShareableError");
});

test("Interpreter.close() and terminate() end it before its scope does", async () => {
  const program = Effect.gen(function* () {
    const first = yield* Interpreter.make();
    const second = yield* Interpreter.make();
    yield* Interpreter.close(first);
    yield* Interpreter.terminate(second);
    assert.ok(!ids().includes(first.id) && !ids().includes(second.id));
    const closed = yield* Effect.flip(Interpreter.close(first));
    return [closed._tag, (yield* Effect.flip(Interpreter.evaluate(second, "1")))._tag];
  });
  assert.deepEqual(await runScoped(program), [
    "InterpreterNotFoundError",
    "InterpreterNotFoundError",
  ]);
});

test("Interpreter.call() that loses against a timeout ends its interpreter", async () => {
  const program = Effect.gen(function* () {
    const interpreter = yield* Interpreter.make();
    const loop = Interpreter.call(interpreter, () => {
      for (;;);
    });
    const outcome = yield* loop.pipe(
      Effect.timeoutOption("20 millis"),
    );
    assert.equal(outcome._tag, "None");
    return ids().includes(interpreter.id);
  });
  assert.equal(await runScoped(program), false);
});

test('Interpreter.call() with onAbort: "interrupt" that loses a race keeps its interpreter', async () => {
  const program = Effect.gen(function* () {
    const interpreter = yield* Interpreter.make();
    yield* Interpreter.run(interpreter, "let kept = 1");
    const never = Interpreter.call(interpreter, {
      fn: () => new Promise<string>(() => {}),
      onAbort: "interrupt",
    });
    const first = yield* Effect.race(never, Effect.succeed("first"));
    return [first, yield* Interpreter.evaluate(interpreter, "kept")];
  });
  assert.deepEqual(await runScoped(program), ["first", 1]);
});

test("Interpreter.importModule() makes effects of functions and values", async () => {
  const interpreter = await shared();
  const program = Effect.gen(function* () {
    const work = yield* Interpreter.importModule<Work>(interpreter, WORK);
    assert.equal(yield* work.add(2, 3), 5);
    assert.deepEqual(yield* work.later({ a: [1] }), { a: [1] });
    assert.equal(yield* work.default("Ada"), "hello Ada");
    const settings = work.settings;
    assert.deepEqual([yield* settings, yield* settings], [{ deep: [1, 2] }, { deep: [1, 2] }]);
    return yield* Effect.all([work.add(1, 1), work.add(2, 2)], { concurrency: "unbounded" });
  });
  assert.deepEqual(await runScoped(program), [2, 4]);
});

test("Interpreter.importModule() fails by tag, and so do its functions", async () => {
  const interpreter = await shared();
  const missing = Interpreter.importModule(interpreter, new URL("./missing.ts", WORK));
  assert.equal((await runScoped(Effect.flip(missing)))._tag, "RunFailedError");
  const program = Effect.gen(function* () {
    const work = yield* Interpreter.importModule<Work>(interpreter, WORK);
    const thrown = yield* Effect.flip(work.fail("too far"));
    const unreadable = yield* Effect.flip(work.handlers);
    return [thrown._tag, unreadable._tag];
  });
  assert.deepEqual(await runScoped(program), ["RunFailedError", "NotShareableError"]);
});

test("Interpreter.importModule() gives up the module with its scope", async () => {
  const interpreter = await shared();
  const work = await runScoped(Interpreter.importModule<Work>(interpreter, WORK));
  const error = await Effect.runPromise(Effect.flip(work.add(1, 2)));
  assert.equal(error._tag, "InterpreterError");
});

test("a function of importModule() that is interrupted goes on, and its interpreter too", async () => {
  const interpreter = await create();
  const program = Effect.gen(function* () {
    const work = yield* Interpreter.importModule<Work>(interpreter, WORK);
    const fiber = yield* Effect.forkChild(work.forever(), { startImmediately: true });
    yield* Fiber.interrupt(fiber);
    return yield* work.add(1, 2);
  });
  assert.equal(await runScoped(program), 3);
  await interpreter.close();
});

test('importModule({ onAbort: "terminate" }) ends the interpreter of an interrupted call', async () => {
  for (const kind of ["function", "stream"] as const) {
    const interpreter = await create();
    const program = Effect.gen(function* () {
      const work = yield* Interpreter.importModule<Work>(interpreter, WORK, {
        onAbort: "terminate",
      });
      const begun = yield* Deferred.make<void>();
      const begin = Effect.andThen(Deferred.succeed(begun, undefined), Effect.never);
      const loop = kind === "function"
        ? Effect.asVoid(work.loop())
        : Stream.runForEach(work.slowItems(Infinity), () => begin);
      const fiber = yield* Effect.forkChild(loop, { startImmediately: true });
      if (kind === "stream") yield* Deferred.await(begun);
      yield* Fiber.interrupt(fiber);
      return ids().includes(interpreter.id);
    });
    assert.equal(await runScoped(program), false, kind);
  }
});

test("a generator of importModule() is a stream, which leaves it when it has enough", async () => {
  const interpreter = await create();
  const program = Effect.gen(function* () {
    const work = yield* Interpreter.importModule<Work>(interpreter, WORK);
    const all = yield* Stream.runCollect(work.items(3));
    assert.deepEqual(all.map(({ n }) => n), [0, 1, 2]);
    const some = yield* Stream.runCollect(Stream.take(work.slowItems(Infinity), 5));
    assert.deepEqual(some.map(({ n }) => n), [0, 1, 2, 3, 4]);
    const { left, values } = yield* work.produced;
    // It runs ahead by no more than its reader has shown that it wants.
    assert.ok(values < 100, `${values} values`);
    return left;
  });
  assert.equal(await runScoped(program), 2);
  await interpreter.close();
});

test("a stream of importModule() waits for its reader", async () => {
  const interpreter = await create();
  const program = Effect.gen(function* () {
    const work = yield* Interpreter.importModule<Work>(interpreter, WORK);
    const slowly = Stream.take(work.items(10_000), 3).pipe(
      Stream.mapEffect(({ n }) => Effect.as(work.turns("reader"), n)),
    );
    assert.deepEqual(yield* Stream.runCollect(slowly), [0, 1, 2]);
    return (yield* work.produced).values;
  });
  const values = await runScoped(program);
  assert.ok(values < 100, `${values} values`);
  await interpreter.close();
});

test("a stream of importModule() fails with what its generator throws", async () => {
  const interpreter = await shared();
  const program = Effect.gen(function* () {
    const work = yield* Interpreter.importModule<Work>(interpreter, WORK);
    const seen: number[] = [];
    const error = yield* Effect.flip(
      Stream.runForEach(work.failing(2), (n) => Effect.sync(() => seen.push(n))),
    );
    assert.deepEqual(seen, [0, 1]);
    const mixed = yield* Effect.flip(Stream.runDrain(work.mixed()));
    return [error._tag, mixed._tag];
  });
  assert.deepEqual(await runScoped(program), ["RunFailedError", "NotShareableError"]);
});

test("a stream of importModule() that is interrupted while it waits hangs nobody", async () => {
  const interpreter = await create();
  const text = "export async function* never() { await new Promise(() => {}); yield 1 }";
  const url = new URL(`data:text/javascript;base64,${btoa(text)}`);
  const program = Effect.gen(function* () {
    const module = yield* Interpreter.importModule<{ never(): AsyncGenerator<number> }>(
      interpreter,
      url,
    );
    const fiber = yield* Effect.forkChild(Stream.runDrain(module.never()), {
      startImmediately: true,
    });
    yield* Interpreter.evaluate(interpreter, "1");
    yield* Fiber.interrupt(fiber);
    return ids().includes(interpreter.id);
  });
  assert.equal(await runScoped(program), true);
  await interpreter.close();
});

for (const kind of ["threads", "layerTest"] as const) {
  test(`a stream of importModule() fails when its module's scope closes, with ${kind}`, async () => {
    const text = `export async function* never() { await new Promise(() => {}); yield 1 }
      export async function* ticks() {
        for (;;) yield await new Promise((resolve) => setTimeout(resolve, 1));
      }`;
    const url = new URL(`data:text/javascript;base64,${btoa(text)}`);
    interface Streams {
      never(): AsyncGenerator<number>;
      ticks(): AsyncGenerator<number>;
    }
    const program = Effect.gen(function* () {
      const interpreter = yield* Interpreter.make();
      const running = yield* Effect.scoped(Effect.gen(function* () {
        const module = yield* Interpreter.importModule<Streams>(interpreter, url);
        const drained = (stream: Stream.Stream<number, CallError>) =>
          Effect.forkDetach(Effect.flip(Stream.runDrain(stream)), { startImmediately: true });
        const fibers = [yield* drained(module.never()), yield* drained(module.ticks())];
        yield* Interpreter.evaluate(interpreter, "1");
        return fibers;
      }));
      const errors = yield* Effect.all(running.map((fiber) => Fiber.join(fiber)));
      return [errors.map(({ _tag }) => _tag), yield* Interpreter.evaluate(interpreter, "2")];
    });
    const provided = kind === "threads" ? program : Effect.provide(program, Interpreter.layerTest);
    assert.deepEqual(await runScoped(provided), [["InterpreterError", "InterpreterError"], 2]);
  });
}
