// What do spans and metrics cost while nobody traces? Runs, calls and items through
// `subinterpreters/effect` beside the same effects without spans, and a run that asks twice as often
// whether anybody listens to its topics. And while somebody does, for information.

import * as Effect from "effect/Effect";
import * as Tracer from "effect/Tracer";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { create, createChannel, RecvChannel, SendChannel } from "subinterpreters";
import { Channel, Interpreter } from "../src/effect/mod.ts";
import { atCaller, callerHere } from "../src/api/caller.ts";
import { receivingEnd, sendingTo } from "../src/door.js";
import {
  attempt,
  failureOf,
  isCallError,
  isRecvError,
  isRunError,
  isSendError,
} from "../src/effect/failures.ts";
import { claiming, receivingValid, waiting } from "../src/host/channels/effects.ts";
import { creates, ends, runs } from "../src/host/diagnostics.ts";
import { compare, time } from "./harness.ts";

const RUNS = 20;
const ITEMS = 200;
const SAMPLES = 301;
const GOAL = "<= 1.02";

const interpreter = await create();
const [recv, send] = createChannel<number>();
const add = (a: number, b: number): number => a + b;

// The effects as they would be if there were no spans, line by line: what a line more or less costs
// is what is measured.

const plain = {
  run: () => plainRun(interpreter, "1"),
  call: () => plainCall(add, 1, 2),
  send: (item: number) => plainSend(send, item),
  recv: () => plainRecv(recv),
};

function plainRun(handle: Interpreter.Interpreter, source: string, options = {}) {
  return attempt((signal) => handle.run(source, { ...options, signal }), isRunError);
}

function plainCall(fn: typeof add, ...args: [number, number]) {
  const options = { fn, args };
  return attempt((signal) => interpreter.call({ ...options, signal }), isCallError);
}

function plainSend<T>(end: SendChannel<T>, item: T): Effect.Effect<void, unknown> {
  if (!(end instanceof SendChannel)) throw new TypeError("not a channel");
  const caller = callerHere();
  return waiting(claiming(sendingTo(end.id, item)), {
    failure: (error) => failureOf(atCaller(error, caller), isSendError),
  });
}

function plainRecv<T>(end: RecvChannel<T>): Effect.Effect<T, unknown> {
  const source = plainSource(end);
  return Effect.map(receivingValid<T, unknown>(source), ({ value }) => value);
}

function plainSource(end: RecvChannel) {
  if (!(end instanceof RecvChannel)) throw new TypeError("not a channel");
  const caller = callerHere();
  return {
    ...receivingEnd(end),
    failure: (error: unknown) => failureOf(atCaller(error, caller), isRecvError),
  };
}

const ours = {
  run: () => Interpreter.run(interpreter, "1"),
  call: () => Interpreter.call(interpreter, add, 1, 2),
  send: (item: number) => Channel.send(send, item),
  recv: () => Channel.recv(recv),
};
const tracer = Tracer.make({ span: (options) => new Tracer.NativeSpan(options) });

/** Microseconds of one effect of many, each of which begins when the one before has ended. */
async function each(make: () => Effect.Effect<unknown, unknown>, count: number): Promise<number> {
  const all = Effect.gen(function* () {
    for (let n = 0; n < count; n++) yield* make();
  });
  return await time(() => Effect.runPromise(all)) * 1000 / count;
}

interface Ends {
  send(item: number): Effect.Effect<void, unknown>;
  recv(): Effect.Effect<number, unknown>;
}
/** An item from a fiber to another of the same thread. */
const pair = (of: Ends) => () =>
  Effect.all([of.send(1), of.recv()], { concurrency: 2, discard: true });

for (
  const [what, unlike, like, count] of [
    ["run()", ours.run, plain.run, RUNS],
    ["call()", ours.call, plain.call, RUNS],
    ["send() and recv()", pair(ours), pair(plain), ITEMS],
  ] as const
) {
  await compare(
    { row: `${what}, nobody traces / without spans`, unit: "µs", goal: GOAL, samples: SAMPLES },
    () => each(unlike, count),
    () => each(like, count),
  );
}

// recv() of items that are there waits for nothing.
const waitingItems = (take: Ends["recv"]) => async () => {
  for (let n = 0; n < ITEMS; n++) send.sendNowait(n);
  return await each(take, ITEMS);
};
await compare(
  {
    row: "recv() of an item that is there, nobody traces / without spans",
    ...{ unit: "µs", goal: GOAL, samples: SAMPLES },
  },
  waitingItems(ours.recv),
  waitingItems(plain.recv),
);

/** What a run asks of its topics, and what an interpreter's life does. */
const heard = (): boolean => runs.isHeard || creates.isHeard || ends.isHeard;
const runTwice = async (): Promise<number> => {
  let count = 0;
  return await time(async () => {
        for (let n = 0; n < RUNS; n++) {
          await interpreter.run("1");
          if (heard()) count++;
        }
      }) * 1000 / RUNS + count;
};
const runOnce = async (): Promise<number> =>
  await time(async () => {
    for (let n = 0; n < RUNS; n++) await interpreter.run("1");
  }) * 1000 / RUNS;
await compare(
  {
    row: "run() that asks its topics twice, unheard / run()",
    ...{ unit: "µs", goal: GOAL, samples: SAMPLES },
  },
  runTwice,
  runOnce,
);

const traced = (make: () => Effect.Effect<unknown, unknown>) => () =>
  Effect.provideService(make(), Tracer.Tracer, tracer);
for (
  const [what, make, count] of [
    ["run()", ours.run, RUNS],
    ["send() and recv()", pair(ours), ITEMS],
  ] as const
) {
  await compare(
    { row: `${what}, traced / not traced`, unit: "µs", goal: "none" },
    () => each(traced(make), count),
    () => each(make, count),
  );
}
const listener = (): void => {};
const listening = async (): Promise<number> => {
  subscribe("subinterpreters:run", listener);
  const us = await runOnce();
  unsubscribe("subinterpreters:run", listener);
  return us;
};
await compare(
  { row: "run(), its topic heard / unheard", unit: "µs", goal: "none" },
  listening,
  runOnce,
);
await interpreter.terminate();
