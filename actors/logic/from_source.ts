// Source as actor logic: one run, whose output is the value of its last expression.

import { fromPromise, type NonReducibleUnknown, type PromiseActorLogic } from "xstate";
import type { RunOptions } from "../../src/api/run_options.ts";
import { isShareable } from "../../src/door.js";
import { type Place, work } from "./lifetime.ts";
import { heard } from "./unheard.ts";

/** Options of `fromSource`: where to run, and those of the run. */
export interface SourceOptions<Input> extends Omit<RunOptions, "signal" | "onAbort">, Place<Input> {
  /**
   * What becomes of the interpreter when the actor is stopped while it runs, as for
   * `Interpreter.run`. One of the actor's own ends in any case.
   * @default "interrupt" for an interpreter of yours
   */
  readonly onAbort?: RunOptions["onAbort"];
}

/**
 * Makes actor logic of source: its actor runs the source once. It is done with a copy of the value
 * of the last expression, and fails with the errors of `Interpreter.evaluate`.
 *
 * Each actor has an interpreter of its own, which ends with the run, unless `options.interpreter`
 * names one. The actor's input is the variable `input` of the source. It must be shareable; if
 * `source` is a function, which has it already, one that is not leaves the variable `undefined`.
 * Stopping the actor ends the run. A persisted actor that had not ended runs again from the start,
 * as those of `fromPromise` do. An error that nobody hears is reported on standard error.
 *
 * @typeParam Output What the caller knows the value to be; nothing checks it.
 * @typeParam Input What the actor is started with.
 * @param source TypeScript or JavaScript, or a function that makes it of the actor's input. What
 *   a user has typed belongs into the input, not into the text.
 * @param options Where to run, and the options of `Interpreter.run`.
 * @returns Logic to invoke, to spawn, or for `createActor`.
 * @see XState `fromPromise`.
 *
 * @example Invoke source
 * ```ts
 * import { fromSource } from "subinterpreters/actors";
 * import { assign, createActor, setup, toPromise } from "xstate";
 * import assert from "node:assert/strict";
 *
 * const machine = setup({
 *   types: {} as { context: { sum: number }; output: number },
 *   actors: { add: fromSource<number, number[]>("input.reduce((a, b) => a + b, 0)") },
 * }).createMachine({
 *   context: { sum: 0 },
 *   initial: "adding",
 *   states: {
 *     adding: {
 *       invoke: {
 *         src: "add",
 *         input: [1, 2, 3],
 *         onDone: { target: "added", actions: assign({ sum: ({ event }) => event.output }) },
 *         onError: "failed",
 *       },
 *     },
 *     added: { type: "final" },
 *     failed: { type: "final" },
 *   },
 *   output: ({ context }) => context.sum,
 * });
 * assert.equal(await toPromise(createActor(machine).start()), 6);
 * ```
 */
export function fromSource<Output = unknown, Input = NonReducibleUnknown>(
  source: string | ((input: Input) => string),
  options: SourceOptions<Input> = {},
): PromiseActorLogic<Output, Input> {
  const { interpreter, create: _create, values, ...run } = options;
  const { onAbort = interpreter === undefined ? "terminate" : "interrupt" } = run;
  return heard(
    "an actor of fromSource()",
    fromPromise<Output, Input>(async ({ input, signal }) => {
      const isText = typeof source !== "function";
      const text = isText ? source : source(input);
      const bound = isText || isShareable(input) ? input : undefined;
      return await work<Input, Output>(options, {
        input,
        signal,
        use: (at) =>
          at.evaluate(text, { ...run, values: { input: bound, ...values }, signal, onAbort }),
      });
    }),
  );
}
