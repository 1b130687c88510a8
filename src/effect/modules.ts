// Modules in other interpreters as effects: each function of one gives an effect, each
// generator function a stream.

import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import * as Stream from "effect/Stream";
import { InterpreterError } from "../door.js";
import type { Remote, RemoteCallOptions, RemoteExport } from "../api/remote_types.ts";
import {
  attempt,
  type CallError,
  failureOf,
  type ImportError,
  isCallError,
  isImportError,
} from "./failures.ts";
import type { Interpreter } from "./handle.ts";
import { callSpan, interpreterAttributes, spanned } from "./spans.ts";

/** Options of `importModule`. */
export type ModuleOptions = Pick<RemoteCallOptions, "onAbort">;

/** What an export of `Remote` becomes in `Module`. */
export type ModuleMember<E> = [E] extends [never] ? never
  : E extends (...args: infer A) => AsyncGenerator<infer Y, unknown, undefined>
    ? (...args: A) => Stream.Stream<Y, CallError>
  : E extends (...args: infer A) => Promise<infer R> ? (...args: A) => Effect.Effect<R, CallError>
  : E extends Promise<infer V> ? Effect.Effect<V, CallError>
  : never;

/**
 * A module in another interpreter, as `importModule` gives it.
 *
 * Each function becomes one that gives an effect, each generator function one that gives a
 * stream, and each other export an effect of a copy, made anew each time that it runs.
 *
 * @typeParam T The type of the module: `typeof import("./work.ts")`.
 */
export type Module<T> = {
  readonly [Name in keyof T as Name extends "then" ? never : Name]: ModuleMember<
    RemoteExport<T[Name]>
  >;
};

/**
 * Loads a module in an interpreter, and gives an object through which its functions can be
 * called, until the scope closes.
 *
 * Arguments and results are copied. Interrupting the effect of a call ends the wait: the
 * function goes on, and nobody hears of its end; with `onAbort: "terminate"` the interpreter
 * ends. A stream takes what its generator yields as it is pulled, and runs a bounded number of
 * values ahead; leaving it calls `return` of the generator. When the scope closes, a stream that
 * runs fails with an `InterpreterError`; a call that runs goes on.
 *
 * The effect fails with an `UnsupportedError` for an `https:` URL that the runtime does not
 * import, with a `RunFailedError` if there is no such module or it throws, and with the errors
 * of an interpreter that has ended. A call fails as `call` does.
 *
 * @typeParam T The type of the module: `typeof import("./work.ts")`.
 * @param interpreter Where to load it.
 * @param module A URL, or a specifier as source of the interpreter would import it.
 * @param options What becomes of the interpreter when the effect of a call is interrupted.
 * @returns An effect that needs a scope and gives the module's exports.
 *
 * @example A function and a generator
 * ```ts
 * import * as Effect from "effect/Effect";
 * import * as Stream from "effect/Stream";
 * import { Interpreter } from "subinterpreters/effect";
 * import assert from "node:assert/strict";
 *
 * const text = "export const add = (a, b) => a + b; export function* count() { yield 1; yield 2 }";
 * const url = new URL(`data:text/javascript,${encodeURIComponent(text)}`);
 * interface Sums {
 *   add(a: number, b: number): number;
 *   count(): Generator<number>;
 * }
 * const program = Effect.gen(function* () {
 *   const interpreter = yield* Interpreter.make();
 *   // Of a file: importModule<typeof import("./sums.ts")>(…, new URL("./sums.ts", import.meta.url))
 *   const sums = yield* Interpreter.importModule<Sums>(interpreter, url);
 *   assert.deepEqual(yield* Stream.runCollect(sums.count()), [1, 2]);
 *   return yield* sums.add(1, 2);
 * });
 * assert.equal(await Effect.runPromise(Effect.scoped(program)), 3);
 * ```
 */
export function importModule<T>(
  interpreter: Interpreter,
  module: string | URL,
  options: ModuleOptions = {},
): Effect.Effect<Module<T>, ImportError, Scope.Scope> {
  /** The streams that run. */
  const streams = new Set<AbortController>();
  const giveUp = async (remote: Remote<unknown>) => {
    // Whoever gives a module up waits for its generators, which may take for ever.
    for (const one of streams) one.abort(givenUp(module));
    await remote[Symbol.asyncDispose]();
  };
  const opened = attempt(
    (signal) => interpreter.import<unknown>(module, { signal, onAbort: "abandon" }),
    isImportError,
    giveUp,
  );
  const loaded = Effect.acquireRelease(
    spanned(() => ({
      ...{ name: "subinterpreters.import", kind: "client" },
      attributes: { ...interpreterAttributes(interpreter), "code.file.path": String(module) },
    }), opened),
    (remote) => Effect.promise(() => giveUp(remote)),
    { interruptible: true },
  );
  return Effect.map(loaded, (remote) => {
    const exported = Object.entries(Object.getOwnPropertyDescriptors(remote));
    const behaviour = {
      ...{ options, interpreter, streams },
      onInterrupt: options.onAbort === "terminate"
        ? Effect.promise(() => interpreter.terminate("aborted"))
        : Effect.void,
    };
    const members = exported.map(([name, one]) => [name, memberOf(name, one, behaviour)]);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- T is what the caller knows
    return Object.freeze(Object.fromEntries(members)) as Module<T>;
  });
}

/** A function of a module, as `Interpreter.import` gives it. */
interface Callable {
  readonly [Symbol.toStringTag]?: string;
  withOptions(
    options: RemoteCallOptions,
  ): (...args: unknown[]) => Promise<unknown> & AsyncIterable<unknown>;
}

/** How the members of a module behave. */
interface Behaviour {
  /** What else becomes of an interruption. */
  readonly onInterrupt: Effect.Effect<void>;
  /** Ends the streams that run. */
  readonly streams: Set<AbortController>;
  readonly options: ModuleOptions;
  readonly interpreter: Interpreter;
}

function memberOf(name: string, property: PropertyDescriptor, behaviour: Behaviour): unknown {
  if (property.get !== undefined) return attempt(() => property.get?.(), isCallError);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- so `Interpreter.import` makes it
  const fn = property.value as Callable;
  const call = (args: unknown[], options: RemoteCallOptions) => fn.withOptions(options)(...args);
  const isGenerator = fn[Symbol.toStringTag] === "AsyncGeneratorFunction";
  return isGenerator
    ? (...args: unknown[]) => yielded((signal) => call(args, { signal }), behaviour)
    : (...args: unknown[]) =>
      spanned(
        () => callSpan(behaviour.interpreter, name),
        attempt((signal) => call(args, { ...behaviour.options, signal }), isCallError),
      );
}

/** What a generator yields. Whoever is interrupted while it works does not wait for its end. */
function yielded(
  begin: (signal: AbortSignal) => AsyncIterable<unknown>,
  { onInterrupt, streams }: Behaviour,
): Stream.Stream<unknown, CallError> {
  return Stream.suspend(() => {
    const interruption = new AbortController();
    streams.add(interruption);
    return Stream.fromAsyncIterable(begin(interruption.signal), (error) => error).pipe(
      Stream.catch((error) => Stream.fromEffect(failureOf(error, isCallError))),
      Stream.onExit((exit) => {
        streams.delete(interruption);
        if (exit._tag === "Success" || !Cause.hasInterrupts(exit.cause)) return Effect.void;
        interruption.abort();
        return onInterrupt;
      }),
    );
  });
}

/** How a stream fails whose module's scope closes. */
function givenUp(module: string | URL): InterpreterError {
  return new InterpreterError(
    `Cannot go on with the stream: the scope of module "${module}" has closed; keep that open while streams of it run`,
  );
}
