// The life of one interpreter: idle, running or closed. The machine is pure: whoever sends
// RUN starts the run, and the input has the function that stops the thread. The actor exists
// from the moment when the thread is idle, so booting is no state.

import {
  type AnyActorRef,
  assign,
  emit,
  type MetaObject,
  type ParameterizedObject,
  type ProvidedActor,
  setup,
  type StateMachine,
  type StateSchema,
} from "xstate";
import { ended } from "./ended.ts";
import type {
  InterpreterContext,
  InterpreterEmitted,
  InterpreterEvent,
  InterpreterInput,
  InterpreterOutput,
  InterpreterRequest,
  InterpreterSnapshot,
  Refusal,
} from "./events.ts";

/** The type of `interpreterMachine`. */
export type InterpreterMachine = StateMachine<
  InterpreterContext,
  InterpreterEvent,
  Record<string, AnyActorRef | undefined>,
  ProvidedActor,
  ParameterizedObject,
  ParameterizedObject,
  string,
  "idle" | "running" | "closed",
  string,
  InterpreterInput,
  InterpreterOutput,
  InterpreterEmitted,
  MetaObject,
  StateSchema
>;

const machine = setup({
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- setup() takes its types so
  types: {} as {
    context: InterpreterContext;
    events: InterpreterEvent;
    input: InterpreterInput;
    output: InterpreterOutput;
    emitted: InterpreterEmitted;
  },
  actions: {
    stop: ({ context: { reason, error, stop } }) => stop(reason, error),
    noteCause: assign(({ context: { id }, event }) => {
      if (event.type !== "TERMINATE" && event.type !== "CRASH") {
        throw new Error(`Invariant: ${event.type} does not say why the interpreter ends`);
      }
      const error = "error" in event ? event.error : ended(id, event.reason);
      return { error, reason: error.reason };
    }),
    report: emit(({ event }: { event: InterpreterEvent }) => {
      if (event.type !== "UNCAUGHT") throw new Error(`Invariant: ${event.type} is not reported`);
      return { type: "uncaught" as const, excinfo: event.excinfo };
    }),
  },
}).createMachine({
  id: "interpreter",
  initial: "idle",
  context: ({ input }) => ({ ...input, reason: "closed", error: undefined }),
  output: ({ context: { id, reason, error } }) => ({ id, reason, error }),
  states: {
    idle: {
      on: {
        RUN: "running",
        CLOSE: "closed",
        TERMINATE: { target: "closed", actions: "noteCause" },
        CRASH: { target: "closed", actions: "noteCause" },
        UNCAUGHT: { actions: "report" },
      },
    },
    running: {
      on: {
        "RUN.DONE": "idle",
        "RUN.FAILED": "idle",
        TERMINATE: { target: "closed", actions: "noteCause" },
        CRASH: { target: "closed", actions: "noteCause" },
        // It happened while idle, and met a new run on its way.
        UNCAUGHT: { actions: "report" },
      },
    },
    closed: { type: "final", entry: "stop" },
  },
});

/**
 * Why a request is not taken now; `undefined` if it is. The machine itself is asked, so
 * which state takes what is written nowhere else.
 */
export function refusalOf(
  snapshot: InterpreterSnapshot,
  request: InterpreterRequest,
): Refusal | undefined {
  return snapshot.can(request) ? undefined : { event: request.type, state: snapshot.value };
}

/**
 * The machine of one interpreter: `idle`, `running`, `closed` (final).
 *
 * @example The states
 * ```ts
 * import { interpreterMachine } from "subinterpreters/actors";
 * import { createActor } from "xstate";
 * import assert from "node:assert/strict";
 *
 * const actor = createActor(interpreterMachine, {
 *   input: { id: 1, isolated: true, stop: () => {} },
 * }).start();
 * actor.send({ type: "RUN" });
 * assert.equal(actor.getSnapshot().value, "running");
 * actor.send({ type: "RUN.DONE" });
 * actor.send({ type: "CLOSE" });
 * assert.equal(actor.getSnapshot().value, "closed");
 * ```
 */
export const interpreterMachine: InterpreterMachine = machine;
