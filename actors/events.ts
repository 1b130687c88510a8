// Events, input, output and emitted types of the machines of interpreters. An event that asks
// for something is a verb (RUN); one that tells what happened has the result in it (RUN.DONE).

import type { ActorRefFrom, DoneActorEvent, SnapshotFrom } from "xstate";
import type { Excinfo, InterpreterTerminatedError } from "../src/errors.ts";
import type { interpreterMachine } from "./interpreter.ts";

/** Why an interpreter ends: the error that its run is rejected with, or words to make one of. */
export type EndCause =
  | { readonly error: InterpreterTerminatedError }
  | { readonly reason: string };

/** What an interpreter's actor understands. */
export type InterpreterEvent =
  /** A run begins; refused unless idle. */
  | { readonly type: "RUN" }
  /** The run in progress succeeded; ignored if there is none. */
  | { readonly type: "RUN.DONE" }
  /** The run in progress threw; ignored if there is none. */
  | { readonly type: "RUN.FAILED" }
  /** Ends an idle interpreter; refused while it runs. */
  | { readonly type: "CLOSE" }
  /** Ends an interpreter at once. */
  | { readonly type: "TERMINATE" } & EndCause
  /** The thread ended by itself. */
  | { readonly type: "CRASH" } & EndCause
  /** An error that nobody caught, between runs or on its way when a run began; the state stays. */
  | { readonly type: "UNCAUGHT"; readonly excinfo: Excinfo };

/** What an interpreter's actor is started with. */
export interface InterpreterInput {
  /** The interpreter's id. */
  readonly id: number;
  /** Whether it is kept from acting on the process. */
  readonly isolated: boolean;
  /** Stops the thread; called once, when the interpreter is closed. Without an error it was idle. */
  readonly stop: (reason: string, error: InterpreterTerminatedError | undefined) => void;
}

/** What an interpreter's actor knows besides its state. */
export interface InterpreterContext extends InterpreterInput {
  /** Why the interpreter closed. */
  readonly reason: string;
  /** What its run is rejected with; `undefined` if it was closed while idle, or lives. */
  readonly error: InterpreterTerminatedError | undefined;
}

/** How an interpreter ended. */
export interface InterpreterOutput {
  /** The interpreter's id. */
  readonly id: number;
  /** Why it closed, in words. */
  readonly reason: string;
  /** What ended it; `undefined` if it was closed while idle. */
  readonly error: InterpreterTerminatedError | undefined;
}

/** What an interpreter's actor tells its listeners. */
export interface InterpreterEmitted {
  /** An error that nobody caught, while no run was in progress. */
  readonly type: "uncaught";
  /** The error as plain data. */
  readonly excinfo: Excinfo;
}

/** A running actor of an interpreter. */
export type InterpreterActorRef = ActorRefFrom<typeof interpreterMachine>;

/** An interpreter's actor at one moment. */
export type InterpreterSnapshot = SnapshotFrom<typeof interpreterMachine>;

/** Events that somebody waits for the answer to; all others are reports. */
export type InterpreterRequest = Extract<InterpreterEvent, { type: "RUN" | "CLOSE" }>;

/** Why a request is not taken: which it is, and the state that does not take it. */
export interface Refusal {
  readonly event: InterpreterRequest["type"];
  readonly state: InterpreterSnapshot["value"];
}

/** What the supervisor understands. */
export type SupervisorEvent =
  /** A thread is idle: its interpreter begins to exist. */
  | { readonly type: "SPAWN"; readonly input: InterpreterInput }
  /** XState's own: a child has reached its final state. */
  | DoneActorEvent<InterpreterOutput>;

/** What the supervisor knows: which interpreters exist. */
export interface SupervisorContext {
  /** The interpreters that exist, by id; the main one is not among them. */
  readonly interpreters: ReadonlyMap<number, InterpreterActorRef>;
}
