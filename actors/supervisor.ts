// The parent of all interpreters and the only registry of them: it spawns their
// actors, lists them in its context, and reaps them when they are done.

import {
  type AnyActorRef,
  assign,
  type EventObject,
  type MetaObject,
  type NonReducibleUnknown,
  type ParameterizedObject,
  type ProvidedActor,
  setup,
  type StateMachine,
  type StateSchema,
  stopChild,
} from "xstate";
import type { SupervisorContext, SupervisorEvent } from "./events.ts";
import { interpreterMachine } from "./interpreter.ts";

/** The type of `supervisorMachine`. */
export type SupervisorMachine = StateMachine<
  SupervisorContext,
  SupervisorEvent,
  Record<string, AnyActorRef | undefined>,
  ProvidedActor,
  ParameterizedObject,
  ParameterizedObject,
  string,
  "watching",
  string,
  NonReducibleUnknown,
  NonReducibleUnknown,
  EventObject,
  MetaObject,
  StateSchema
>;

const nameOf = (id: number) => `interpreter-${id}`;

const machine = setup({
  types: {} as { context: SupervisorContext; events: SupervisorEvent },
  actors: { interpreter: interpreterMachine },
}).createMachine({
  id: "supervisor",
  initial: "watching",
  context: { interpreters: new Map() },
  states: {
    watching: {
      on: {
        SPAWN: {
          actions: assign({
            interpreters: ({ context, event, spawn }) => {
              const { id } = event.input;
              const actor = spawn("interpreter", { id: nameOf(id), input: event.input });
              return new Map(context.interpreters).set(id, actor);
            },
          }),
        },
        "xstate.done.actor.*": {
          actions: [
            assign({
              interpreters: ({ context, event }) => {
                const left = new Map(context.interpreters);
                left.delete(event.output.id);
                return left;
              },
            }),
            // An actor that is done stays among the children, with all that it refers to.
            stopChild(({ event }) => nameOf(event.output.id)),
          ],
        },
      },
    },
  },
});

/** The machine that spawns, lists and reaps interpreters. */
export const supervisorMachine: SupervisorMachine = machine;
