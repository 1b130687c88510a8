// The classes of the errors, and the words in which they say what Python says.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ChannelClosedError,
  ChannelEmptyError,
  ChannelError,
  ChannelNotEmptyError,
  ChannelNotFoundError,
  createChannel,
  ExecutionFailedError,
  getMain,
  Interpreter,
  InterpreterError,
  InterpreterNotFoundError,
  InterpreterTerminatedError,
  ItemInterpreterDestroyed,
  NotReceivedError,
  NotShareableError,
  QueueEmptyError,
  QueueError,
  QueueFullError,
  QueueNotFoundError,
  QueueShutDownError,
  RecvChannel,
  RunFailedError,
  RuntimeError,
  UnsupportedError,
  ValidationError,
} from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";

const parentOf = (constructor: object): unknown => Object.getPrototypeOf(constructor);

test("B419 ChannelError is a RuntimeError, which is an Error", () => {
  assert.equal(parentOf(ChannelError), RuntimeError);
  assert.equal(parentOf(RuntimeError), Error);
});

for (
  const [row, constructor] of [
    ["B420", ChannelNotFoundError],
    ["B420", ChannelEmptyError],
    ["B420", ChannelNotEmptyError],
    ["B420", NotReceivedError],
    ["B421", ChannelClosedError],
    ["B420", ItemInterpreterDestroyed],
  ] as const
) {
  test(`${row} ${constructor.name} is a direct child of ChannelError`, () => {
    assert.equal(parentOf(constructor), ChannelError);
  });
}

test("B368 QueueError is a RuntimeError", () => {
  assert.equal(parentOf(QueueError), RuntimeError);
});

for (
  const constructor of [QueueEmptyError, QueueFullError, QueueNotFoundError, QueueShutDownError]
) {
  test(`B368 ${constructor.name} is a direct child of QueueError`, () => {
    assert.equal(parentOf(constructor), QueueError);
  });
}

test("B424 ExecutionFailedError, which RunFailedError is, and InterpreterNotFoundError are InterpreterErrors", () => {
  assert.equal(parentOf(RunFailedError), ExecutionFailedError);
  assert.equal(parentOf(ExecutionFailedError), InterpreterError);
  assert.equal(parentOf(InterpreterNotFoundError), InterpreterError);
  assert.equal(parentOf(InterpreterTerminatedError), RunFailedError);
  assert.equal(parentOf(NotShareableError), TypeError);
  assert.equal(parentOf(UnsupportedError), Error);
  assert.equal(parentOf(ValidationError), Error);
});

test("B425 InterpreterError is a RuntimeError", () => {
  assert.equal(parentOf(InterpreterError), RuntimeError);
});

for (
  const constructor of [
    ChannelClosedError,
    ChannelEmptyError,
    ChannelError,
    ChannelNotEmptyError,
    ChannelNotFoundError,
    InterpreterError,
    InterpreterNotFoundError,
    InterpreterTerminatedError,
    ItemInterpreterDestroyed,
    NotReceivedError,
    NotShareableError,
    QueueEmptyError,
    QueueError,
    QueueFullError,
    QueueNotFoundError,
    QueueShutDownError,
    RunFailedError,
    RuntimeError,
    UnsupportedError,
    ValidationError,
  ]
) {
  test(`B427 ${constructor.name} has its name as name and as _tag`, () => {
    const { name, _tag } = constructor.prototype;
    assert.deepEqual([name, _tag], [constructor.name, constructor.name]);
  });
}

test("B422 messages of channels name the channel and what is the matter", () => {
  const [recv, send] = createChannel();
  assert.throws(() => new RecvChannel(700_000).recvNowait(), /channel 700000 not found/);
  send.sendNowait(1);
  assert.throws(() => recv.close(), new RegExp(`channel ${recv.id}: .*left.*force: true`));
  recv.close({ force: true });
  assert.throws(() => recv.recvNowait(), new RegExp(`channel ${recv.id}: it is closed`));
});

test("B422 messages of interpreters say running, current and not found", async (t) => {
  const interpreter = await scoped(t);
  await assert.rejects(getMain().run("1"), /already running/);
  await assert.rejects(
    interpreter.run(`import { getCurrent } from "subinterpreters"; await getCurrent().close()`),
    /cannot destroy the current interpreter/,
  );
  assert.throws(() => new Interpreter(700_000), /interpreter 700000: no interpreter has that id/);
});

test("B146 InterpreterTerminatedError has an exitCode only if the source called exit", () => {
  const timeout = new InterpreterTerminatedError("ended", { reason: "timeout" });
  assert.deepEqual([timeout.reason, "exitCode" in timeout], ["timeout", false]);
  assert.equal(
    new InterpreterTerminatedError("ended", { reason: "exit", exitCode: 0 }).exitCode,
    0,
  );
});

test("B427 _tag is a literal type, which tells the errors of a union apart", () => {
  const errors: (RunFailedError | QueueFullError | ChannelClosedError | ValidationError)[] = [
    new RunFailedError({ name: "Error", message: "thrown" }),
    new ValidationError("wrong", { issues: [] }),
  ];
  const told = errors.map((error) => {
    switch (error._tag) {
      case "RunFailedError":
        return error.excinfo.message;
      case "ValidationError":
        return error.issues.length;
      default:
        return undefined;
    }
  });
  assert.deepEqual(told, ["thrown", 0]);
  // @ts-expect-error No error has that name: were `_tag` a string, this would compile.
  assert.notEqual(errors[0]?._tag === "NoSuchError", true);
});
