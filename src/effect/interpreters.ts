// Interpreters as scoped Effect resources. What a docstring calls a failure is in the error
// channel of the effect; what it calls a defect is a mistake of the program.

import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import type * as Scope from "effect/Scope";
import type { Interpreter } from "../api/interpreter.ts";
import type { CreateOptions } from "../api/create_options.ts";
import type { RunOptions } from "../api/run_options.ts";
import { create } from "../door.js";
import { attempt, isMakeError, isRunError, type MakeError, type RunError } from "./failures.ts";

/** Options of a run; interruption takes the place of the signal. */
export type EffectRunOptions = Omit<RunOptions, "signal">;

/**
 * Creates an interpreter that ends with the scope, running or not.
 *
 * The effect fails with an `InterpreterError` if the thread does not start, and with an
 * `UnsupportedError` for what this runtime cannot do. A wrong option, a `TypeError` or a
 * `RangeError`, is a defect. Interrupting the effect leaves nothing behind.
 *
 * @param options As for `create`; interruption takes the place of the signal.
 * @returns An effect that needs a scope and gives the handle of an idle interpreter.
 *
 * @example An interpreter for the length of a program
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { evaluate, make } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const interpreter = yield* make();
 *   return yield* evaluate(interpreter, "6 * 7");
 * });
 * assert.equal(await Effect.runPromise(Effect.scoped(program)), 42);
 * ```
 */
export function make(
  options: Omit<CreateOptions, "signal"> = {},
): Effect.Effect<Interpreter, MakeError, Scope.Scope> {
  const end = (interpreter: Interpreter) => interpreter[Symbol.asyncDispose]();
  return Effect.acquireRelease(
    attempt((signal) => create({ ...options, signal }), isMakeError, end),
    (interpreter) => Effect.promise(() => end(interpreter)),
    { interruptible: true },
  );
}

/**
 * Runs source. Interrupting the effect terminates the interpreter, and is done when its
 * thread has stopped.
 *
 * The effect fails with the errors of `Interpreter.run`: `RunFailedError`,
 * `InterpreterTerminatedError`, `InterpreterError`, `InterpreterNotFoundError`,
 * `NotShareableError`, or a `RangeError` for values that are too long. A wrong argument is a
 * defect, except that an option out of its range is a `RangeError`, too.
 *
 * @param interpreter Where to run.
 * @param source TypeScript or JavaScript.
 * @param options As for `Interpreter.run`.
 * @returns An effect that is done when the source is.
 *
 * @example An error by its tag
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { make, run } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const interpreter = yield* make();
 *   yield* run(interpreter, "throw new RangeError('too far')");
 *   return "fine";
 * }).pipe(Effect.catchTag("RunFailedError", ({ excinfo }) => Effect.succeed(excinfo.name)));
 * assert.equal(await Effect.runPromise(Effect.scoped(program)), "RangeError");
 * ```
 */
export function run(
  interpreter: Interpreter,
  source: string,
  options: EffectRunOptions = {},
): Effect.Effect<void, RunError> {
  return attempt((signal) => interpreter.run(source, { ...options, signal }), isRunError);
}

/**
 * Runs source and gives the value of its last expression. Interrupting the effect
 * terminates the interpreter, and is done when its thread has stopped. It fails as `run` does,
 * and with a `NotShareableError` or a `RangeError` if the value cannot cross.
 *
 * @typeParam T What the caller knows the value to be; nothing checks it.
 * @param interpreter Where to run.
 * @param source TypeScript or JavaScript.
 * @param options As for `Interpreter.evaluate`.
 * @returns An effect of the value, copied.
 *
 * @example Two at once
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { evaluate, make } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const square = (n: number) =>
 *   Effect.flatMap(make(), (one) => evaluate<number>(one, "n * n", { values: { n } }));
 * const both = Effect.all([square(3), square(4)], { concurrency: "unbounded" });
 * assert.deepEqual(await Effect.runPromise(Effect.scoped(both)), [9, 16]);
 * ```
 */
export function evaluate<T = unknown>(
  interpreter: Interpreter,
  source: string,
  options: EffectRunOptions = {},
): Effect.Effect<T, RunError> {
  return attempt(
    (signal) => interpreter.evaluate<T>(source, { ...options, signal }),
    isRunError,
  );
}

/** The key of `CurrentInterpreter`'s service. */
export interface CurrentInterpreter {
  /** The interpreter of the layer. */
  readonly interpreter: Interpreter;
}

/** An interpreter as a service; `layer` provides it. */
export const CurrentInterpreter: Context.Service<CurrentInterpreter, CurrentInterpreter> = Context
  .Service<CurrentInterpreter>("subinterpreters/CurrentInterpreter");

/**
 * Provides one interpreter to a program, for the life of the layer. It fails as `make` does.
 *
 * @param options As for `make`.
 * @returns A layer of `CurrentInterpreter`.
 *
 * @example An interpreter from the context
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { CurrentInterpreter, evaluate, layer } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const { interpreter } = yield* CurrentInterpreter;
 *   return yield* evaluate(interpreter, "6 * 7");
 * });
 * assert.equal(await Effect.runPromise(Effect.provide(program, layer())), 42);
 * ```
 */
export function layer(
  options: Omit<CreateOptions, "signal"> = {},
): Layer.Layer<CurrentInterpreter, MakeError> {
  return Layer.effect(
    CurrentInterpreter,
    Effect.map(make(options), (interpreter) => ({ interpreter })),
  );
}
