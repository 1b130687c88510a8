// The machine behind `fromInterpreter`: an interpreter is created, does one thing at a time in the
// order of asking, and ends. The machine decides; the actors `holder` and `work` act.

import {
  type AnyActorRef,
  assign,
  emit,
  enqueueActions,
  fromPromise,
  type MetaObject,
  type ParameterizedObject,
  type ProvidedActor,
  sendTo,
  setup,
  type StateMachine,
  type StateSchema,
} from "xstate";
import { isActor, perform } from "./calls.ts";
import { holder } from "./holder.ts";
import { endedBefore } from "./lifetime.ts";
import type {
  HolderEvent,
  InterpreterLogicAnswer,
  InterpreterLogicContext,
  InterpreterLogicEmitted,
  InterpreterLogicEvent,
  InterpreterLogicInput,
  InterpreterLogicOutput,
  InterpreterLogicRequest,
} from "./interpreter_types.ts";

/** The states of `interpreterLogicMachine`. */
export type InterpreterLogicState =
  | "creating"
  | "idle"
  | "running"
  | "closing"
  | "refused"
  | "closed";

/** The type of `interpreterLogicMachine`. */
export type InterpreterLogicMachine = StateMachine<
  InterpreterLogicContext,
  InterpreterLogicEvent | HolderEvent,
  Record<string, AnyActorRef | undefined>,
  ProvidedActor,
  ParameterizedObject,
  ParameterizedObject,
  string,
  InterpreterLogicState,
  string,
  InterpreterLogicInput,
  InterpreterLogicOutput,
  InterpreterLogicEmitted,
  MetaObject,
  StateSchema
>;

/** What becomes of requests. */
type Answered =
  & { readonly requests: readonly InterpreterLogicRequest[] }
  & ({ readonly value: unknown } | { readonly error: unknown });

const work = fromPromise<unknown, Pick<InterpreterLogicContext, "interpreter" | "requests">>(
  async ({ input: { interpreter, requests: [request] } }) => {
    if (interpreter === undefined || request === undefined || request.type === "CLOSE") {
      throw new Error("Invariant: it runs because an interpreter has something to do");
    }
    return await perform(interpreter, request);
  },
);

const machine = setup({
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- setup() takes its types so
  types: {} as {
    context: InterpreterLogicContext;
    events: InterpreterLogicEvent | HolderEvent;
    input: InterpreterLogicInput;
    output: InterpreterLogicOutput;
    emitted: InterpreterLogicEmitted;
    children: { holder: "holder"; work: "work" };
  },
  actors: { holder, work },
  actions: {
    // Answers go to whoever is named, or to the parent, if there is one, and to the listeners.
    answer: enqueueActions(({ enqueue, self }, answered: Answered) => {
      for (const request of answered.requests) {
        if (request.type === "CLOSE") continue;
        const answer = answerTo(request, answered);
        // What is no actor fails the request, and not all others with it.
        const to = isActor(request.replyTo) ? request.replyTo : self._parent;
        if (to !== undefined) enqueue.sendTo(to, answer);
        enqueue.emit(answer);
      }
    }),
    ask: assign(({ context, event }) => {
      if (event.type !== "RUN" && event.type !== "CALL" && event.type !== "CLOSE") {
        throw new Error(`Invariant: ${event.type} asks for nothing`);
      }
      return { requests: [...context.requests, event] };
    }),
    forget: assign({ requests: ({ context }) => context.requests.slice(1) }),
    noteInterpreter: assign(({ event }) => {
      if (event.type !== "INTERPRETER.CREATED") {
        throw new Error(`Invariant: ${event.type} has none`);
      }
      return { interpreter: event.interpreter };
    }),
    noteEnd: assign(({ event }) => {
      if (event.type !== "INTERPRETER.ENDED") throw new Error(`Invariant: ${event.type} is no end`);
      return { end: event.end };
    }),
    say: emit(({ event }) => {
      if (event.type !== "INTERPRETER.SAID") {
        throw new Error(`Invariant: ${event.type} is not said`);
      }
      return event.said;
    }),
    close: sendTo("holder", { type: "CLOSE" }),
    terminate: sendTo("holder", ({ event }) => {
      if (event.type !== "TERMINATE") throw new Error(`Invariant: ${event.type} ends nothing`);
      return { type: "TERMINATE", reason: event.reason ?? "terminated" };
    }),
    // The error is the machine's then, because no transition takes it.
    fail: sendTo("holder", ({ event }) => {
      if (event.type !== "INTERPRETER.REFUSED") {
        throw new Error(`Invariant: ${event.type} has none`);
      }
      return { type: "FAIL", error: event.error };
    }),
  },
  guards: {
    hasEnded: ({ context }) => context.end !== undefined,
    isToClose: ({ context }) => context.requests[0]?.type === "CLOSE",
    isAsked: ({ context }) => context.requests.length > 0,
  },
}).createMachine({
  id: "fromInterpreter",
  context: ({ input: { options, input } }) => ({
    options: { ...options, ...input },
    input,
    interpreter: undefined,
    requests: [],
    end: undefined,
  }),
  invoke: { id: "holder", src: "holder", input: ({ context }) => context.options },
  on: {
    RUN: { actions: "ask" },
    CALL: { actions: "ask" },
    CLOSE: { actions: "ask" },
    TERMINATE: { actions: "terminate" },
    "INTERPRETER.SAID": { actions: "say" },
    "INTERPRETER.ENDED": { actions: "noteEnd" },
  },
  initial: "creating",
  states: {
    creating: {
      always: { guard: "hasEnded", target: "closed" },
      on: {
        "INTERPRETER.CREATED": { target: "idle", actions: "noteInterpreter" },
        "INTERPRETER.REFUSED": {
          target: "refused",
          actions: [
            // First: whoever asks again because of an answer is told by the error.
            "fail",
            {
              type: "answer",
              params: ({ context: { requests }, event: { error } }) => ({ requests, error }),
            },
          ],
        },
      },
    },
    idle: {
      always: [
        { guard: "hasEnded", target: "closed" },
        { guard: "isToClose", target: "closing" },
        { guard: "isAsked", target: "running" },
      ],
    },
    running: {
      invoke: {
        id: "work",
        src: "work",
        input: ({ context }) => context,
        onDone: {
          target: "idle",
          actions: [{
            type: "answer",
            params: ({ context: { requests }, event }) => ({
              requests: requests.slice(0, 1),
              value: event.output,
            }),
          }, "forget"],
        },
        onError: {
          target: "idle",
          actions: [{
            type: "answer",
            params: ({ context: { requests }, event: { error } }) => ({
              requests: requests.slice(0, 1),
              error,
            }),
          }, "forget"],
        },
      },
    },
    closing: {
      entry: "close",
      always: { guard: "hasEnded", target: "closed" },
    },
    // The interpreter cannot be created. The machine fails at once.
    refused: {},
    closed: {
      type: "final",
      entry: {
        type: "answer",
        params: ({ context }) => {
          const { id, reason, error = endedBefore(id, reason) } = endOf(context);
          return { requests: context.requests, error };
        },
      },
    },
  },
  output: ({ context }) => endOf(context),
});

function answerTo(
  { type, id }: Exclude<InterpreterLogicRequest, { type: "CLOSE" }>,
  answered: Answered,
): InterpreterLogicAnswer {
  return "error" in answered
    ? { type: `${type}.FAILED`, id, error: answered.error }
    : { type: `${type}.DONE`, id, value: answered.value };
}

function endOf({ end }: InterpreterLogicContext): InterpreterLogicOutput {
  if (end === undefined) throw new Error("Invariant: the machine ends when its interpreter has");
  return end;
}

/**
 * The machine of `fromInterpreter`: `creating`, `idle`, `running`, `closing`, `refused` (it fails
 * at once), `closed` (final).
 */
export const interpreterLogicMachine: InterpreterLogicMachine = machine;
