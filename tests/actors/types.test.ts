// What setup() infers of the logic for a user's machines, and what it refuses: `npm run check` fails
// if a line that is expected to be an error is none.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel } from "subinterpreters";
import {
  fromChannel,
  fromInterpreter,
  fromModule,
  fromSource,
  type InterpreterLogic,
  type InterpreterLogicAnswer,
  type InterpreterLogicOutput,
  type ItemEvent,
} from "subinterpreters/actors";
import {
  type ActorRefFrom,
  assign,
  createActor,
  type EmittedFrom,
  type EventFromLogic,
  type InputFrom,
  type OutputFrom,
  sendTo,
  setup,
  toPromise,
} from "xstate";

type Work = typeof import("../modules/fixtures/work.ts");
const WORK = new URL("../modules/fixtures/work.ts", import.meta.url);

const [recv] = createChannel<number>();
const double = fromSource<number, { readonly n: number }>("input.n * 2");
const ofInput = fromSource((input: readonly string[]) => JSON.stringify(input));
const add = fromModule<Work["add"]>(WORK, "add");
const count = fromModule<Work["count"]>(WORK, "count");
const owned = fromInterpreter();
const ticks = fromChannel(recv, { toEvent: (n) => ({ type: "TICK", n }) as const });

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

/** The compiler alone reads it. */
export const inferred: readonly true[] = [
  true satisfies Equal<InputFrom<typeof double>, { readonly n: number }>,
  true satisfies Equal<OutputFrom<typeof double>, number>,
  true satisfies Equal<InputFrom<typeof ofInput>, readonly string[]>,
  true satisfies Equal<OutputFrom<typeof ofInput>, unknown>,
  true satisfies Equal<OutputFrom<typeof add>, number>,
  true satisfies Equal<InputFrom<typeof add>, readonly [a: number, b: number]>,
  true satisfies Equal<InputFrom<typeof count>, readonly [] | undefined>,
  true satisfies Equal<OutputFrom<typeof owned>, InterpreterLogicOutput>,
];

/** Never called: the compiler alone reads it. */
export function refused(
  child: ActorRefFrom<InterpreterLogic>,
  event: EventFromLogic<InterpreterLogic>,
  emitted: EmittedFrom<InterpreterLogic>,
): void {
  const { createMachine } = setup({
    types: {} as { events: InterpreterLogicAnswer },
    actors: { double, add, owned, ticks },
  });
  createMachine({ invoke: { src: "double", input: { n: 1 } } });
  // @ts-expect-error -- the input is of another type
  createMachine({ invoke: { src: "double", input: { n: "1" } } });
  // @ts-expect-error -- there is no input
  createMachine({ invoke: { src: "double" } });
  // @ts-expect-error -- an argument is missing
  createMachine({ invoke: { src: "add", input: [1] } });
  // @ts-expect-error -- there is no such option
  createMachine({ invoke: { src: "owned", input: { names: "a" } } });
  // @ts-expect-error -- a root actor has an input, too
  createActor(double);
  createActor(count).start();
  child.send({ type: "RUN", id: 1, source: "1", timeout: 10 });
  child.send({ type: "CALL", id: "a", fn: (a: number) => a, args: [1] });
  // @ts-expect-error -- nobody could tell the answer
  child.send({ type: "RUN", source: "1" });
  // @ts-expect-error -- there is no such option
  child.send({ type: "RUN", id: 1, source: "1", file: "a.ts" });
  // @ts-expect-error -- only its own actors say so
  child.send({ type: "INTERPRETER.ENDED" });
  child.on("stdout", ({ text }) => text satisfies string);
  child.on("CALL.FAILED", ({ id, error }) => [id satisfies string | number, error]);
  // @ts-expect-error -- it emits nothing of that name
  child.on("stdin", () => {});
  // @ts-expect-error -- it has no state of that name
  child.getSnapshot().matches("booting");
  event.type satisfies "RUN" | "CALL" | "CLOSE" | "TERMINATE";
  emitted.type satisfies
    | "stdout"
    | "stderr"
    | "message"
    | "uncaught"
    | InterpreterLogicAnswer["type"];
  // @ts-expect-error -- the items are numbers
  fromChannel(recv, { toEvent: (item: string) => ({ type: item }) });
  // @ts-expect-error -- an event has a type
  fromChannel(recv, { toEvent: (item) => ({ item }) });
  // @ts-expect-error -- not an end that receives
  fromChannel(createChannel()[1]);
}

test("the types of actor logic are inferred where setup() has it", async () => {
  const machine = setup({
    types: {} as {
      context: { sum: number; answer: string };
      events: InterpreterLogicAnswer | ItemEvent<number>;
      output: { sum: number; answer: string };
    },
    actors: { double, add, owned },
  }).createMachine({
    context: { sum: 0, answer: "" },
    initial: "doubling",
    states: {
      doubling: {
        invoke: {
          src: "double",
          input: { n: 3 },
          onDone: { target: "adding", actions: assign({ sum: ({ event }) => event.output }) },
        },
      },
      adding: {
        invoke: {
          src: "add",
          input: ({ context }) => [context.sum, 1] as const,
          onDone: { target: "owning", actions: assign({ sum: ({ event }) => event.output }) },
        },
      },
      owning: {
        invoke: { id: "owned", src: "owned" },
        entry: sendTo("owned", { type: "RUN", id: "one", source: "'answer'" }),
        on: {
          "RUN.DONE": {
            target: "over",
            actions: assign({ answer: ({ event }) => `${event.id}: ${String(event.value)}` }),
          },
        },
      },
      over: { type: "final" },
    },
    output: ({ context }) => context,
  });
  const output = await toPromise(createActor(machine).start());
  assert.deepEqual(output, { sum: 7, answer: "one: answer" });
});
