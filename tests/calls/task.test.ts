// callInThread(), and the task that it returns.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelledError,
  create,
  InterpreterTerminatedError,
  RunFailedError,
  Task,
} from "subinterpreters";
import { newTask } from "subinterpreters/src/api/task.ts";
import { sharing } from "../helpers/interpreter.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const shared = sharing();

test("B199 B200 callInThread() returns a started task, which resolves to the result", async () => {
  const interpreter = await shared();
  const task = interpreter.callInThread((a: number, b: number) => a + b, 1, 2);
  assert.ok(task instanceof Task);
  assert.equal(task.running(), true);
  assert.equal(interpreter.isRunning(), true);
  assert.equal(await task, 3);
  assert.deepEqual([task.done(), task.running(), task.cancelled()], [true, false, false]);
  await task.join();
  assert.equal(await task.result(), 3);
  assert.equal(await task.exception(), undefined);
});

test("a Task is made by whoever runs it, and by nobody else", () => {
  const make = () => Reflect.construct(Task, []);
  assert.throws(make, { name: "TypeError", message: /submit\(\) and callInThread\(\)/ });
});

test("B200 callInThread() takes an object with the function, its arguments and options", async () => {
  await using interpreter = await create();
  const task = interpreter.callInThread({ fn: (a: number, b: number) => a - b, args: [5, 2] });
  assert.equal(await task, 3);
  const late = interpreter.callInThread({
    fn: () => new Promise<never>(() => {}),
    timeout: 50,
    onTimeout: "interrupt",
  });
  assert.ok((await late.exception()) instanceof InterpreterTerminatedError);
  assert.equal(await interpreter.callInThread(() => 1), 1);
});

test("B201 callInThread() throws nothing at once: what is wrong comes by the task", async () => {
  const interpreter = await shared();
  const wrong = interpreter.callInThread.bind(interpreter) as (...a: unknown[]) => Task<unknown>;
  await assert.rejects(wrong(1).result(), TypeError);
  await assert.rejects(wrong(Math.max, 1).result(), TypeError);
  assert.ok((await wrong().exception()) instanceof TypeError);
  const failed = interpreter.callInThread(() => {
    throw new Error("inside");
  });
  await failed.join();
  assert.ok((await failed.exception()) instanceof RunFailedError);
});

test("a task of callInThread() that is cancelled ends its interpreter", async () => {
  const interpreter = await create();
  const task = interpreter.callInThread(() => {
    for (;;);
  });
  assert.equal(task.cancel(), true);
  assert.equal(task.cancelled(), true);
  assert.equal(task.cancel(), true);
  await assert.rejects(task.result(), CancelledError);
  await assert.rejects(task, CancelledError);
  await interpreter[Symbol.asyncDispose]();
});

test("B199 a failure that nobody asks for is reported, and does not end the program", async () => {
  const { code, stdout, stderr } = await spawnScript(`
    import { create } from "subinterpreters";
    const interpreter = await create();
    interpreter.callInThread(() => { throw new Error("nobody asks"); });
    while (interpreter.isRunning()) await new Promise((resolve) => setTimeout(resolve, 1));
    await interpreter.close();
    setTimeout(() => console.log("still here"), 1);
  `);
  assert.match(stderr, /Uncaught in a call in interpreter \d+: .*nobody asks/);
  assert.match(stdout, /still here/);
  assert.equal(code, 0);
});

test("B411 B412 a task tells its state, and is cancelled only before it runs", async () => {
  const state = ({ task }: { task: Task<number> }) => [
    task.running(),
    task.done(),
    task.cancelled(),
  ];
  const control = newTask<number>();
  assert.deepEqual(state(control), [false, false, false]);
  assert.equal(String(control.task), "Task(pending)");
  assert.equal(control.begin(), true);
  assert.deepEqual(state(control), [true, false, false]);
  assert.equal(control.task.cancel(), false);
  control.succeed(1);
  assert.deepEqual(state(control), [false, true, false]);
  assert.equal(control.task.cancel(), false);
  const cancelled = newTask<number>();
  assert.equal(cancelled.task.cancel(), true);
  assert.equal(cancelled.begin(), false);
  cancelled.succeed(2);
  assert.deepEqual(state(cancelled), [false, true, true]);
  await assert.rejects(cancelled.task.result(), CancelledError);
  await assert.rejects(cancelled.task.exception(), CancelledError);
});

test("B413 B414 result() and exception() wait so long, and no longer", async () => {
  const control = newTask<string>();
  const isLate = (error: unknown) => error instanceof DOMException && error.name === "TimeoutError";
  await assert.rejects(control.task.result({ timeout: 0 }), isLate);
  await assert.rejects(control.task.exception({ timeout: 1 }), isLate);
  await assert.rejects(control.task.result({ timeout: -1 }), TypeError);
  await assert.rejects(control.task.result({ timeout: "1" as unknown as number }), TypeError);
  const waiting = control.task.result();
  control.begin();
  control.succeed("done");
  assert.equal(await waiting, "done");
  assert.equal(await control.task.result({ timeout: 0 }), "done");
  const failing = newTask<string>();
  const failed = assert.rejects(failing.task.result({ timeout: 60_000 }), /broken/);
  failing.begin();
  failing.fail(new Error("broken"));
  await failed;
  assert.match(String(await failing.task.exception()), /broken/);
});

test("B415 callbacks of a task are called in order, whatever one of them throws", async () => {
  const control = newTask<number>();
  const seen: string[] = [];
  control.task.addDoneCallback((task) => seen.push(`first ${task.done()}`));
  control.task.addDoneCallback(() => {
    seen.push("second");
  });
  control.begin();
  control.succeed(1);
  control.task.addDoneCallback(() => seen.push("late"));
  assert.deepEqual(seen, ["first true", "second", "late"]);
  const wrong = control.task.addDoneCallback.bind(control.task) as (callback: unknown) => void;
  assert.throws(() => wrong(1), TypeError);
  const cancelled = newTask<number>();
  cancelled.task.addDoneCallback(() => seen.push("cancelled"));
  cancelled.task.cancel();
  assert.equal(seen.at(-1), "cancelled");
});

test("B416 a task keeps its first outcome", async () => {
  const control = newTask<number>();
  control.begin();
  control.succeed(1);
  control.fail(new Error("late"));
  control.succeed(2);
  assert.equal(await control.task, 1);
});

test("a task is used as a promise: then(), catch(), finally(), Promise.all()", async () => {
  const control = newTask<number>();
  control.begin();
  const ends: number[] = [];
  const both = Promise.all([control.task, control.task.finally(() => ends.push(1))]);
  control.succeed(4);
  assert.deepEqual(await both, [4, 4]);
  assert.deepEqual(ends, [1]);
  const failing = newTask<number>();
  failing.fail(0);
  assert.equal(await failing.task.catch((error) => error === 0 ? "zero" : "other"), "zero");
  assert.equal(await failing.task.then(undefined, () => "handled"), "handled");
});
