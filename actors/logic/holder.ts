// The actor that holds the interpreter of a `fromInterpreter` machine: it creates it, tells what it
// says and how it ends, and ends it when it is stopped itself.

import { type CallbackActorLogic, fromCallback } from "xstate";
import type { Interpreter } from "../../src/api/interpreter.ts";
import { create } from "../../src/door.js";
import { writeOutput } from "../../src/runtime/program.ts";
import type { InterpreterActorRef, InterpreterOutput } from "../events.ts";
import { close, endedBefore } from "./lifetime.ts";
import type {
  HolderCommand,
  HolderEvent,
  InterpreterLogicOptions,
  InterpreterLogicReport,
} from "./interpreter_types.ts";

type Tell = (event: HolderEvent) => void;

/** Holds an interpreter with such options. */
export const holder: CallbackActorLogic<HolderCommand, InterpreterLogicOptions> = fromCallback<
  HolderCommand,
  InterpreterLogicOptions
>(({ input, receive, sendBack }) => {
  const tell: Tell = sendBack;
  const creation = new AbortController();
  let interpreter: Interpreter | undefined;
  let isClosing = false;
  create({ ...listening(input, tell), signal: creation.signal }).then((created) => {
    if (creation.signal.aborted) {
      void created.terminate();
      return;
    }
    interpreter = created;
    tell({ type: "INTERPRETER.CREATED", interpreter });
    // What its exit handlers print is told before its end.
    watch(interpreter, tell, (end) => {
      if (!isClosing) tell({ type: "INTERPRETER.ENDED", end });
    });
  }, (error: unknown) => {
    if (!creation.signal.aborted) tell({ type: "INTERPRETER.REFUSED", error });
  });
  receive((command) => {
    switch (command.type) {
      case "CLOSE":
        if (interpreter === undefined) throw new Error("Invariant: it is closed when it is idle");
        isClosing = true;
        void closed(interpreter).then((end) => tell({ type: "INTERPRETER.ENDED", end }));
        break;
      case "TERMINATE":
        if (interpreter !== undefined) void terminate(interpreter, command.reason);
        else if (!creation.signal.aborted) {
          creation.abort();
          const { reason } = command;
          const end = { id: undefined, reason, error: endedBefore(undefined, reason) };
          tell({ type: "INTERPRETER.ENDED", end });
        }
        break;
      case "FAIL":
        throw command.error;
    }
  });
  return () => {
    creation.abort();
    void interpreter?.terminate("disposed");
  };
});

/** Ends it at once, whatever the reason is made of: nobody hears of an error. */
async function terminate(interpreter: Interpreter, reason: string): Promise<void> {
  await interpreter.terminate(reason).catch(() => interpreter.terminate());
}

/** The options, and what hears the output and the messages. */
function listening(
  { stdout = "inherit", stderr = "inherit", functions, ...options }: InterpreterLogicOptions,
  tell: Tell,
): Parameters<typeof create>[0] {
  const say = (said: InterpreterLogicReport) => tell({ type: "INTERPRETER.SAID", said });
  const sink = (name: "stdout" | "stderr", option: typeof stdout) =>
    option !== "emit" && option !== "inherit" ? option : (text: string) => {
      say({ type: name, text });
      if (option === "inherit") return writeOutput(name, text);
      return undefined;
    };
  return {
    ...options,
    stdout: sink("stdout", stdout),
    stderr: sink("stderr", stderr),
    functions: { message: (data: unknown) => say({ type: "message", data }), ...functions },
  };
}

/** Tells the errors that nobody catches, and the end. */
function watch(interpreter: Interpreter, tell: Tell, over: (end: InterpreterOutput) => void): void {
  const actor = actorOf(interpreter);
  if (actor === undefined) return over(outputOf(interpreter));
  actor.on(
    "uncaught",
    ({ excinfo }) => tell({ type: "INTERPRETER.SAID", said: { type: "uncaught", excinfo } }),
  );
  actor.subscribe({ complete: () => over(outputOf(interpreter, actor)) });
}

/** The interpreter's own actor; `undefined` if it has ended already. */
function actorOf(interpreter: Interpreter): InterpreterActorRef | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The handle shows no types of XState.
    return interpreter.actor as InterpreterActorRef;
  } catch {
    return undefined;
  }
}

function outputOf({ id }: Interpreter, actor?: InterpreterActorRef): InterpreterOutput {
  const reason = "terminated";
  return actor?.getSnapshot().output ?? { id, reason, error: endedBefore(id, reason) };
}

/** Closes it, and resolves to how it ended when its thread is gone. */
async function closed(interpreter: Interpreter): Promise<InterpreterOutput> {
  const actor = actorOf(interpreter);
  await close(interpreter);
  return outputOf(interpreter, actor);
}
