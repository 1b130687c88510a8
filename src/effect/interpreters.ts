// Interpreters as scoped Effect resources. What a docstring calls a failure is in the error
// channel of the effect; what it calls a defect is a mistake of the program.

import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import type * as Scope from "effect/Scope";
import type { CallOptions } from "../api/calls.ts";
import type { MainValues } from "../api/main_values.ts";
import type { RunOptions } from "../api/run_options.ts";
import { Creation, DefaultOptions, type EffectCreateOptions } from "./creation.ts";
import {
  attempt,
  type CallError,
  type CloseError,
  isCallError,
  isCloseError,
  isMakeError,
  isPrepareError,
  isRunError,
  type MakeError,
  type PrepareError,
  type RunError,
} from "./failures.ts";
import type { Interpreter } from "./handle.ts";
import { attemptSpanned, callSpan, interpreterAttributes, spanned, type SpanOf } from "./spans.ts";

export type { EffectCreateOptions } from "./creation.ts";
export type { Interpreter } from "./handle.ts";
export { layerOptions, layerSpares, layerTest } from "./layers.ts";
export { importModule, type Module, type ModuleMember, type ModuleOptions } from "./modules.ts";

/** Options of a run; interruption takes the place of the signal. */
export type EffectRunOptions = Omit<RunOptions, "signal">;

/** Options of a call, with the function and its arguments; interruption is the signal. */
export type EffectCallOptions<A extends readonly unknown[], R> = Omit<
  CallOptions<A, R>,
  "signal"
>;

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
  options: EffectCreateOptions = {},
): Effect.Effect<Interpreter, MakeError, Scope.Scope> {
  const end = async (interpreter: Interpreter) => await interpreter[Symbol.asyncDispose]();
  const create = created(options, end);
  return Effect.acquireRelease(
    spanned(() => ({ name: "subinterpreters.create", kind: "client", attributes: {} }), create, {
      onDone: interpreterAttributes,
    }),
    (interpreter) => Effect.promise(() => end(interpreter)),
    { interruptible: true },
  );
}

/** An interpreter that nobody ends yet; `end` is for one that has come too late. */
function created(
  options: EffectCreateOptions,
  end: (interpreter: Interpreter) => Promise<void>,
): Effect.Effect<Interpreter, MakeError> {
  return Effect.gen(function* () {
    const { create } = yield* Creation;
    const all = { ...yield* DefaultOptions, ...options };
    return yield* attempt((signal) => create({ ...all, signal }), isMakeError, end);
  });
}

/**
 * Runs source. Interrupting the effect terminates the interpreter, and is done when its
 * thread has stopped. With `onAbort: "interrupt"` source that awaits is abandoned, and the
 * interpreter goes on.
 *
 * The effect fails with the errors of `Interpreter.run`: `RunFailedError`,
 * `InterpreterTerminatedError`, `InterpreterError`, `InterpreterNotFoundError`,
 * `ChannelClosedError` and `ChannelNotFoundError` for one in `channels`, `NotShareableError`, or a
 * `RangeError` for values that are too long. A wrong argument is a defect, except that an option
 * out of its range is a `RangeError`, too.
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
  return attemptSpanned(
    () => runSpan("subinterpreters.run", interpreter, options),
    (signal) => interpreter.run(source, { ...options, signal }),
    isRunError,
  );
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
  return attemptSpanned(
    () => runSpan("subinterpreters.evaluate", interpreter, options),
    (signal) => interpreter.evaluate<T>(source, { ...options, signal }),
    isRunError,
  );
}

/**
 * Calls a function in an interpreter, and gives a copy of its result. Of the function the text is
 * sent, as `Interpreter.call` does it. Interrupting the effect terminates the interpreter, and is
 * done when its thread has stopped; with `onAbort: "interrupt"` a function that awaits is
 * abandoned, and the interpreter goes on.
 *
 * The effect fails with a `RunFailedError` for what the function threw, and with
 * `InterpreterTerminatedError`, `InterpreterError`, `InterpreterNotFoundError`,
 * `NotShareableError`, or a `RangeError` for arguments or a result that are too long. A function
 * that cannot be called elsewhere, a closure for example, is a defect.
 *
 * @typeParam A The function's parameters.
 * @typeParam R What the function gives.
 * @param interpreter Where to call it.
 * @param fn The function.
 * @param args What to call it with.
 * @returns An effect of the result, copied.
 *
 * @example A slow function on another core
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Interpreter } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const sum = (n: number): number => {
 *   let total = 0;
 *   for (let i = 1; i <= n; i++) total += i;
 *   return total;
 * };
 * const program = Effect.flatMap(Interpreter.make(), (one) => Interpreter.call(one, sum, 1000));
 * assert.equal(await Effect.runPromise(Effect.scoped(program)), 500500);
 * ```
 */
export function call<A extends readonly unknown[], R>(
  interpreter: Interpreter,
  fn: (...args: A) => R,
  ...args: A
): Effect.Effect<Awaited<R>, CallError>;
/**
 * Calls a function in an interpreter as an object says.
 *
 * @typeParam A The function's parameters.
 * @typeParam R What the function gives.
 * @param interpreter Where to call it.
 * @param options The function, its arguments, what moves, and what else may end the call.
 * @returns An effect of the result, copied.
 *
 * @example An interpreter that outlives the call
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Interpreter } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const interpreter = yield* Interpreter.make();
 *   const never = Interpreter.call(interpreter, {
 *     fn: () => new Promise<string>(() => {}),
 *     onAbort: "interrupt",
 *   });
 *   assert.equal((yield* Effect.timeoutOption(never, "10 millis"))._tag, "None");
 *   return yield* Interpreter.evaluate(interpreter, "6 * 7");
 * });
 * assert.equal(await Effect.runPromise(Effect.scoped(program)), 42);
 * ```
 */
export function call<A extends readonly unknown[], R>(
  interpreter: Interpreter,
  options: EffectCallOptions<A, R>,
): Effect.Effect<Awaited<R>, CallError>;
export function call<A extends readonly unknown[], R>(
  interpreter: Interpreter,
  fn: ((...args: A) => R) | EffectCallOptions<A, R>,
  ...args: A
): Effect.Effect<Awaited<R>, CallError> {
  const options = typeof fn === "function" ? { fn, args } : fn;
  return attemptSpanned(
    () => callSpan(interpreter, options.fn.name),
    (signal) => interpreter.call({ ...options, signal }),
    isCallError,
  );
}

function runSpan(name: string, interpreter: Interpreter, { filename }: EffectRunOptions): SpanOf {
  const attributes = interpreterAttributes(interpreter);
  return {
    ...{ name, kind: "client" },
    attributes: filename === undefined ? attributes : { ...attributes, "code.file.path": filename },
  };
}

/**
 * Binds values to names in the namespace of an interpreter, which is idle.
 *
 * The effect fails with a `NotShareableError`, a `RangeError` for values that are too long or for
 * none at all, an `InterpreterError` if a run is in progress, an `InterpreterNotFoundError`, or an
 * `InterpreterTerminatedError` if the interpreter ends meanwhile.
 *
 * @param interpreter Where to bind them.
 * @param values An object, a map, or a list of pairs of name and value; each value is copied.
 * @returns An effect that is done when source and functions find them.
 *
 * @example Values for functions
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Interpreter } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const interpreter = yield* Interpreter.make();
 *   yield* Interpreter.prepareMain(interpreter, { rate: 1.5 });
 *   return yield* Interpreter.evaluate(interpreter, "2 * rate");
 * });
 * assert.equal(await Effect.runPromise(Effect.scoped(program)), 3);
 * ```
 */
export function prepareMain(
  interpreter: Interpreter,
  values: MainValues,
): Effect.Effect<void, PrepareError> {
  return attempt(() => interpreter.prepareMain(values), isPrepareError);
}

/**
 * Closes an idle interpreter before its scope does.
 *
 * The effect fails with an `InterpreterError` if it is running, and with an
 * `InterpreterNotFoundError` if it has ended already.
 *
 * @param interpreter What to close.
 * @returns An effect that is done when its thread is gone.
 *
 * @example Closed twice
 * ```ts
 * import * as Effect from "effect/Effect";
 * import { Interpreter } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const interpreter = yield* Interpreter.make();
 *   yield* Interpreter.close(interpreter);
 *   return yield* Effect.flip(Interpreter.close(interpreter));
 * });
 * const error = await Effect.runPromise(Effect.scoped(program));
 * assert.equal(error._tag, "InterpreterNotFoundError");
 * ```
 */
export function close(interpreter: Interpreter): Effect.Effect<void, CloseError> {
  return attempt(() => interpreter.close(), isCloseError);
}

/**
 * Ends an interpreter at once, whatever it does; one that has ended is fine. A run in progress
 * fails with an `InterpreterTerminatedError`.
 *
 * The effect fails with an `InterpreterError` for the main interpreter and the current one.
 *
 * @param interpreter What to end.
 * @param reason What the error of a run has as its `reason`; `"terminated"` if absent.
 * @returns An effect that is done when its thread is gone.
 *
 * @example The end of a loop
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Fiber from "effect/Fiber";
 * import { Interpreter } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const program = Effect.gen(function* () {
 *   const interpreter = yield* Interpreter.make();
 *   const loop = Effect.flip(Interpreter.run(interpreter, "for (;;);"));
 *   const running = yield* Effect.forkChild(loop, { startImmediately: true });
 *   yield* Interpreter.terminate(interpreter, "enough");
 *   return yield* Fiber.join(running);
 * });
 * const error = await Effect.runPromise(Effect.scoped(program));
 * assert.ok(error._tag === "InterpreterTerminatedError" && error.reason === "enough");
 * ```
 */
export function terminate(
  interpreter: Interpreter,
  reason?: string,
): Effect.Effect<void, CloseError> {
  return attempt(() => interpreter.terminate(reason), isCloseError);
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
  options: EffectCreateOptions = {},
): Layer.Layer<CurrentInterpreter, MakeError> {
  return Layer.effect(
    CurrentInterpreter,
    Effect.map(make(options), (interpreter) => ({ interpreter })),
  );
}
