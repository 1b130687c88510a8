// Programs that are interrupted at any moment: no interpreter, channel, queue or fiber is left.

import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Fiber from "effect/Fiber";
import type * as Scope from "effect/Scope";
import * as Stream from "effect/Stream";
import assert from "node:assert/strict";
import { test } from "node:test";
import { listAll, listAllChannels, listAllQueues } from "subinterpreters";
import { Channel, Executor, Interpreter, Queue } from "subinterpreters/effect";
import { randomFrom, seeded } from "../helpers/seed.ts";

type Work = typeof import("../modules/fixtures/work.ts");
type Program = Effect.Effect<unknown, unknown, Scope.Scope>;

const WORK = new URL("../modules/fixtures/work.ts", import.meta.url);
const ROUNDS = 15;
/** More than a pool does while a program runs here. */
const NUMBERS = Array.from({ length: 100_000 }, (_, n) => n);

/** Programs that end by themselves late, or never. */
const PROGRAMS: readonly Program[] = [
  Effect.flatMap(Interpreter.make(), (one) => Interpreter.run(one, "for (;;);")),
  Effect.flatMap(
    Interpreter.make(),
    (one) => Interpreter.call(one, { fn: () => new Promise(() => {}), onAbort: "interrupt" }),
  ),
  Effect.flatMap(
    Interpreter.make(),
    (one) =>
      Effect.flatMap(
        Interpreter.importModule<Work>(one, WORK),
        (work) => Stream.runForEach(work.slowItems(Infinity), () => Effect.yieldNow),
      ),
  ),
  Effect.gen(function* () {
    const [recv, send] = yield* Channel.make<number>();
    const queue = yield* Queue.make<number>(1);
    const one = yield* Interpreter.make();
    const source = "for await (const n of recv) await queue.put(n)";
    yield* Effect.forkChild(
      Interpreter.run(one, source, { channels: { recv }, values: { queue } }),
    );
    yield* Effect.forkChild(Stream.run(Stream.range(0, Infinity), Channel.sink(send)));
    return yield* Stream.runDrain(Queue.stream(queue));
  }),
  Effect.flatMap(Executor.make({ maxWorkers: 2 }), (executor) =>
    Executor.map(
      executor,
      (n: number) => {
        for (let i = 0; i < n; i++);
        return n;
      },
      NUMBERS,
    )),
];

for (
  const [kind, layer] of [["threads", undefined], ["layerTest", Interpreter.layerTest]] as const
) {
  test(`programs with ${kind} that are interrupted at any moment leave nothing`, {
    timeout: 60_000,
  }, async () => {
    const { seed } = seeded();
    const next = randomFrom(seed);
    // Loops of tests block, and a pool has threads in any case.
    const programs = layer === undefined ? PROGRAMS : PROGRAMS.slice(1, 4);
    for (let round = 0; round < ROUNDS; round++) {
      const program = Effect.scoped(programs[round % programs.length]!);
      const fiber = Effect.runFork(
        layer === undefined ? program : Effect.provide(program, layer),
      );
      await new Promise((resolve) => setTimeout(resolve, next() * (round % 3 === 0 ? 5 : 150)));
      const exit = await Effect.runPromise(
        Effect.andThen(Fiber.interrupt(fiber), Fiber.await(fiber)),
      );
      assert.ok(Exit.isFailure(exit), `round ${round}, SEED=${seed}: ${String(exit)}`);
      assert.equal(listAll().length, 1, `round ${round}, SEED=${seed}`);
    }
    assert.deepEqual([listAllChannels(), listAllQueues()], [[], []], `SEED=${seed}`);
  });
}
