// An interpreter as actor logic: the machine, what of it outlives the program, and its errors.

import type {
  ActorLogic,
  AnyActorRef,
  MachineSnapshot,
  MetaObject,
  Snapshot,
  StateSchema,
} from "xstate";
import type {
  InterpreterLogicContext,
  InterpreterLogicEmitted,
  InterpreterLogicEvent,
  InterpreterLogicInput,
  InterpreterLogicOptions,
  InterpreterLogicOutput,
} from "./interpreter_types.ts";
import { orderly } from "../supervision/orderly.ts";
import { interpreterLogicMachine, type InterpreterLogicState } from "./interpreter_machine.ts";
import { heard } from "./unheard.ts";

/** What an actor of `fromInterpreter` shows: `value` is its state. */
export type InterpreterLogicSnapshot = MachineSnapshot<
  InterpreterLogicContext,
  InterpreterLogicEvent,
  Record<string, AnyActorRef | undefined>,
  InterpreterLogicState,
  string,
  InterpreterLogicOutput,
  MetaObject,
  StateSchema
>;

/** The logic that `fromInterpreter` makes. */
export type InterpreterLogic = ActorLogic<
  InterpreterLogicSnapshot,
  InterpreterLogicEvent,
  InterpreterLogicOptions | undefined,
  AnyActorRef["system"],
  InterpreterLogicEmitted
>;

/** The machine without the events of its own actors, which nobody else sends. */
type Machine =
  & ActorLogic<
    InterpreterLogicSnapshot,
    InterpreterLogicEvent,
    InterpreterLogicInput,
    AnyActorRef["system"],
    InterpreterLogicEmitted
  >
  & Required<Pick<InterpreterLogic, "restoreSnapshot" | "start">>;

/**
 * Makes actor logic that owns an interpreter: the actor creates one, does in it what it is asked
 * for, and ends with it.
 *
 * It takes `RUN` and `CALL`, with an `id` that the answer has, too: `RUN.DONE` or `CALL.DONE` with
 * the `value`, `RUN.FAILED` or `CALL.FAILED` with the `error`. Each answer goes to the parent or to
 * the request's `replyTo`, and to whoever listens with `actor.on`. What it is asked for while it is `creating` or `running` waits
 * for its turn. `CLOSE` ends it when all that was asked for before has been answered, `TERMINATE`
 * at once; what is left then fails with an `InterpreterTerminatedError`. So each request is
 * answered once, unless the actor is stopped.
 *
 * It emits `stdout` and `stderr` with the `text` of each piece, `message` with the `data` of
 * each `host.message(data)` in the source, and `uncaught` with the `excinfo` of an error that came
 * between runs. It is done when the interpreter has ended, in whatever way. It fails with the error
 * of `create()` if there is no interpreter to be had, after all that waits has been answered with
 * that. Stopping it ends the interpreter. A persisted actor that had not ended begins with a new
 * interpreter, and with nothing to do: no request is repeated or answered. An error that nobody
 * hears is reported on standard error.
 *
 * @param options Options of `create()`. The actor's input has further ones, which win.
 * @returns Logic to invoke, to spawn, or for `createActor`.
 * @see XState `setup`; the states are `creating`, `idle`, `running`, `closing` and `closed`.
 *
 * @example A machine with an interpreter
 * ```ts
 * import { fromInterpreter, type InterpreterLogicAnswer } from "subinterpreters/actors";
 * import { assign, createActor, sendTo, setup, toPromise } from "xstate";
 * import assert from "node:assert/strict";
 *
 * const machine = setup({
 *   types: {} as { context: { value: unknown }; events: InterpreterLogicAnswer },
 *   actors: { interpreter: fromInterpreter({ name: "worker" }) },
 * }).createMachine({
 *   context: { value: undefined },
 *   invoke: { id: "worker", src: "interpreter" },
 *   initial: "asking",
 *   states: {
 *     asking: {
 *       entry: [
 *         sendTo("worker", { type: "RUN", id: 1, source: "const double = (n) => 2 * n" }),
 *         sendTo("worker", { type: "CALL", id: 2, fn: "double", args: [21] }),
 *       ],
 *       on: {
 *         "CALL.DONE": {
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
export function fromInterpreter(options: InterpreterLogicOptions = {}): InterpreterLogic {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- See `Machine`.
  const machine = interpreterLogicMachine as unknown as Machine;
  const logic: InterpreterLogic = heard("an actor of fromInterpreter()", {
    config: interpreterLogicMachine.config,
    transition: machine.transition,
    getInitialSnapshot: (scope, input) => machine.getInitialSnapshot(scope, { options, input }),
    getPersistedSnapshot: persist,
    restoreSnapshot: (persisted, scope) => {
      if (persisted.status !== "active") return machine.restoreSnapshot(persisted, scope);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- As `persist` has made it.
      const { context: { input } } = persisted as Snapshot<unknown> & Persisted;
      return machine.getInitialSnapshot(scope, { options, input });
    },
    start: machine.start,
  });
  return orderly(logic, { isUp, stop: SHUT_DOWN });
}

/** How a supervisor ends it. */
const SHUT_DOWN = { type: "TERMINATE", reason: "shut down" } satisfies InterpreterLogicEvent;

/** Whether it is up for a supervisor, so that the next child can be started. */
function isUp(snapshot: object): boolean {
  return "value" in snapshot && (snapshot.value === "idle" || snapshot.value === "running");
}

/** What is stored: neither a thread, nor what was to be done in it. */
interface Persisted {
  readonly context: Pick<InterpreterLogicContext, "input">;
}

function persist(snapshot: InterpreterLogicSnapshot): Snapshot<unknown> {
  const { output, error, value, context: { input } } = snapshot;
  const rest = { value, context: { input }, children: {}, historyValue: {} };
  switch (snapshot.status) {
    case "done":
      return { status: "done", output, error: undefined, ...rest };
    case "error":
      return { status: "error", output: undefined, error, ...rest };
    default:
      return { status: "active", output: undefined, error: undefined, ...rest };
  }
}
