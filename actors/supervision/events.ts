// What a supervisor's machine knows, understands, tells and gives, for those who use it.

import type {
  ActorRefFrom,
  AnyActorRef,
  DoneActorEvent,
  ErrorActorEvent,
  MetaObject,
  NonReducibleUnknown,
  ParameterizedObject,
  ProvidedActor,
  StateMachine,
  StateSchema,
} from "xstate";
import type { InterpreterError } from "../../src/errors.ts";
import type { ChildEnd, Restarting, Tree } from "./tree.ts";

/** What a supervisor knows. */
export interface SupervisionContext extends Tree {
  /** Where the chance of a backoff with `jitter` begins; else `undefined`. */
  readonly seed: number | undefined;
}

/** What a supervisor understands. */
export type SupervisionEvent =
  /** Ends the children in reverse order, one after the other, and then the supervisor. */
  | { readonly type: "SHUTDOWN" }
  /** The supervisor's own: the delay of a backoff is over. */
  | { readonly type: "RESTART.DUE"; readonly child: string }
  /** The supervisor's own: a child that takes its time to start is up. */
  | { readonly type: "CHILD.UP"; readonly child: string }
  /** XState's own: a child is done, or has failed. */
  | DoneActorEvent
  | ErrorActorEvent;

/** What a supervisor tells its listeners. */
export type SupervisionEmitted =
  /** A child is up, for the first time or again. */
  | { readonly type: "up"; readonly child: string; readonly restarts: number }
  /** A child has ended, and nobody had asked it to. */
  | { readonly type: "ended" } & ChildEnd
  /** Children are started again, because one of them has ended. */
  | { readonly type: "restarting" } & Restarting;

/** How a supervisor ended. */
export interface SupervisionOutput {
  /** `"shut down"` if it was asked to, `"gave up"` if children failed too often. */
  readonly reason: "shut down" | "gave up";
  /** The id of the child that failed once too often; `undefined` if it was asked to end. */
  readonly child: string | undefined;
  /** Says so in words; its `cause` is the error of the child. */
  readonly error: InterpreterError | undefined;
}

/** The type of what `supervise` makes. */
export type SupervisionMachine = StateMachine<
  SupervisionContext,
  SupervisionEvent,
  Record<string, AnyActorRef | undefined>,
  ProvidedActor,
  ParameterizedObject,
  ParameterizedObject,
  string,
  "starting" | "running" | "restarting" | "ending" | "gaveUp" | "shutDown",
  string,
  NonReducibleUnknown,
  SupervisionOutput,
  SupervisionEmitted,
  MetaObject,
  StateSchema
>;

/** A running supervisor. */
export type SupervisionActorRef = ActorRefFrom<SupervisionMachine>;
