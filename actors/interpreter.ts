// The life of one interpreter: idle, running, closed, and nothing else. Pure:
// starting a run and stopping a thread come in with the events and the input.
// Booting is not in here; the actor exists from the moment when the thread is idle.

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
import type {
  InterpreterContext,
  InterpreterEmitted,
  InterpreterEvent,
  InterpreterInput,
  InterpreterOutput,
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
  types: {} as {
    context: InterpreterContext;
    events: InterpreterEvent;
    input: InterpreterInput;
    output: InterpreterOutput;
    emitted: InterpreterEmitted;
  },
  actions: {
    stop: ({ context }) => context.stop(context.reason),
    report: emit(({ event }: { event: InterpreterEvent }) => {
      if (event.type !== "UNCAUGHT") throw new Error(`Invariant: ${event.type} is not reported`);
      return { type: "uncaught" as const, excinfo: event.excinfo };
    }),
  },
}).createMachine({
  id: "interpreter",
  initial: "idle",
  context: ({ input }) => ({ ...input, reason: "closed" }),
  output: ({ context }) => ({ id: context.id, reason: context.reason }),
  on: {
    TERMINATE: {
      target: ".closed",
      actions: assign({ reason: ({ event }) => event.reason }),
    },
    CRASH: {
      target: ".closed",
      actions: assign({ reason: ({ event }) => event.reason }),
    },
  },
  states: {
    idle: {
      on: {
        RUN: "running",
        CLOSE: "closed",
        UNCAUGHT: {
          actions: "report",
        },
      },
    },
    running: {
      on: {
        // It happened while idle, and met a new run on its way.
        UNCAUGHT: {
          actions: "report",
        },
        "RUN.DONE": "idle",
        "RUN.FAILED": "idle",
      },
    },
    closed: { type: "final", entry: "stop" },
  },
});

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
