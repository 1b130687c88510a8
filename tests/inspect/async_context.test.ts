// The program's own `AsyncLocalStorage` in what interpreters make the program do: host functions,
// callbacks of output, and the bodies of loops over what interpreters give.

import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import {
  create,
  createChannel,
  createQueue,
  createSync,
  InterpreterPoolExecutor,
} from "subinterpreters";
import { until } from "../helpers/until.ts";

const storage = new AsyncLocalStorage<string>();

/** A host function that says in which context it is, before and after it has waited. */
const context = {
  now: () => storage.getStore() ?? null,
  later: async () => {
    const before = storage.getStore();
    await new Promise((resolve) => setTimeout(resolve, 1));
    return [before ?? null, storage.getStore() ?? null];
  },
};

const ASK_NOW = 'import { host } from "subinterpreters"; await host.now()';
const ASK_LATER = 'import { host } from "subinterpreters"; await host.later()';

test("create() functions run in the asynchronous context of the run that calls them", async () => {
  await using interpreter = await storage.run("create", () => create({ functions: context }));
  const now = await storage.run("request 1", () => interpreter.evaluate(ASK_NOW));
  assert.equal(now, "request 1");
  const later = await storage.run("request 2", () => interpreter.evaluate(ASK_LATER));
  assert.deepEqual(later, ["request 2", "request 2"]);
  assert.equal(await interpreter.evaluate(ASK_NOW), null);
});

test("create() functions have the context of each of many runs, also over the lane of runs", async () => {
  await using interpreter = await create({ functions: context });
  for (let n = 0; n < 40; n++) {
    const now = await storage.run(`request ${n}`, () => interpreter.evaluate(ASK_NOW));
    assert.equal(now, `request ${n}`);
  }
});

test("create() functions of two interpreters keep their contexts apart", async () => {
  await using one = await create({ functions: context });
  await using two = await create({ functions: context });
  const both = await Promise.all([
    storage.run("one", () => one.evaluate(ASK_LATER)),
    storage.run("two", () => two.evaluate(ASK_LATER)),
  ]);
  assert.deepEqual(both, [["one", "one"], ["two", "two"]]);
});

test("create() functions that a run calls in runSync() have its context", () => {
  const interpreter = createSync({ functions: context });
  const now = storage.run("request", () => interpreter.evaluateSync(ASK_NOW));
  assert.equal(now, "request");
  interpreter.closeSync();
});

test("create() functions called between runs have the context of create()", async () => {
  const heard: unknown[] = [];
  const functions = { tell: () => void heard.push(storage.getStore()) };
  await using interpreter = await storage.run("create", () => create({ functions }));
  await storage.run("run", () =>
    interpreter.run(
      'import { host } from "subinterpreters"; setTimeout(() => host.tell(), 30);',
    ));
  await until(() => heard.length > 0);
  assert.deepEqual(heard, ["create"]);
});

test("create() functions have the context of the run that another interpreter's run was started by", async () => {
  await using inner = await create({ functions: context });
  await using outer = await create();
  const now = await storage.run(
    "request",
    () => outer.evaluate("await inner.evaluate(source)", { values: { inner, source: ASK_NOW } }),
  );
  assert.equal(now, "request");
});

test("create() stdout is called in the context of create()", async () => {
  const heard: unknown[] = [];
  const stdout = () => void heard.push(storage.getStore());
  await using interpreter = await storage.run("create", () => create({ stdout }));
  await storage.run("run", () => interpreter.run("console.log('a')"));
  await until(() => heard.length > 0);
  assert.deepEqual(heard, ["create"]);
});

test("RecvChannel loops keep their context in the body, also after an item that comes late", async () => {
  await using interpreter = await create();
  const [recv, send] = createChannel<number>();
  const seen = storage.run("consumer", async () => {
    const contexts: unknown[] = [];
    for await (const _ of recv) {
      contexts.push(storage.getStore());
      await new Promise((resolve) => setTimeout(resolve, 1));
      contexts.push(storage.getStore());
    }
    return contexts;
  });
  await storage.run("producer", () =>
    interpreter.run(
      `await send.send(1);
       await new Promise((resolve) => setTimeout(resolve, 20));
       await send.send(2); send.close();`,
      { channels: { send } },
    ));
  assert.deepEqual(await seen, Array(4).fill("consumer"));
});

test("Queue.get() and RecvChannel.recv() resume in the context of their caller", async () => {
  await using interpreter = await create();
  const queue = createQueue<number>();
  const [recv, send] = createChannel<number>();
  const got = storage.run("consumer", async () => {
    await queue.get();
    const first = storage.getStore();
    await recv.recv();
    return [first, storage.getStore()];
  });
  await storage.run("producer", async () => {
    await interpreter.run("queue.putNowait(1)", { values: { queue } });
    await interpreter.run("await send.send(1)", { channels: { send } });
  });
  assert.deepEqual(await got, ["consumer", "consumer"]);
});

test("Interpreter.import() generators are read in the context of the loop", async () => {
  await using interpreter = await create();
  const module = await interpreter.import<{ count(to: number): AsyncGenerator<number> }>(
    "data:text/javascript,export function* count(to) { for (let n = 0; n < to; n++) yield n; }",
  );
  const contexts = await storage.run("consumer", async () => {
    const seen: unknown[] = [];
    for await (const _ of module.count(3)) seen.push(storage.getStore());
    return seen;
  });
  assert.deepEqual(contexts, ["consumer", "consumer", "consumer"]);
});

test("InterpreterPoolExecutor.map() takes its items and gives its results in the context of its caller", async () => {
  await using pool = new InterpreterPoolExecutor({ maxWorkers: 2 });
  const taken: unknown[] = [];
  function* items(): Generator<number> {
    for (let n = 0; n < 20; n++) {
      taken.push(storage.getStore());
      yield n;
    }
  }
  const given = await storage.run("map", async () => {
    const seen: unknown[] = [];
    for await (
      const _ of pool.map((n: number) => n * 2, items(), { buffersize: 2, chunksize: 1 })
    ) {
      seen.push(storage.getStore());
    }
    return seen;
  });
  assert.deepEqual([...new Set(taken)], ["map"]);
  assert.deepEqual([given.length, ...new Set(given)], [20, "map"]);
});

test("InterpreterPoolExecutor functions have the context of the pool, whoever needs a worker", async () => {
  await using pool = storage.run(
    "pool",
    () => new InterpreterPoolExecutor({ maxWorkers: 1, functions: context }),
  );
  const source = 'import { host } from "subinterpreters"; await host.later()';
  const later = await storage.run("submit", () => pool.submit({ source }));
  assert.deepEqual([await pool.submit({ source }), later], [["pool", "pool"], ["pool", "pool"]]);
});

test("Task.addDoneCallback() calls in the context in which it was added", async () => {
  await using pool = new InterpreterPoolExecutor({ maxWorkers: 1 });
  const heard: unknown[] = [];
  await storage.run("submit", async () => {
    const task = pool.submit((n: number) => n, 1);
    task.addDoneCallback(() => void heard.push(storage.getStore()));
    await task;
    heard.push(storage.getStore());
  });
  assert.deepEqual(heard, ["submit", "submit"]);
});
