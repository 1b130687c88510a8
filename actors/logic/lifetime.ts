// Where the work of an actor is done: in an interpreter of the actor's own, which ends with the
// work, or in one that its user owns.

import type { CreateOptions } from "../../src/api/create_options.ts";
import type { Interpreter } from "../../src/api/interpreter.ts";
import { create, InterpreterTerminatedError } from "../../src/door.js";

/** Where to work. */
export interface Place<Input> {
  /**
   * An interpreter of yours to work in, or a function that gives one for the actor's input. It
   * stays when the work is done. Absent: each actor creates one of its own, and ends it.
   */
  readonly interpreter?: Interpreter | ((input: Input) => Interpreter);
  /** Options of the interpreters that are created. Absent: those of `create()`. */
  readonly create?: Omit<CreateOptions, "signal">;
}

/** What is to be done, and what ends it before it is done. */
export interface Work<Input, Output> {
  readonly input: Input;
  readonly signal: AbortSignal;
  readonly use: (interpreter: Interpreter) => Promise<Output>;
}

/** Does the work where it is to be done; a new interpreter has ended, or ends, when that settles. */
export async function work<Input, Output>(
  { interpreter, create: options }: Place<Input>,
  { input, signal, use }: Work<Input, Output>,
): Promise<Output> {
  if (interpreter !== undefined) {
    return await use(typeof interpreter === "function" ? interpreter(input) : interpreter);
  }
  const owned = await create({ ...options, signal });
  try {
    signal.throwIfAborted();
    return await use(owned);
  } finally {
    // Nobody waits for its thread: the result is there.
    if (signal.aborted) void owned.terminate();
    else void close(owned);
  }
}

/** Ends an interpreter: politely, so that its handlers for an exit run, if it is idle. */
export async function close(interpreter: Interpreter): Promise<void> {
  try {
    await interpreter.close();
  } catch {
    // It has ended already, or somebody else has made it run.
    await interpreter.terminate("closed");
  }
}

/** The error of what an interpreter had to do when it ended; one without an id was never created. */
export function endedBefore(id: number | undefined, reason: string): InterpreterTerminatedError {
  const who = id === undefined
    ? "The interpreter ended before it was created"
    : `Interpreter ${id} ended`;
  return new InterpreterTerminatedError(`${who}: ${reason}`, { reason });
}
