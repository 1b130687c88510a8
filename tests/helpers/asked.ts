// A parent of one actor that keeps what the actor tells it.

import {
  type AnyActorLogic,
  type AnyActorRef,
  type AnyEventObject,
  assign,
  createActor,
  type InputFrom,
  setup,
  type Snapshot,
  waitFor,
} from "xstate";

/** What a parent knows of its child. */
export interface Heard {
  /** Events of the child, in the order in which they came. */
  readonly events: readonly AnyEventObject[];
  readonly output: unknown;
  readonly error: unknown;
}

/** A parent that runs. */
export interface Parent {
  /** It is in `alive`, `done` or `failed`; `LEAVE` makes it stop the child. */
  readonly actor: Pick<AnyActorRef, "getSnapshot" | "getPersistedSnapshot" | "send" | "system">;
  readonly child: AnyActorRef;
  readonly heard: () => Heard;
  /** Resolves when there are so many events, to all of them. */
  readonly events: (count: number) => Promise<readonly AnyEventObject[]>;
  /** Resolves when the child is done or has failed. */
  readonly over: () => Promise<Heard>;
}

/** Invokes logic in a machine, which keeps what it is told. */
export function parentOf<Logic extends AnyActorLogic>(
  logic: Logic,
  { input, snapshot }: {
    readonly input?: InputFrom<Logic>;
    readonly snapshot?: Snapshot<unknown>;
  } = {},
): Parent {
  const machine = setup({
    types: {} as { context: Heard; events: AnyEventObject },
    actors: { child: logic as AnyActorLogic },
  }).createMachine({
    context: { events: [], output: undefined, error: undefined },
    initial: "alive",
    states: {
      alive: {
        invoke: {
          id: "child",
          src: "child",
          input: () => input as never,
          onDone: { target: "done", actions: assign({ output: ({ event }) => event.output }) },
          onError: { target: "failed", actions: assign({ error: ({ event }) => event.error }) },
        },
        on: {
          "*": { actions: assign({ events: ({ context, event }) => [...context.events, event] }) },
          LEAVE: "left",
        },
      },
      done: {},
      failed: {},
      left: {},
    },
  });
  const actor = createActor(machine, snapshot === undefined ? {} : { snapshot }).start();
  const child = actor.getSnapshot().children["child"] as AnyActorRef;
  return {
    actor,
    child,
    heard: () => actor.getSnapshot().context,
    events: async (count) =>
      (await waitFor(actor, ({ context }) => context.events.length >= count)).context.events,
    over: async () =>
      (await waitFor(actor, ({ value }) => value === "done" || value === "failed")).context,
  };
}
