// What an actor of `fromInterpreter` understands, tells its parent and its listeners, and shows.
// An event that asks for something is a verb (RUN); its answer has the result in it (RUN.DONE).

import type { Excinfo, InterpreterTerminatedError } from "../../src/errors.ts";
import type { CreateOptions, OutputOption } from "../../src/api/create_options.ts";
import type { Interpreter } from "../../src/api/interpreter.ts";
import type { RequestId, WorkRequest } from "./calls.ts";

/** Options of `fromInterpreter`: those of `create()`, and output as events. */
export interface InterpreterLogicOptions
  extends Omit<CreateOptions, "signal" | "stdout" | "stderr"> {
  /**
   * As for `create()`, with one more: `"emit"` gives each piece to the listeners alone.
   * With `"inherit"` it is the listeners' and the program's; with any other they get none. The
   * interpreter does not wait for a program whose own output nobody reads: `limits.outputBytes`
   * bounds what it prints.
   * @default "inherit"
   */
  readonly stdout?: OutputOption | "emit";
  /**
   * As `stdout`, for standard error.
   * @default "inherit"
   */
  readonly stderr?: OutputOption | "emit";
}

/** What an actor of `fromInterpreter` understands. */
export type InterpreterLogicEvent =
  | WorkRequest
  /** Ends the interpreter when all that was asked for before has been answered. */
  | { readonly type: "CLOSE" }
  /** Ends it at once; `reason` is what errors say, `"terminated"` if absent. */
  | { readonly type: "TERMINATE"; readonly reason?: string };

/** What it does one after the other. */
export type InterpreterLogicRequest = Exclude<
  InterpreterLogicEvent,
  { readonly type: "TERMINATE" }
>;

/** What an actor of `fromInterpreter` tells its parent: each request is answered once. */
export type InterpreterLogicAnswer =
  | { readonly type: "RUN.DONE"; readonly id: RequestId; readonly value: unknown }
  | { readonly type: "RUN.FAILED"; readonly id: RequestId; readonly error: unknown }
  | { readonly type: "CALL.DONE"; readonly id: RequestId; readonly value: unknown }
  | { readonly type: "CALL.FAILED"; readonly id: RequestId; readonly error: unknown };

/** What the source itself says: output, messages, errors that nobody caught. */
export type InterpreterLogicReport =
  | { readonly type: "stdout"; readonly text: string }
  | { readonly type: "stderr"; readonly text: string }
  /** Source has called `host.message(data)`. */
  | { readonly type: "message"; readonly data: unknown }
  /** An error that nobody caught, while nothing ran. It is on standard error, too. */
  | { readonly type: "uncaught"; readonly excinfo: Excinfo };

/** What an actor of `fromInterpreter` emits: what the source says, and its own answers. */
export type InterpreterLogicEmitted = InterpreterLogicReport | InterpreterLogicAnswer;

/** How the interpreter ended. */
export interface InterpreterLogicOutput {
  /** Its id; `undefined` if it ended before it was created. */
  readonly id: number | undefined;
  /** Why it ended, in words. */
  readonly reason: string;
  /** What ended it; `undefined` if it was closed while idle. */
  readonly error: InterpreterTerminatedError | undefined;
}

/** What an actor of `fromInterpreter` knows besides its state. */
export interface InterpreterLogicContext {
  /** What the actor was started with. */
  readonly input: InterpreterLogicOptions | undefined;
  /** The options of the logic; those of the input win over them. */
  readonly options: InterpreterLogicOptions;
  /** The interpreter; `undefined` until it is created. */
  readonly interpreter: Interpreter | undefined;
  /** What it has been asked for and has not answered; the first is in progress while it runs. */
  readonly requests: readonly InterpreterLogicRequest[];
  /** How the interpreter ended; `undefined` while it lives. */
  readonly end: InterpreterLogicOutput | undefined;
}

/** What the machine of `fromInterpreter` is started with. */
export interface InterpreterLogicInput {
  /** The options of the logic. */
  readonly options: InterpreterLogicOptions;
  /** The input of the actor. */
  readonly input: InterpreterLogicOptions | undefined;
}

/** What the machine hears from the actor that holds the interpreter. */
export type HolderEvent =
  | { readonly type: "INTERPRETER.CREATED"; readonly interpreter: Interpreter }
  | { readonly type: "INTERPRETER.REFUSED"; readonly error: unknown }
  | { readonly type: "INTERPRETER.SAID"; readonly said: InterpreterLogicReport }
  | { readonly type: "INTERPRETER.ENDED"; readonly end: InterpreterLogicOutput };

/** What the machine tells the actor that holds the interpreter. */
export type HolderCommand =
  | { readonly type: "CLOSE" }
  | { readonly type: "TERMINATE"; readonly reason: string }
  /** Ends with that error, which is the machine's then. */
  | { readonly type: "FAIL"; readonly error: unknown };
