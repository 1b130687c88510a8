// The actor logic of the first release, for one more: `fromSource` and `fromInterpreter` have
// taken its place.

import { type CallbackActorLogic, fromCallback, fromPromise, type PromiseActorLogic } from "xstate";
import type { Interpreter } from "../../src/api/interpreter.ts";
import type { CreateOptions } from "../../src/api/create_options.ts";
import type { RunOptions } from "../../src/api/run_options.ts";
import { create } from "../../src/door.js";
import { heard } from "./unheard.ts";

/** What a run is started with. */
export interface RunInput extends Omit<RunOptions, "signal"> {
  /** Where to run. It must be idle, or the actor fails with an `InterpreterError`. */
  readonly interpreter: Interpreter;
  /** TypeScript or JavaScript. */
  readonly source: string;
}

/**
 * One run as a promise actor: its output is the value of the last expression. It fails with
 * the errors of `Interpreter.evaluate`. Stopping the actor terminates the interpreter.
 *
 * @deprecated Use `fromSource`, which leaves an interpreter of yours alive when it is stopped. This
 *   name goes with the next release.
 * @see XState `fromPromise`.
 *
 * @example Invoke a run
 * ```ts
 * import { runLogic } from "subinterpreters/actors";
 * import { create } from "subinterpreters";
 * import { createActor, toPromise } from "xstate";
 * import assert from "node:assert/strict";
 *
 * await using interpreter = await create();
 * const actor = createActor(runLogic, { input: { interpreter, source: "6 * 7" } }).start();
 * assert.equal(await toPromise(actor), 42);
 * ```
 */
export const runLogic: PromiseActorLogic<unknown, RunInput> = heard(
  "an actor of runLogic",
  fromPromise<unknown, RunInput>(
    ({ input: { interpreter, source, ...options }, signal }) =>
      interpreter.evaluate(source, { ...options, signal }),
  ),
);

/** What an interpreter actor understands. */
export interface EvaluateEvent {
  /** Asks for one run. */
  readonly type: "EVALUATE";
  /** TypeScript or JavaScript. */
  readonly source: string;
}

/** What an interpreter actor tells its parent. */
export type InterpreterActorEvent =
  | { readonly type: "INTERPRETER.IDLE"; readonly interpreter: Interpreter }
  | { readonly type: "EVALUATE.DONE"; readonly value: unknown }
  | { readonly type: "EVALUATE.FAILED"; readonly error: unknown };

/**
 * An interpreter as a callback actor, which ends with the actor.
 *
 * It tells its parent `INTERPRETER.IDLE` when the interpreter is idle for the first time. It
 * takes `EVALUATE` events, and answers each with `EVALUATE.DONE` or `EVALUATE.FAILED`. If the
 * interpreter cannot be created, that is an `EVALUATE.FAILED` too. An `EVALUATE` that comes
 * while another is in progress fails with an `InterpreterError`.
 *
 * @deprecated Use `fromInterpreter`, which answers with an id, waits instead of refusing, and tells
 *   how its interpreter ended. This name goes with the next release.
 * @see XState `fromCallback`.
 *
 * @example A machine with an interpreter
 * ```ts
 * import { type InterpreterActorEvent, interpreterLogic } from "subinterpreters/actors";
 * import { assign, createActor, sendTo, setup, toPromise } from "xstate";
 * import assert from "node:assert/strict";
 *
 * const machine = setup({
 *   types: {} as { context: { value: unknown }; events: InterpreterActorEvent },
 *   actors: { interpreterLogic },
 * }).createMachine({
 *   context: { value: undefined },
 *   invoke: { id: "worker", src: "interpreterLogic", input: { name: "worker" } },
 *   initial: "asking",
 *   states: {
 *     asking: {
 *       on: {
 *         "INTERPRETER.IDLE": {
 *           actions: sendTo("worker", { type: "EVALUATE", source: "6 * 7" }),
 *         },
 *         "EVALUATE.DONE": {
 *           target: "answered",
 *           actions: assign({ value: ({ event }) => event.value }),
 *         },
 *       },
 *     },
 *     answered: { type: "final" },
 *   },
 *   output: ({ context }) => context.value,
 * });
 * assert.equal(await toPromise(createActor(machine).start()), 42);
 * ```
 */
export const interpreterLogic: CallbackActorLogic<EvaluateEvent, CreateOptions> = fromCallback<
  EvaluateEvent,
  CreateOptions
>(({ input, receive, sendBack }) => {
  const creation = new AbortController();
  const created = create({ ...input, signal: creation.signal });
  const fail = (error: unknown) => sendBack({ type: "EVALUATE.FAILED", error });
  created.then(
    (interpreter) => sendBack({ type: "INTERPRETER.IDLE", interpreter }),
    (error: unknown) => {
      if (!creation.signal.aborted) fail(error);
    },
  );
  receive(({ source }) => {
    created.then((interpreter) => interpreter.evaluate(source)).then(
      (value) => sendBack({ type: "EVALUATE.DONE", value }),
      fail,
    );
  });
  return () => {
    creation.abort();
    created.then((interpreter) => interpreter[Symbol.asyncDispose](), () => {});
  };
});
