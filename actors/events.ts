// Events, input, output and emitted types of the machines. Names are those of
// the field: what is asked is a verb, what happened is a verb with its result.

import type { ActorRefFrom, DoneActorEvent } from "xstate";
import type { Excinfo } from "../src/errors.ts";
import type { interpreterMachine } from "./interpreter.ts";

/** What an interpreter's actor understands. */
export type InterpreterEvent =
  /** A run begins; ignored unless idle. */
  | { readonly type: "RUN" }
  /** The run in progress succeeded. */
  | { readonly type: "RUN.DONE" }
  /** The run in progress threw. */
  | { readonly type: "RUN.FAILED" }
  /** Ends an idle interpreter; ignored while it runs. */
  | { readonly type: "CLOSE" }
  /** Ends an interpreter at once. */
  | { readonly type: "TERMINATE"; readonly reason: string }
  /** The thread ended by itself. */
  | { readonly type: "CRASH"; readonly reason: string }
  /** An error that nobody caught, while idle; it does not change the state. */
  | { readonly type: "UNCAUGHT"; readonly excinfo: Excinfo };

/** What an interpreter's actor is started with. */
export interface InterpreterInput {
  /** The interpreter's id. */
  readonly id: number;
  /** Whether it is kept from acting on the process. */
  readonly isolated: boolean;
  /** Stops the thread; called once, when the interpreter is closed. */
  readonly stop: (reason: string) => void;
}

/** What an interpreter's actor knows besides its state. */
export interface InterpreterContext extends InterpreterInput {
  /** Why the interpreter closed. */
  readonly reason: string;
}

/** How an interpreter ended. */
export interface InterpreterOutput {
  /** The interpreter's id. */
  readonly id: number;
  /** Why it closed, in words. */
  readonly reason: string;
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
