// The parent of all interpreters' actors, and the only registry of them. It spawns them, lists
// them in its context, and drops them when they are done.

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

type Interpreters = SupervisorContext["interpreters"];

/**
 * How many names there are for actors, so that names are used again. XState remembers every
 * type of event for ever, and the name of an actor is part of one.
 */
const NAMES = 256;

/** A name that no living interpreter has. */
function nameFor(id: number, interpreters: Interpreters): string {
  const taken = new Set([...interpreters.values()].map((actor) => actor.id));
  let number = id % NAMES;
  while (taken.has(`interpreter-${number}`)) number++;
  return `interpreter-${number}`;
}

const machine = setup({
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- setup() takes its types so
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
              const name = nameFor(id, context.interpreters);
              const actor = spawn("interpreter", { id: name, input: event.input });
              return new Map(context.interpreters).set(id, actor);
            },
          }),
        },
        "xstate.done.actor.*": {
          actions: [
            // An actor that is done stays among the children, with all that it refers to.
            stopChild(({ event }) => event.actorId),
            assign({
              interpreters: ({ context, event }) => {
                const left = new Map(context.interpreters);
                left.delete(event.output.id);
                return left;
              },
            }),
          ],
        },
      },
    },
  },
});

/**
 * The machine that spawns, lists and reaps interpreters' actors. Its context has those that
 * exist; one that reaches `closed` is dropped.
 *
 * @example Spawn and list
 * ```ts
 * import { supervisorMachine } from "subinterpreters/actors";
 * import { createActor } from "xstate";
 * import assert from "node:assert/strict";
 *
 * const supervisor = createActor(supervisorMachine).start();
 * supervisor.send({ type: "SPAWN", input: { id: 1, isolated: true, stop: () => {} } });
 * const listed = () => [...supervisor.getSnapshot().context.interpreters.keys()];
 * assert.deepEqual(listed(), [1]);
 * supervisor.getSnapshot().context.interpreters.get(1)?.send({ type: "CLOSE" });
 * assert.deepEqual(listed(), []);
 * ```
 */
export const supervisorMachine: SupervisorMachine = machine;
