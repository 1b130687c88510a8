// The life of one worker of a pool, from its start until its interpreter is gone. The machine is
// pure: the input has the function that ends the interpreter.

import {
  type ActorRefFrom,
  type AnyActorRef,
  type EventObject,
  type MetaObject,
  type NonReducibleUnknown,
  type ParameterizedObject,
  type ProvidedActor,
  setup,
  type SnapshotFrom,
  type StateMachine,
  type StateSchema,
} from "xstate";

/** What a worker's actor understands. */
export type PoolWorkerEvent =
  /** Its interpreter is there and initialized. */
  | { readonly type: "READY" }
  /** It is given a task. */
  | { readonly type: "WORK" }
  /** It has nothing in hand any more. */
  | { readonly type: "REST" }
  /** It is to make room for a fresh one as soon as it has nothing in hand. */
  | { readonly type: "RECYCLE" }
  /** The pool needs it no longer. */
  | { readonly type: "RETIRE" }
  /** Its interpreter ended by itself, or could not be made. */
  | { readonly type: "DIED" }
  /** Its interpreter is gone, as it was asked to. */
  | { readonly type: "GONE" };

/** What a worker's actor is started with. */
export interface PoolWorkerInput {
  /** Ends the interpreter; GONE must follow. */
  readonly end: () => void;
  /** It is gone: told once. */
  readonly bury: () => void;
}

/** The type of `poolWorkerMachine`. */
export type PoolWorkerMachine = StateMachine<
  PoolWorkerInput,
  PoolWorkerEvent,
  Record<string, AnyActorRef | undefined>,
  ProvidedActor,
  ParameterizedObject,
  ParameterizedObject,
  string,
  "starting" | "idle" | "busy" | "recycling" | "ending" | "gone",
  string,
  PoolWorkerInput,
  NonReducibleUnknown,
  EventObject,
  MetaObject,
  StateSchema
>;

/** A running actor of a worker. */
export type PoolWorkerActorRef = ActorRefFrom<PoolWorkerMachine>;

/** A worker's actor at one moment. */
export type PoolWorkerSnapshot = SnapshotFrom<PoolWorkerMachine>;

const machine = setup({
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- setup() takes its types so
  types: {} as { context: PoolWorkerInput; events: PoolWorkerEvent; input: PoolWorkerInput },
  actions: {
    // XState takes an event without target and action for one that is not taken.
    allow: () => {},
    end: ({ context }) => context.end(),
    bury: ({ context }) => context.bury(),
  },
}).createMachine({
  id: "poolWorker",
  initial: "starting",
  context: ({ input }) => input,
  states: {
    starting: {
      on: { READY: "idle", RETIRE: "ending", DIED: "gone" },
    },
    idle: {
      on: { WORK: "busy", RECYCLE: "ending", RETIRE: "ending", DIED: "gone" },
    },
    busy: {
      on: {
        // It may have more than one task in hand.
        WORK: { actions: "allow" },
        REST: "idle",
        RECYCLE: "recycling",
        RETIRE: "recycling",
        DIED: "gone",
      },
    },
    recycling: {
      on: { REST: "ending", DIED: "gone" },
    },
    ending: {
      entry: "end",
      on: { GONE: "gone", DIED: "gone" },
    },
    gone: { type: "final", entry: "bury" },
  },
});

/**
 * The machine of a pool's worker: `starting`, `idle`, `busy`, `recycling` (it does what it has
 * in hand, and takes no more), `ending`, `gone` (final).
 *
 * @example The states
 * ```ts
 * import { poolWorkerMachine } from "subinterpreters/actors";
 * import { createActor } from "xstate";
 * import assert from "node:assert/strict";
 *
 * const actor = createActor(poolWorkerMachine, { input: { end() {}, bury() {} } }).start();
 * actor.send({ type: "READY" });
 * actor.send({ type: "WORK" });
 * actor.send({ type: "RECYCLE" });
 * assert.equal(actor.getSnapshot().can({ type: "WORK" }), false);
 * actor.send({ type: "REST" });
 * assert.equal(actor.getSnapshot().value, "ending");
 * ```
 */
export const poolWorkerMachine: PoolWorkerMachine = machine;
