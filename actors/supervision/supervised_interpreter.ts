// An interpreter as a supervisor's child: created, given its source, watched, ended. It is always
// done and never fails as an actor; its output says how it ended.

import {
  type AnyActorLogic,
  assign,
  type CallbackActorLogic,
  type EventObject,
  fromCallback,
  type NonReducibleUnknown,
  sendTo,
  setup,
} from "xstate";
import type { CreateOptions } from "../../src/api/create_options.ts";
import type { Interpreter } from "../../src/api/interpreter.ts";
import type { RunOptions } from "../../src/api/run_options.ts";
import { create, InterpreterTerminatedError } from "../../src/door.js";
import { type InterpreterEnd, isAbnormal } from "./interpreter_end.ts";
import { monitor } from "./monitor.ts";
import { orderly } from "./orderly.ts";

/** What a child is, and the interpreter that it had before. */
export interface SupervisedInput {
  readonly create: Omit<CreateOptions, "signal">;
  readonly source: string | undefined;
  readonly channels: RunOptions["channels"];
  readonly values: RunOptions["values"];
  readonly staysIdle: boolean | undefined;
  /** The source is not run before the thread of this one is gone. */
  readonly previous?: Interpreter | undefined;
}

/** How it ended. An end that is no failure has no error. */
export interface SupervisedOutput {
  readonly reason: string;
  readonly error: unknown;
}

type LifeEvent =
  | { readonly type: "CREATED"; readonly interpreter: Interpreter }
  | { readonly type: "UP" }
  | { readonly type: "ENDED"; readonly output: SupervisedOutput };

const SHUT_DOWN = "shut down";

/** From creation to end; stopping it ends the interpreter. */
const life: CallbackActorLogic<EventObject, SupervisedInput> = fromCallback(
  ({ input, sendBack, receive }) => {
    const stopping = new AbortController();
    receive(() => stopping.abort());
    lived(input, { signal: stopping.signal, tell: sendBack }).then(
      (output) => sendBack({ type: "ENDED", output }),
      (error: unknown) => sendBack({ type: "ENDED", output: { reason: reasonOf(error), error } }),
    );
    return () => stopping.abort();
  },
);

/** How a life may end, and who hears of it. */
interface Circumstances {
  readonly signal: AbortSignal;
  readonly tell: (event: LifeEvent) => void;
}

async function lived(input: SupervisedInput, how: Circumstances): Promise<SupervisedOutput> {
  try {
    return await live(input, how);
  } finally {
    // Whoever comes next waits for this interpreter alone, so this one waits for the one before.
    await input.previous?.terminate();
  }
}

async function live(
  input: SupervisedInput,
  { signal, tell }: Circumstances,
): Promise<SupervisedOutput> {
  let interpreter: Interpreter;
  try {
    interpreter = await create({ ...input.create, signal });
  } catch (error) {
    if (signal.aborted) return { reason: SHUT_DOWN, error: undefined };
    throw error;
  }
  const ended = monitor(interpreter);
  const stopped = new Promise<SupervisedOutput>((resolve, reject) => {
    const stop = () =>
      interpreter.terminate(SHUT_DOWN).then(
        () => resolve({ reason: SHUT_DOWN, error: undefined }),
        reject,
      );
    if (signal.aborted) void stop();
    else signal.addEventListener("abort", () => void stop(), { once: true });
  });
  if (signal.aborted) return await stopped;
  tell({ type: "CREATED", interpreter });
  const work = perform(interpreter, { ...input, onUp: () => tell({ type: "UP" }) });
  const failed = new Promise<never>((_resolve, reject) => void work.catch(reject));
  try {
    const end = await Promise.race([ended, failed]);
    // The supervisor goes on when the thread is gone.
    return signal.aborted ? await stopped : outputOf(end);
  } catch (error) {
    if (signal.aborted) return await stopped;
    if (error instanceof InterpreterTerminatedError && !error.isInterpreterAlive) {
      return outputOf(await ended);
    }
    // The next one waits until this one's thread is gone.
    void interpreter.terminate("failed");
    throw error;
  }
}

/** Rejects if the source does, and the interpreter is still there. */
async function perform(
  interpreter: Interpreter,
  { source, channels, values, staysIdle = false, previous, onUp }: SupervisedInput & {
    readonly onUp: () => void;
  },
): Promise<void> {
  // Whoever calls functions in it finds it idle.
  const isUpLater = staysIdle && source !== undefined;
  if (!isUpLater) onUp();
  await previous?.terminate();
  if (source === undefined) return;
  await interpreter.run(source, {
    ...channels === undefined ? {} : { channels },
    ...values === undefined ? {} : { values },
  });
  if (isUpLater) onUp();
  else await interpreter.close();
}

function outputOf(end: InterpreterEnd): SupervisedOutput {
  return { reason: end.reason, error: isAbnormal(end) ? end.error : undefined };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const machine = setup({
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- setup() takes its types so
  types: {} as {
    context: {
      input: SupervisedInput;
      interpreter: Interpreter | undefined;
      end: SupervisedOutput;
    };
    events: LifeEvent | { readonly type: "STOP" };
    input: SupervisedInput;
    output: SupervisedOutput;
  },
  actors: { life },
}).createMachine({
  id: "supervised",
  context: ({ input }) => ({
    input,
    interpreter: undefined,
    end: { reason: SHUT_DOWN, error: undefined },
  }),
  invoke: { id: "life", src: "life", input: ({ context }) => context.input },
  initial: "creating",
  on: {
    CREATED: { actions: assign({ interpreter: ({ event }) => event.interpreter }) },
    ENDED: { target: ".ended", actions: assign({ end: ({ event }) => event.output }) },
    STOP: { target: ".stopping", actions: sendTo("life", { type: "STOP" }) },
  },
  states: {
    creating: {
      on: { UP: "up" },
    },
    up: {},
    stopping: {},
    ended: { type: "final" },
  },
  output: ({ context }): SupervisedOutput & NonReducibleUnknown => context.end,
});

/** The logic of a child that is an interpreter; its context has the `interpreter` once it is created. */
export const supervisedInterpreter: AnyActorLogic = orderly(machine, {
  isUp: (snapshot) => "value" in snapshot && snapshot.value === "up",
  stop: { type: "STOP" },
});
