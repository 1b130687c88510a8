// What the types of calls infer, and what they refuse: `npm run check` fails if a line that is
// expected to be an error is none.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ExecutionFailedError,
  type Interpreter,
  RunFailedError,
  type Task,
} from "subinterpreters";
import { sharing } from "../helpers/interpreter.ts";

const shared = sharing();

/** Never called: the compiler alone reads it. */
export async function refused(interpreter: Interpreter): Promise<void> {
  // @ts-expect-error -- an argument of another type
  await interpreter.call((a: number) => a, "one");
  // @ts-expect-error -- an argument is missing
  await interpreter.call((a: number, b: number) => a + b, 1);
  // @ts-expect-error -- one argument too many
  await interpreter.call((a: number) => a, 1, 2);
  // @ts-expect-error -- the result is a number
  const text: string = await interpreter.call(() => 1);
  // @ts-expect-error -- args do not fit
  await interpreter.call({ fn: (a: number) => a, args: ["one"] });
  // @ts-expect-error -- there is no such option
  await interpreter.call({ fn: () => 1, nothing: true });
  // @ts-expect-error -- nothing can abort a thread that blocks
  interpreter.callSync({ fn: () => 1, signal: AbortSignal.abort() });
  // @ts-expect-error -- exec() has no arguments for it
  await interpreter.exec((a: number) => a);
  // @ts-expect-error -- not a name and a value
  await interpreter.prepareMain([["a"]]);
  void text;
}

test("the types of call(), callSync() and callInThread() infer arguments and result", async () => {
  const interpreter = await shared();
  const sum: number = await interpreter.call((a: number, b: number) => a + b, 1, 2);
  const awaited: string = await interpreter.call((s: string) => Promise.resolve(s), "a");
  const sync: number[] = interpreter.callSync((list: number[]) => list, [1]);
  const task: Task<boolean> = interpreter.callInThread((b: boolean) => !b, true);
  const asPromise: Promise<boolean> = task;
  const negated = await asPromise;
  const text: Task<string> = interpreter.callInThread({ fn: (s: string) => s, args: ["a"] });
  assert.equal(await text, "a");
  const inferred = await interpreter.call({ fn: (a: number) => [a], args: [1], timeout: 60_000 });
  assert.deepEqual([sum, awaited, sync, negated, inferred[0]], [3, "a", [1], false, 1]);
});

test("a RunFailedError is an ExecutionFailedError in types and at run time", async () => {
  const interpreter = await shared();
  const error: unknown = await interpreter.call(() => {
    throw new Error("x");
  }).catch((cause: unknown) => cause);
  assert.ok(error instanceof RunFailedError);
  const base: ExecutionFailedError = error;
  assert.equal(base.excinfo.message, "x");
});
