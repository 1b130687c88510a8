// The life of one thread, from its start until it executes no further instruction. The machine
// is pure: the input has what it does to the thread, and its actor's clock fires its delays.
//
// Deno 2.9 aborts the whole process if a thread is stopped while it loads one of the runtime's
// own modules. So there a thread cannot be stopped before it has loaded all of them, and would end
// at some turn in between (runtime/deno/killable.ts): its kill is postponed until then. After that
// a guest is asked first: at its next turn it answers, and sleeps until it is killed. One that does
// not answer soon is busy with source, and is killed all the same. The other runtimes kill
// anywhere. There a guest is asked if it is closed, so that the handlers of source for an exit
// run, or if source waits to be told (`signal`): that one may take all of the time to answer.

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
import type { InterpreterTerminatedError } from "../src/errors.ts";

/** How long a guest has to answer. */
const NOTICE_MS = 25;
/** How long a guest may take to load, hundreds at once among them; no source runs before it has. */
export const LOADING_MS = 30_000;
/** So long after its stop every thread has been killed. */
export const LONGEST_REPRIEVE_MS: number = LOADING_MS + NOTICE_MS;
/**
 * How long the caller waits for a killed thread. Some milliseconds on every runtime, unless
 * it is in the middle of native work (a huge `JSON.stringify`, `pbkdf2Sync`, on Bun a
 * regular expression): no runtime can end that, but no line of source comes after it.
 */
const DYING_MS = 40;
/** So long after that a killed thread counts as gone, and what it held is put right, whatever it does. */
const LOST_MS = 5_000;
/** The same, counted from the kill, for a host that blocks: it hears of no end, and others wait for it. */
const LOST_WHILE_BLOCKED_MS = 200;

/** How a thread is to be stopped. */
export interface StopOrder {
  /** What its run, if there is one, is rejected with. */
  readonly error: InterpreterTerminatedError;
  /** Its interpreter was idle, and is not ended by force. */
  readonly isClosing: boolean;
}

/** What a thread's actor understands. */
export type ThreadEvent =
  /** The guest has loaded: from now on it answers. Said again, it puts no kill off. */
  | { readonly type: "LOADED" }
  /** Source waits to be told of its end. */
  | { readonly type: "HEEDING" }
  /** Its end begins; ignored if it has begun. */
  | { readonly type: "STOP" } & StopOrder
  /** The guest sleeps until it is killed. */
  | { readonly type: "ASLEEP" }
  /** Nobody can wait for its answer any longer. */
  | { readonly type: "KILL" }
  /** The thread ended by itself, or could not load: it answers nothing any more. */
  | { readonly type: "ENDED" }
  /** A host that blocks looks whether a killed thread is gone, because nobody tells it. */
  | { readonly type: "LOOK" }
  /** The runtime tells that a killed thread is gone. */
  | { readonly type: "TERMINATED" };

/** What a thread's actor is started with: what it does, and what it asks. */
export interface ThreadInput {
  /** Whether the runtime kills a thread at any instruction without harm to the process. */
  readonly killsAnywhere: boolean;
  /** The time in milliseconds. */
  readonly now: () => number;
  /** Whether the system tells that the thread has ended. */
  readonly hasStopped: () => boolean;
  /** Asks the guest to answer with "asleep" and to do nothing more. */
  readonly ask: (order: StopOrder) => void;
  /** Kills the thread; TERMINATED must follow. */
  readonly kill: () => void;
  /** Nobody is to wait for its end any longer, though it may still be in native work. */
  readonly settle: (order: StopOrder | undefined) => void;
  /** It executes no further instruction; nobody is to wait any longer for that either. */
  readonly bury: (order: StopOrder | undefined) => void;
}

/** What a thread's actor knows besides its state. */
export interface ThreadContext extends ThreadInput {
  readonly isHeeding: boolean;
  readonly isAsleep: boolean;
  /** `undefined` until it is stopped, and if it ended by itself before. */
  readonly order: StopOrder | undefined;
  readonly killedAt: number;
}

/** What its states have in common: it has not loaded, its end has begun, it has been killed. */
export type ThreadTag = "loading" | "ending" | "killed";

/** The type of `threadMachine`. */
export type ThreadMachine = StateMachine<
  ThreadContext,
  ThreadEvent,
  Record<string, AnyActorRef | undefined>,
  ProvidedActor,
  ParameterizedObject,
  ParameterizedObject,
  string,
  "loading" | "ready" | "postponed" | "asked" | "dying" | "gone",
  ThreadTag,
  ThreadInput,
  NonReducibleUnknown,
  EventObject,
  MetaObject,
  StateSchema
>;

/** A running actor of a thread. */
export type ThreadActorRef = ActorRefFrom<ThreadMachine>;

/** The tags of the state in which every thread begins, before its actor is started. */
export const INITIAL_TAGS: readonly ThreadTag[] = ["loading"];

const machine = setup({
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- setup() takes its types so
  types: {} as {
    context: ThreadContext;
    events: ThreadEvent;
    input: ThreadInput;
    tags: ThreadTag;
  },
  delays: {
    NOTICE: NOTICE_MS,
    LOADING: LOADING_MS,
    DYING: DYING_MS,
    LOST: DYING_MS + LOST_MS,
  },
  guards: {
    killsAnywhere: ({ context }) => context.killsAnywhere,
    mustAsk: ({ context: { killsAnywhere, isHeeding }, event }) =>
      !killsAnywhere || isHeeding || (event.type === "STOP" && event.isClosing),
    runsNoMore: ({ context }) =>
      context.isAsleep || isLateAt(context, context.now()) || context.hasStopped(),
  },
  actions: {
    noteOrder: assign(({ event }) => {
      if (event.type !== "STOP") throw new Error(`Invariant: ${event.type} stops no thread`);
      const { error, isClosing } = event;
      return { order: { error, isClosing } };
    }),
    noteAsleep: assign({ isAsleep: true }),
    noteHeeding: assign({ isHeeding: true }),
    noteKill: assign({ killedAt: ({ context }) => context.now() }),
    ask: ({ context: { ask, order } }) => {
      if (order === undefined) throw new Error("Invariant: only one that is stopped is asked");
      ask(order);
    },
    kill: ({ context }) => context.kill(),
    settle: ({ context: { settle, order } }) => settle(order),
    bury: ({ context: { bury, order } }) => bury(order),
  },
}).createMachine({
  id: "thread",
  initial: "loading",
  context: ({ input }) => ({
    ...input,
    isHeeding: false,
    isAsleep: false,
    order: undefined,
    killedAt: Infinity,
  }),
  states: {
    loading: {
      tags: INITIAL_TAGS,
      on: {
        LOADED: "ready",
        STOP: [
          // No source has run in one that has not loaded, so there is nothing to ask.
          { guard: "killsAnywhere", target: "dying", actions: "noteOrder" },
          { target: "postponed", actions: "noteOrder" },
        ],
        ENDED: "dying",
      },
    },
    ready: {
      on: {
        HEEDING: { actions: "noteHeeding" },
        STOP: [
          { guard: "mustAsk", target: "asked", actions: "noteOrder" },
          { target: "dying", actions: "noteOrder" },
        ],
        ENDED: "dying",
      },
    },
    postponed: {
      tags: ["loading", "ending"],
      after: { LOADING: "dying" },
      on: { LOADED: "asked", KILL: "dying", ENDED: "dying" },
    },
    asked: {
      tags: "ending",
      entry: "ask",
      after: { NOTICE: "dying" },
      on: {
        ASLEEP: { target: "dying", actions: "noteAsleep" },
        KILL: "dying",
        ENDED: "dying",
      },
    },
    dying: {
      tags: ["ending", "killed"],
      entry: ["noteKill", "kill"],
      after: { DYING: { actions: "settle" }, LOST: "gone" },
      on: {
        ASLEEP: { actions: "noteAsleep" },
        LOOK: { guard: "runsNoMore", target: "gone" },
        TERMINATED: "gone",
      },
    },
    gone: { tags: ["ending", "killed"], type: "final", entry: "bury" },
  },
});

/**
 * The machine of one thread: `loading`, `ready`, `postponed` (it ends, but may not be killed
 * before it has loaded), `asked`, `dying` (killed), `gone` (final).
 */
export const threadMachine: ThreadMachine = machine;

/** Whether a thread was killed so long ago that it runs no more, whether anybody heard of that or not. */
export function isLost({ context }: SnapshotFrom<ThreadMachine>, now: number): boolean {
  return isLateAt(context, now);
}

function isLateAt({ killedAt }: ThreadContext, now: number): boolean {
  return now >= killedAt + LOST_WHILE_BLOCKED_MS;
}
