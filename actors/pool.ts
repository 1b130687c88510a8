// The life of a pool of interpreters: what it still takes, how many workers it may have, and
// what breaks it. The machine is pure: whoever owns the pool starts and ends the workers.

import {
  type ActorRefFrom,
  type AnyActorRef,
  assign,
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

/** So many workers in a row that ended before they did anything break the pool. */
export const MOST_LOSSES = 3;

/** What a pool's actor understands. */
export type PoolEvent =
  /** A task is given to it. */
  | { readonly type: "SUBMIT" }
  /** It gets one more worker. */
  | { readonly type: "WORKER.START" }
  /** A worker that has nothing to do is let go. */
  | { readonly type: "WORKER.RETIRE" }
  /** A worker has done a task. */
  | { readonly type: "WORKER.WORKED" }
  /** A worker ended by itself before it did anything. */
  | { readonly type: "WORKER.LOST"; readonly error: unknown }
  /** A worker is gone, whatever the reason; `wasLetGo` if a `WORKER.RETIRE` was for it. */
  | { readonly type: "WORKER.GONE"; readonly wasLetGo: boolean }
  /** No worker can be had. */
  | { readonly type: "BREAK"; readonly error: unknown }
  /** It takes no more tasks, and ends when it has done those that it has. */
  | { readonly type: "SHUTDOWN" }
  /** It has no tasks left. */
  | { readonly type: "EMPTY" };

/** What a pool's actor is started with. */
export interface PoolInput {
  /** The most workers that it may have. */
  readonly maxWorkers: number;
  /** So many workers stay although they have nothing to do. */
  readonly minWorkers: number;
}

/** What a pool's actor knows besides its state. */
export interface PoolContext extends PoolInput {
  /** Workers that start, work or end. */
  readonly workers: number;
  /** Those of them that have been let go, and end. */
  readonly leaving: number;
  /** Workers that were lost since one has done anything. */
  readonly losses: number;
  /** What broke it. */
  readonly error: unknown;
}

/** The type of `poolMachine`. */
export type PoolMachine = StateMachine<
  PoolContext,
  PoolEvent,
  Record<string, AnyActorRef | undefined>,
  ProvidedActor,
  ParameterizedObject,
  ParameterizedObject,
  string,
  "open" | "draining" | "broken" | "shut",
  string,
  PoolInput,
  NonReducibleUnknown,
  EventObject,
  MetaObject,
  StateSchema
>;

/** A running actor of a pool. */
export type PoolActorRef = ActorRefFrom<PoolMachine>;

/** A pool's actor at one moment. */
export type PoolSnapshot = SnapshotFrom<PoolMachine>;

const machine = setup({
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- setup() takes its types so
  types: {} as { context: PoolContext; events: PoolEvent; input: PoolInput },
  guards: {
    hasPlace: ({ context: { workers, maxWorkers } }) => workers < maxWorkers,
    hasMoreThanFew: ({ context: { workers, leaving, minWorkers } }) =>
      workers - leaving > minWorkers,
    isLastLoss: ({ context: { losses } }) => losses + 1 >= MOST_LOSSES,
    hasNoWorkers: ({ context: { workers } }) => workers === 0,
  },
  actions: {
    // XState takes an event without target and action for one that is not taken.
    allow: () => {},
    countStart: assign({ workers: ({ context }) => context.workers + 1 }),
    countLeaving: assign({ leaving: ({ context }) => context.leaving + 1 }),
    countGone: assign(({ context: { workers, leaving }, event }) => ({
      workers: workers - 1,
      leaving: event.type === "WORKER.GONE" && event.wasLetGo ? leaving - 1 : leaving,
    })),
    countLoss: assign({ losses: ({ context }) => context.losses + 1 }),
    forgetLosses: assign({ losses: 0 }),
    noteError: assign(({ event }) => {
      if (event.type !== "BREAK" && event.type !== "WORKER.LOST") {
        throw new Error(`Invariant: ${event.type} breaks no pool`);
      }
      return { error: event.error };
    }),
  },
}).createMachine({
  id: "pool",
  initial: "open",
  context: ({ input }) => ({ ...input, workers: 0, leaving: 0, losses: 0, error: undefined }),
  on: {
    "WORKER.GONE": { actions: "countGone" },
    "WORKER.WORKED": { actions: "forgetLosses" },
  },
  states: {
    open: {
      on: {
        SUBMIT: { actions: "allow" },
        "WORKER.START": { guard: "hasPlace", actions: "countStart" },
        "WORKER.RETIRE": { guard: "hasMoreThanFew", actions: "countLeaving" },
        "WORKER.LOST": [
          { guard: "isLastLoss", target: "broken", actions: "noteError" },
          { actions: "countLoss" },
        ],
        BREAK: { target: "broken", actions: "noteError" },
        SHUTDOWN: "draining",
      },
    },
    draining: {
      on: {
        "WORKER.START": { guard: "hasPlace", actions: "countStart" },
        "WORKER.RETIRE": { actions: "countLeaving" },
        "WORKER.LOST": [
          { guard: "isLastLoss", target: "broken", actions: "noteError" },
          { actions: "countLoss" },
        ],
        BREAK: { target: "broken", actions: "noteError" },
        SHUTDOWN: { actions: "allow" },
        EMPTY: { guard: "hasNoWorkers", target: "shut" },
      },
    },
    broken: {
      on: { "WORKER.RETIRE": { actions: "countLeaving" }, SHUTDOWN: { actions: "allow" } },
    },
    shut: {
      on: { SHUTDOWN: { actions: "allow" } },
    },
  },
});

/**
 * Why a task is not taken now: the state that takes none; `undefined` if it is taken. The
 * machine itself is asked, so which state takes what is written nowhere else.
 */
export function refusalOfTask(snapshot: PoolSnapshot): PoolSnapshot["value"] | undefined {
  return snapshot.can({ type: "SUBMIT" }) ? undefined : snapshot.value;
}

/**
 * The machine of a pool: `open`, `draining` (it takes no more and does what it has), `broken`
 * (no worker can be had), `shut`.
 *
 * @example The states
 * ```ts
 * import { poolMachine } from "subinterpreters/actors";
 * import { createActor } from "xstate";
 * import assert from "node:assert/strict";
 *
 * const actor = createActor(poolMachine, { input: { maxWorkers: 2, minWorkers: 0 } }).start();
 * actor.send({ type: "WORKER.START" });
 * actor.send({ type: "SHUTDOWN" });
 * assert.equal(actor.getSnapshot().can({ type: "SUBMIT" }), false);
 * actor.send({ type: "WORKER.GONE", wasLetGo: false });
 * actor.send({ type: "EMPTY" });
 * assert.equal(actor.getSnapshot().value, "shut");
 * ```
 */
export const poolMachine: PoolMachine = machine;
