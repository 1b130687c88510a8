// The types of effects: what each may fail with, by tag, and no more; `npm run check` fails if
// one says something else.

import type * as Effect from "effect/Effect";
import type * as Stream from "effect/Stream";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Channel, Executor, Interpreter, Queue } from "subinterpreters/effect";

/** The tags of the failures of what a function gives. */
type Tags<F extends (...args: never[]) => unknown> = ReturnType<F> extends
  Effect.Effect<unknown, infer E> | Effect.Effect<unknown, infer E, infer _R>
  ? E extends { readonly _tag: infer Tag } ? Tag : never
  : never;

/** `true` if both are the same type, and else a type that `true` is not assignable to. */
type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : { not: A } : { not: A };

type Ended = "InterpreterError" | "InterpreterNotFoundError";
type Called = Ended | "RangeError" | "NotShareableError";
type Failed = "RunFailedError" | "InterpreterTerminatedError";
type Ends = "ChannelClosedError" | "ChannelNotFoundError";
type Received = Ends | "ChannelError" | "ItemInterpreterDestroyed" | "ValidationError";
type Sent = Ends | "ChannelError" | "RangeError" | "NotShareableError";
type Got =
  | "QueueError"
  | "QueueNotFoundError"
  | "QueueShutDownError"
  | "ItemInterpreterDestroyed"
  | "ValidationError";
type Put =
  | "QueueError"
  | "QueueNotFoundError"
  | "QueueShutDownError"
  | "NotShareableError"
  | "RangeError";
type Tasks =
  | Failed
  | "InterpreterError"
  | "NotShareableError"
  | "RangeError"
  | "QueueFullError"
  | "BrokenInterpreterPoolError"
  | "ValidationError"
  | "CancelledError"
  | "RuntimeError";

const failures = {
  make: true satisfies Same<Tags<typeof Interpreter.make>, "InterpreterError" | "UnsupportedError">,
  run: true satisfies Same<Tags<typeof Interpreter.run>, Called | Failed | Ends>,
  evaluate: true satisfies Same<Tags<typeof Interpreter.evaluate>, Called | Failed | Ends>,
  call: true satisfies Same<Tags<typeof Interpreter.call>, Called | Failed>,
  prepareMain: true satisfies Same<
    Tags<typeof Interpreter.prepareMain>,
    Called | "InterpreterTerminatedError"
  >,
  importModule: true satisfies Same<
    Tags<typeof Interpreter.importModule>,
    Ended | Failed | "RangeError" | "UnsupportedError"
  >,
  close: true satisfies Same<Tags<typeof Interpreter.close>, Ended>,
  terminate: true satisfies Same<Tags<typeof Interpreter.terminate>, Ended>,
  channel: true satisfies Same<Tags<typeof Channel.make>, never>,
  recv: true satisfies Same<Tags<typeof Channel.recv>, Received>,
  recvNowait: true satisfies Same<Tags<typeof Channel.recvNowait>, Received>,
  send: true satisfies Same<Tags<typeof Channel.send>, Sent>,
  sendNowait: true satisfies Same<Tags<typeof Channel.sendNowait>, Sent>,
  queue: true satisfies Same<Tags<typeof Queue.make>, never>,
  get: true satisfies Same<Tags<typeof Queue.get>, Got>,
  getNowait: true satisfies Same<Tags<typeof Queue.getNowait>, Got | "QueueEmptyError">,
  put: true satisfies Same<Tags<typeof Queue.put>, Put>,
  putNowait: true satisfies Same<Tags<typeof Queue.putNowait>, Put | "QueueFullError">,
  shutdown: true satisfies Same<Tags<typeof Queue.shutdown>, "QueueNotFoundError">,
  executor: true satisfies Same<Tags<typeof Executor.make>, "InterpreterError">,
  submit: true satisfies Same<Tags<typeof Executor.submit>, Tasks>,
  map: true satisfies Same<Tags<typeof Executor.map>, Tasks>,
  closeChannel: true satisfies Same<Tags<typeof Channel.close>, Ends | "ChannelNotEmptyError">,
};

type Work = typeof import("../modules/fixtures/work.ts");

/** Never called: the compiler alone reads it. */
export function inferred(work: Interpreter.Module<Work>): void {
  work.add(1, 2) satisfies Effect.Effect<number, { readonly message: string }>;
  work.version satisfies Effect.Effect<string, { readonly message: string }>;
  work.items(3) satisfies Stream.Stream<{ readonly n: number }, { readonly message: string }>;
  // @ts-expect-error -- an argument of another type
  work.add("one", 2);
  // @ts-expect-error -- the result is a number
  work.add(1, 2) satisfies Effect.Effect<string, unknown>;
  // @ts-expect-error -- classes stay behind
  work.Kept();
  // @ts-expect-error -- there is no such export
  work.subtract(1, 2);
}

/** Never called: the compiler alone reads it. */
export function inferredTasks(executor: Executor.Executor, numbers: Queue.Queue<number>): void {
  const double = (n: number) => n * 2;
  Executor.submit(executor, double, 1) satisfies Effect.Effect<number, unknown>;
  Executor.submit(executor, { fn: double, args: [1] }) satisfies Effect.Effect<number, unknown>;
  Executor.map(executor, double, [1]) satisfies Effect.Effect<number[], unknown>;
  Executor.mapStream(executor, double, [1]) satisfies Stream.Stream<number, unknown>;
  Queue.get(numbers) satisfies Effect.Effect<number, unknown>;
  // @ts-expect-error -- an argument of another type
  Executor.submit(executor, double, "one");
  // @ts-expect-error -- items of another type
  Executor.map(executor, double, ["one"]);
  // @ts-expect-error -- interruption takes the place of the signal
  Executor.submit(executor, { fn: double, args: [1], signal: new AbortController().signal });
  // @ts-expect-error -- an item of another type
  Queue.put(numbers, "one");
}

test("the types of failures are compared by the compiler", () => {
  assert.ok(Object.values(failures).every(Boolean));
  assert.equal(typeof Interpreter.make, "function");
  assert.equal(typeof Channel.make, "function");
  assert.equal(typeof Queue.make, "function");
  assert.equal(typeof Executor.make, "function");
});
