// What subscribers of `node:diagnostics_channel` hear.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { test, type TestContext } from "node:test";
import {
  type ChannelMessage,
  create,
  createChannel,
  type CreateMessage,
  createQueue,
  type EndMessage,
  type Interpreter,
  InterpreterTerminatedError,
  RunFailedError,
  type RunMessage,
} from "subinterpreters";
import { until } from "../helpers/until.ts";

interface Topics {
  readonly create: CreateMessage;
  readonly end: EndMessage;
  readonly run: RunMessage;
  readonly channel: ChannelMessage;
}

/** What is published on a topic until the test ends. */
function listen<Name extends keyof Topics>(t: TestContext, name: Name): Topics[Name][] {
  const heard: Topics[Name][] = [];
  const topic = `subinterpreters:${name}`;
  const listener = (message: unknown) => void heard.push(message as Topics[Name]);
  subscribe(topic, listener);
  t.after(() => unsubscribe(topic, listener));
  return heard;
}

/** The messages about one interpreter, without the times, which must make sense. */
function about<Message extends { readonly id: number; readonly time: number }>(
  heard: readonly Message[],
  { id }: Interpreter,
): Omit<Message, "time" | "duration">[] {
  return heard.filter((message) => message.id === id).map((message) => {
    const { time, duration = 0, ...rest } = message as Message & { readonly duration?: number };
    assert.ok(duration >= 0 && time >= duration && time <= performance.now());
    return rest;
  });
}

test("create() and close() are published, with names and the reason", async (t) => {
  const creates = listen(t, "create");
  const ends = listen(t, "end");
  const interpreter = await create({ name: "watched", isolated: false });
  const { id } = interpreter;
  assert.deepEqual(about(creates, interpreter), [
    { id, name: "watched", isolated: false, creator: 0 },
  ]);
  assert.deepEqual(about(ends, interpreter), []);
  await interpreter.close();
  assert.deepEqual(about(ends, interpreter), [
    { id, name: "watched", reason: "closed", exitCode: null },
  ]);
});

test("create() of an interpreter is published with its creator's id", async (t) => {
  const creates = listen(t, "create");
  await using outer = await create();
  const inner = await outer.evaluate<Interpreter>(
    'const { create } = await import("subinterpreters"); await create({ name: "inner" })',
  );
  const [message] = about(creates, inner);
  assert.deepEqual(message, { id: inner.id, name: "inner", isolated: true, creator: outer.id });
  await inner.terminate();
});

test("run() and evaluate() are published when they begin and when they end", async (t) => {
  await using interpreter = await create();
  const heard = listen(t, "run");
  const promise = interpreter.run("var n = 1", { filename: "first.ts" });
  await Promise.resolve();
  const { id } = interpreter;
  const common = { id, caller: 0, kind: "run", source: "var n = 1", filename: "first.ts" };
  const [start] = about(heard, interpreter);
  assert.ok(start !== undefined);
  const { run } = start;
  assert.deepEqual(start, { phase: "start", run, ...common });
  await promise;
  const end = { phase: "end", run, ...common, outcome: "done", error: undefined };
  assert.deepEqual(about(heard, interpreter), [start, end]);

  assert.equal(await interpreter.evaluate("n"), 1);
  const [, , next, last] = about(heard, interpreter);
  assert.deepEqual([next?.phase, next?.kind, last?.phase], ["start", "evaluate", "end"]);
  assert.deepEqual([next?.run, last?.run].map((number) => number !== run), [true, true]);
});

test("run() that fails is published with its error, one that cannot be compiled too", async (t) => {
  await using interpreter = await create();
  const heard = listen(t, "run");
  for (const source of ["throw new Error('no')", "let 1", `${"var long: number;".repeat(300)}(`]) {
    const error = await interpreter.run(source).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof RunFailedError);
    const [start, end] = about(heard.splice(0), interpreter) as RunMessage[];
    assert.deepEqual([start?.phase, start?.source, end?.phase], ["start", source, "end"]);
    assert.ok(end?.phase === "end" && start?.run === end.run);
    assert.equal(end.outcome, "failed");
    assert.equal(end.error, error);
  }
});

test("run() that ends with its interpreter is published before that, with the reason", async (t) => {
  const runs = listen(t, "run");
  const ends = listen(t, "end");
  const order: string[] = [];
  const note = (_: unknown, name: string | symbol) => void order.push(String(name));
  for (const name of ["run", "end"]) {
    subscribe(`subinterpreters:${name}`, note);
    t.after(() => unsubscribe(`subinterpreters:${name}`, note));
  }
  const interpreter = await create();
  await assert.rejects(
    interpreter.run("while (true);", { timeout: 20 }),
    InterpreterTerminatedError,
  );
  await until(() => about(ends, interpreter).length > 0);
  const [, end] = about(runs, interpreter) as RunMessage[];
  assert.ok(end?.phase === "end" && end.outcome === "terminated");
  assert.ok(end.error instanceof InterpreterTerminatedError && end.error.reason === "timeout");
  assert.deepEqual(order.slice(-3), ["run", "run", "end"].map((name) => `subinterpreters:${name}`));
  const [{ reason, exitCode } = {}] = about(ends, interpreter) as Partial<EndMessage>[];
  assert.deepEqual([reason, exitCode], ["timeout", null]);
});

test("run() that is interrupted or exits is published with how it ended", async (t) => {
  const runs = listen(t, "run");
  const ends = listen(t, "end");
  const interpreter = await create();
  const options = { timeout: 20, onTimeout: "interrupt" } as const;
  await assert.rejects(interpreter.run("await new Promise(() => {})", options));
  await assert.rejects(interpreter.run("process.exit(3)"));
  await until(() => about(ends, interpreter).length > 0);
  const outcomes = (about(runs, interpreter) as RunMessage[]).flatMap((message) =>
    message.phase === "end" ? [message.outcome] : []
  );
  assert.deepEqual(outcomes, ["interrupted", "terminated"]);
  const [{ reason, exitCode } = {}] = about(ends, interpreter) as Partial<EndMessage>[];
  assert.deepEqual([reason, exitCode], ["exit", 3]);
});

test("runSync() is published when it is over, because it blocks subscribers too", async (t) => {
  await using interpreter = await create();
  const heard = listen(t, "run");
  interpreter.runSync("1");
  await Promise.resolve();
  const messages = about(heard, interpreter) as RunMessage[];
  assert.deepEqual(messages.map(({ phase }) => phase), ["start", "end"]);
});

test("create() and run() are published in the asynchronous context of their callers", async (t) => {
  const storage = new AsyncLocalStorage<string>();
  const contexts: unknown[] = [];
  for (const topic of ["subinterpreters:create", "subinterpreters:run"]) {
    const listener = (message: unknown) => {
      const { phase = "create" } = message as Partial<RunMessage>;
      contexts.push([phase, storage.getStore()]);
    };
    subscribe(topic, listener);
    t.after(() => unsubscribe(topic, listener));
  }
  await using interpreter = await storage.run("request 6", () => create());
  await storage.run("request 7", () => interpreter.run("1"));
  await Promise.resolve();
  assert.deepEqual(contexts, [
    ["create", "request 6"],
    ["start", "request 7"],
    ["end", "request 7"],
  ]);
});

test("createChannel() and createQueue() are published, and their ends", async (t) => {
  const heard = listen(t, "channel");
  const [recv, send] = createChannel();
  const queue = createQueue(3);
  const endless = createQueue();
  send.close();
  queue.shutdown();
  endless.shutdown();
  await Promise.resolve();
  const messages = heard.map(({ time, ...rest }) => {
    assert.ok(time <= performance.now());
    return rest;
  });
  const made = { phase: "create", creator: 0 };
  assert.deepEqual(messages, [
    { ...made, kind: "channel", id: recv.id, maxsize: null },
    { ...made, kind: "queue", id: queue.id, maxsize: 3 },
    { ...made, kind: "queue", id: endless.id, maxsize: null },
    { phase: "close", kind: "channel", id: recv.id },
    { phase: "close", kind: "queue", id: queue.id },
    { phase: "close", kind: "queue", id: endless.id },
  ]);
});
