// How an interpreter ended, for all that waits for it: monitors, links and supervisors. They ask
// the interpreter's actor and keep no state of their own about it.

import type { Interpreter } from "../../src/api/interpreter.ts";
import { show } from "../../src/api/checks.ts";
import {
  getCurrent,
  Interpreter as InterpreterClass,
  InterpreterError,
  InterpreterNotFoundError,
} from "../../src/door.js";
import type { InterpreterTerminatedError } from "../../src/errors.ts";
import type { InterpreterActorRef } from "../events.ts";

/** How an interpreter ended. */
export interface InterpreterEnd {
  /** The interpreter's id. */
  readonly id: number;
  /**
   * Why it ended, in words: `"closed"`, `"terminated"`, `"crash"`, `"exit"`, `"timeout"`, or what
   * `terminate` was given. `"not found"` if it had ended before anybody watched it.
   */
  readonly reason: string;
  /** What ended it; `undefined` if it was closed while idle. */
  readonly error: InterpreterTerminatedError | InterpreterNotFoundError | undefined;
}

/** Throws unless the value is an interpreter whose end can be watched from here. */
export function checkInterpreter(what: string, name: string, value: unknown): Interpreter {
  if (!(value instanceof InterpreterClass)) {
    throw new TypeError(
      `${what}: ${name} must be an Interpreter, received ${show(value)}`,
    );
  }
  if (getCurrent().id !== 0) {
    throw new InterpreterError(
      `${what}: actors live in the main interpreter; let the program call this, ` +
        "and hand in the receiving end of a channel that monitor() sends to",
    );
  }
  if (value.id === 0) {
    throw new InterpreterError(
      `${what}: ${name} is the main interpreter, which ends with the program; ` +
        "give one that create() made",
    );
  }
  return value;
}

/** The actor of an interpreter, or the error that says that there is none any more. */
export function findActor(
  interpreter: Interpreter,
): InterpreterActorRef | InterpreterNotFoundError {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the handle shows less of it
    return interpreter.actor as InterpreterActorRef;
  } catch (error) {
    if (error instanceof InterpreterNotFoundError) return error;
    throw error;
  }
}

/**
 * Calls back when the actor's interpreter has ended; the function returned stops that.
 *
 * The call comes in a microtask, never in the middle of what the host does.
 */
export function whenEnded(
  actor: InterpreterActorRef,
  listener: (end: InterpreterEnd) => void,
): () => void {
  let isOver = false;
  const subscription = actor.subscribe({
    complete() {
      queueMicrotask(() => {
        const { output } = actor.getSnapshot();
        if (isOver || output === undefined) return;
        isOver = true;
        listener(output);
      });
    },
  });
  return () => {
    isOver = true;
    subscription.unsubscribe();
  };
}

/** Whether whoever depends on an interpreter should take its end for a failure. */
export function isAbnormal({ error }: { readonly error: unknown }): boolean {
  const isExit = typeof error === "object" && error !== null && "exitCode" in error;
  return error !== undefined && !(isExit && error.exitCode === 0);
}
