// Layers that say how a program's interpreters come to be, without a change of the program.

import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import { Creation, DefaultOptions, type EffectCreateOptions } from "./creation.ts";
import { attemptNow, isMakeError, type MakeError } from "./failures.ts";

/**
 * Gives all interpreters that a program makes options, unless `make` says otherwise. Each option
 * counts as a whole: `limits` of `make` take the place of all of these. Layers around this one
 * give the options that it does not have.
 *
 * @param options As for `make`.
 * @returns A layer that provides no service.
 *
 * @example A name for all
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Interpreter } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.map(Interpreter.make(), ({ name }) => name);
 * const named = Effect.provide(program, Interpreter.layerOptions({ name: "worker" }));
 * assert.equal(await Effect.runPromise(Effect.scoped(named)), "worker");
 * ```
 */
export function layerOptions(options: EffectCreateOptions): Layer.Layer<never> {
  return Layer.effect(
    DefaultOptions,
    Effect.map(DefaultOptions, (outer) => ({ ...outer, ...options })),
  );
}

/** What the layers that are in use ask for; the last one counts. */
const wanted: { readonly spares: number }[] = [];

/**
 * Keeps started threads in reserve for the life of the layer, so that `make` takes under a
 * millisecond: as `configure({ spares })`, which holds for the whole process. The number of the
 * layer that was built last counts; when there is none, no spares are kept.
 *
 * The layer fails with an `InterpreterError` if the threads cannot be started, and inside an
 * interpreter. A wrong number is a defect.
 *
 * @param spares How many for each kind of interpreter, from 0 to 64.
 * @returns A layer that provides no service.
 *
 * @example One in reserve
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Interpreter } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const interpreter = yield* Interpreter.make();
 *   return yield* Interpreter.evaluate(interpreter, "6 * 7");
 * });
 * const quick = Effect.provide(program, Interpreter.layerSpares(1));
 * assert.equal(await Effect.runPromise(Effect.scoped(quick)), 42);
 * ```
 */
export function layerSpares(spares: number): Layer.Layer<never, MakeError> {
  return Layer.effectDiscard(Effect.flatMap(Creation, ({ keepSpares }) =>
    Effect.acquireRelease(
      attemptNow(() => {
        keepSpares(spares);
        const mine = { spares };
        wanted.push(mine);
        return mine;
      }, isMakeError),
      (mine) =>
        Effect.sync(() => {
          wanted.splice(wanted.indexOf(mine), 1);
          keepSpares(wanted.at(-1)?.spares ?? 0);
        }),
    )));
}

/**
 * Makes interpreters for tests: they run source in the same thread, so that a program can be
 * tested quickly and without threads. The program itself stays as it is.
 *
 * Such an interpreter has a namespace of its own that stays from run to run, takes and gives
 * copies, fails with the same errors, and imports modules, channels and queues. `create`, `host`
 * and `getCurrent` of `subinterpreters` inside mean interpreters of this kind.
 *
 * It differs from a real one, because there is one thread: it keeps nothing from source. Source
 * that loops blocks the program, and then an interruption cannot end it, though `timeout` can.
 * What a terminated one has begun goes on, unheard. Modules are loaded once for all. `limits`,
 * `permissions` and `stdin` are an `UnsupportedError`. The pools of `Executor` are real ones.
 *
 * @example A program and its test
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Interpreter } from "subinterpreters/effect";
 * import { listAll } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const interpreter = yield* Interpreter.make();
 *   yield* Interpreter.run(interpreter, "let n: number = 20");
 *   assert.equal(listAll().length, 1, "there is no other thread");
 *   return yield* Interpreter.call(interpreter, (m: number) => m * 2 + 2, 20);
 * });
 * const tested = Effect.provide(Effect.scoped(program), Interpreter.layerTest);
 * assert.equal(await Effect.runPromise(tested), 42);
 * ```
 */
export const layerTest: Layer.Layer<never> = Layer.effect(
  Creation,
  Effect.promise(async () => {
    // Most programs do without what follows from this import.
    const { createTest } = await import("./fake/create.ts");
    return { create: createTest, keepSpares: () => {} };
  }),
);
