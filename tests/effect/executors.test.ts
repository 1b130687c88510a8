// The functions of `Executor`: pools that end with a scope, tasks that end with their fiber.

import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import type * as Scope from "effect/Scope";
import * as Stream from "effect/Stream";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, InterpreterPoolExecutor, listAll } from "subinterpreters";
import { Executor } from "subinterpreters/effect";
import * as z from "zod";

const runScoped = <A, E>(program: Effect.Effect<A, E, Scope.Scope>): Promise<A> =>
  Effect.runPromise(Effect.scoped(program));

const loop = (): number => {
  for (;;);
};

/** A task that has begun when its channel has something, and then never ends. */
function begun() {
  const [recv, send] = createChannel();
  const fn = (end: typeof send): number => {
    end.sendNowait("begun");
    for (;;);
  };
  return { fn, send, hasBegun: Effect.promise(() => recv.recv()) };
}

test("Executor.submit() gives results, of functions, source and modules", async () => {
  const module = `data:text/javascript;base64,${btoa("export const add = (a, b) => a + b")}`;
  const program = Effect.gen(function* () {
    const executor = yield* Executor.make({ maxWorkers: 2 });
    return yield* Effect.all([
      Executor.submit(executor, (n: number) => n * 2, 21),
      Executor.submit(executor, { fn: (n: number) => n * 2, args: [1], priority: 1 }),
      Executor.submit(executor, { source: "args[0] + 1", args: [1] }),
      Executor.submit(executor, { module, export: "add", args: [1, 2] }),
      Executor.submit(executor, { source: "7", schema: z.number() }),
    ], { concurrency: "unbounded" });
  });
  assert.deepEqual(await runScoped(program), [42, 2, 2, 3, 7]);
  assert.equal(listAll().length, 1);
});

test("Executor.submit() fails by tag", async () => {
  const outer = Math.random();
  const program = Effect.gen(function* () {
    const executor = yield* Executor.make({ maxWorkers: 1 });
    const tagOf = <A>(task: Effect.Effect<A, Executor.TaskError>) =>
      Effect.map(Effect.flip(task), ({ _tag }) => _tag);
    const submit = Executor.submit;
    const thrown = yield* Effect.flip(submit(executor, (): number => {
      throw new RangeError("too far");
    }));
    assert.ok(thrown._tag === "RunFailedError" && thrown.excinfo.name === "RangeError");
    assert.ok(thrown.cause instanceof RangeError);
    assert.match(thrown.stack ?? "", /^RunFailedError/);
    const value = yield* Effect.flip(submit(executor, { source: "throw 5" }));
    assert.ok(value._tag === "RunFailedError" && value.excinfo.message === "5");
    return [
      yield* tagOf(submit(executor, (fn: unknown) => fn, () => {})),
      yield* tagOf(submit(executor, () => outer)),
      yield* tagOf(submit(executor, { fn: loop, timeout: 20 })),
      yield* tagOf(submit(executor, { source: "'text'", schema: z.number() })),
    ];
  });
  assert.deepEqual(await runScoped(program), [
    "NotShareableError",
    "NotShareableError",
    "InterpreterTerminatedError",
    "ValidationError",
  ]);
});

test("Executor.submit() of a full, broken or closed pool fails by tag", async () => {
  const program = Effect.gen(function* () {
    const full = yield* Executor.make({ maxWorkers: 1, maxQueue: 0 });
    const { fn, send, hasBegun } = begun();
    const running = yield* Effect.forkChild(Executor.submit(full, fn, send), {
      startImmediately: true,
    });
    yield* hasBegun;
    const refused = yield* Effect.flip(Executor.submit(full, () => 1));
    yield* Fiber.interrupt(running);
    const broken = yield* Executor.make({
      maxWorkers: 1,
      initializer: () => {
        throw new Error("no");
      },
    });
    const failed = yield* Effect.flip(Executor.submit(broken, () => 1));
    const closed = yield* Executor.make({ maxWorkers: 1 });
    yield* Effect.promise(() => closed.shutdown());
    const late = yield* Effect.flip(Executor.submit(closed, () => 1));
    return [refused._tag, failed._tag, late._tag];
  });
  assert.deepEqual(await runScoped(program), [
    "QueueFullError",
    "BrokenInterpreterPoolError",
    "RuntimeError",
  ]);
});

test("Executor.submit() that is interrupted ends its task, waiting or running", async () => {
  const program = Effect.gen(function* () {
    const executor = yield* Executor.make({ maxWorkers: 1 });
    const { fn, send, hasBegun } = begun();
    const running = yield* Effect.forkChild(Executor.submit(executor, fn, send), {
      startImmediately: true,
    });
    yield* hasBegun;
    const waiting = yield* Effect.forkChild(Executor.submit(executor, () => 1), {
      startImmediately: true,
    });
    yield* Fiber.interrupt(waiting);
    yield* Fiber.interrupt(running);
    const outcome = yield* Executor.submit(executor, () => 2);
    return [outcome, executor.stats.done];
  });
  assert.deepEqual(await runScoped(program), [2, 1]);
});

test("Executor.submit() that loses against a timeout leaves nothing behind", async () => {
  const program = Effect.gen(function* () {
    const executor = yield* Executor.make({ maxWorkers: 1 });
    return yield* Effect.timeoutOption(Executor.submit(executor, loop), "30 millis");
  });
  assert.equal((await runScoped(program))._tag, "None");
  assert.equal(listAll().length, 1);
});

test("Executor.make() ends what runs when its scope closes", async () => {
  const { fn, send, hasBegun } = begun();
  const fiber = await runScoped(Effect.gen(function* () {
    const executor = yield* Executor.make({ maxWorkers: 1 });
    const running = yield* Effect.forkDetach(Executor.submit(executor, fn, send), {
      startImmediately: true,
    });
    yield* hasBegun;
    return running;
  }));
  const exit = await Effect.runPromise(Fiber.await(fiber));
  assert.ok(Exit.isFailure(exit));
  assert.match(String(exit.cause), /CancelledError/);
  assert.equal(listAll().length, 1);
});

test("Executor.map() gives the results in order, and fails with the first failure", async () => {
  const program = Effect.gen(function* () {
    const executor = yield* Executor.make({ maxWorkers: 2 });
    const root = (n: number) => {
      if (n < 0) throw new RangeError(String(n));
      return Math.sqrt(n);
    };
    assert.deepEqual(yield* Executor.map(executor, root, [9, 4, 1]), [3, 2, 1]);
    const items = Array(1000).keys();
    const many = yield* Executor.map(executor, (n: number) => -n, items, { chunksize: 100 });
    assert.equal(many[999], -999);
    const failure = yield* Effect.flip(Executor.map(executor, root, [1, -2, -3]));
    assert.ok(failure._tag === "RunFailedError");
    return failure.excinfo.message;
  });
  assert.equal(await runScoped(program), "-2");
});

test("Executor.map() that is interrupted ends what runs", async () => {
  const program = Effect.gen(function* () {
    const executor = yield* Executor.make({ maxWorkers: 2 });
    const { fn, send, hasBegun } = begun();
    const mapping = yield* Effect.forkChild(Executor.map(executor, fn, [send, send]), {
      startImmediately: true,
    });
    yield* hasBegun;
    yield* Fiber.interrupt(mapping);
    return yield* Executor.submit(executor, () => "free");
  });
  assert.equal(await runScoped(program), "free");
  assert.equal(listAll().length, 1);
});

test("Executor.mapStream() takes no more items than its buffer has room for", async () => {
  let taken = 0;
  function* naturals() {
    for (;;) yield taken++;
  }
  const program = Effect.gen(function* () {
    const executor = yield* Executor.make({ maxWorkers: 2 });
    const doubled = Executor.mapStream(executor, (n: number) => n * 2, naturals(), {
      buffersize: 3,
    });
    return yield* Stream.runCollect(Stream.take(doubled, 4));
  });
  assert.deepEqual(await runScoped(program), [0, 2, 4, 6]);
  assert.ok(taken <= 8, `${taken} taken`);
});

test("Executor.mapStream() without a buffersize takes some chunks of endless items for each worker", async () => {
  for (const [chunksize, most] of [[1, 2_000], [10, 20_000], ["auto", 200_000]] as const) {
    let taken = 0;
    function* naturals() {
      for (;;) yield taken++;
    }
    const program = Effect.gen(function* () {
      const executor = yield* Executor.make({ maxWorkers: 1 });
      const same = Executor.mapStream(executor, (n: number) => n, naturals(), { chunksize });
      return yield* Stream.runCollect(Stream.take(same, 4));
    });
    assert.deepEqual(await runScoped(program), [0, 1, 2, 3]);
    assert.ok(taken <= most, `${taken} taken, chunksize ${chunksize}`);
  }
});

test("Executor.mapStream() that is left, or fails, ends what runs", async () => {
  const endless = (n: number) => {
    if (n === 1) throw new Error("one");
    for (; n > 1;);
    return n;
  };
  const program = Effect.gen(function* () {
    const executor = yield* Executor.make({ maxWorkers: 2 });
    const first = Executor.mapStream(executor, endless, [0, 2, 2]).pipe(Stream.take(1));
    assert.deepEqual(yield* Stream.runCollect(first), [0]);
    assert.equal(yield* Executor.submit(executor, () => "free"), "free");
    const left = Executor.mapStream(executor, endless, [0, 2, 2]).pipe(
      Stream.mapEffect(() => Effect.fail("enough")),
      Stream.runDrain,
    );
    assert.equal(yield* Effect.flip(left), "enough");
    assert.equal(yield* Executor.submit(executor, () => "free"), "free");
    const failed = yield* Effect.flip(Executor.map(executor, endless, [0, 1, 2, 2]));
    assert.equal(failed._tag, "RunFailedError");
    return yield* Executor.submit(executor, () => "free");
  });
  assert.equal(await runScoped(program), "free");
});

test("Executor.mapStream() of a wrong option is a defect", async () => {
  const program = Effect.gen(function* () {
    const executor = yield* Executor.make({ maxWorkers: 1 });
    return yield* Stream.runDrain(
      Executor.mapStream(executor, () => 1, [1], { buffersize: "many" as unknown as number }),
    );
  });
  const exit = await Effect.runPromiseExit(Effect.scoped(program));
  assert.match(String(exit), /Die.*TypeError/s);
});

test("Executor.layer() provides one pool for the life of the layer", async () => {
  const program = Effect.gen(function* () {
    const { executor } = yield* Executor.CurrentExecutor;
    assert.ok(executor instanceof InterpreterPoolExecutor);
    return yield* Executor.submit(executor, () => 1);
  });
  const layer = Executor.layer({ maxWorkers: 1 });
  assert.equal(await Effect.runPromise(Effect.provide(program, layer)), 1);
  assert.equal(listAll().length, 1);
});

test("map({ signal }) ends the calls that run, and the iteration with the signal's reason", async () => {
  const pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
  const { fn, send, hasBegun } = begun();
  const controller = new AbortController();
  const results = pool.map(fn, [send, send], { signal: controller.signal });
  const first = results.next();
  await Effect.runPromise(hasBegun);
  controller.abort(new Error("enough"));
  await assert.rejects(first, { message: "enough" });
  assert.equal(await pool.submit(() => 1), 1);
  assert.throws(() => pool.map(fn, [send], { signal: 1 as unknown as AbortSignal }), TypeError);
  assert.throws(() => pool.map(fn, [send], { signal: controller.signal }), { message: "enough" });
  await pool.shutdown();
});

test("map({ signal }) takes no longer for each of many tasks than for each of few", async () => {
  const pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
  const controller = new AbortController();
  const results = pool.map((n: number) => n, Array(50_000).keys(), { signal: controller.signal });
  assert.deepEqual(await results.next(), { done: false, value: 0 });
  controller.abort(new Error("enough"));
  await assert.rejects(async () => {
    for await (const _ of results);
  }, { message: "enough" });
  assert.equal(await pool.submit(() => 1), 1);
  await pool.shutdown();
});
