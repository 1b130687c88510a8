// Errors point home: the stack of what a call fails with has the line in the user's file
// that made the call, and none of the module's own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import {
  ChannelClosedError,
  create,
  createChannel,
  createSync,
  getMain,
  RunFailedError,
  SendChannel,
} from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const shared = sharing();
const file = new URL(import.meta.url).pathname.split("/").at(-1)!;
const fn = { fn: () => {} };

/** The line that calls this. */
function line(): number {
  const frames = new Error().stack!.split("\n").filter((frame) => frame.includes(file));
  return Number(/:(\d+):\d+\)?$/.exec(frames[1]!)![1]);
}

async function errorOf(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  throw new Error("The call did not fail");
}

/**
 * The calls, and the line that each stands in. None is the last thing that a function does:
 * Bun's engine forgets the frame of a function that ends in a call.
 */
async function callsThatFail(): Promise<Record<string, readonly [() => unknown, number]>> {
  const i = await shared();
  const closed = await create();
  await closed.close();
  const [recv, send] = createChannel();
  const busy = () => void i.run("await new Promise((go) => setTimeout(go, 20))").catch(() => {});
  const soon = { timeout: 5 };
  const stop = { timeout: 20, onTimeout: "interrupt" } as const;
  const [full] = createChannel();
  new SendChannel(full.id).sendNowait(1);
  const python = { language: "python" } as const;
  return {
    "run()": [async () => await i.run("null.x"), line()],
    "run() after an await": [async () => await i.run("await 1; null.x"), line()],
    "run() of a syntax error": [async () => await i.run("let ="), line()],
    "run() of a closed one": [async () => await closed.run("1"), line()],
    "run() in the main one": [async () => await getMain().run("1"), line()],
    "run() with an option": [async () => await i.run("1", { timeout: -1 }), line()],
    "run() with a value": [async () => await i.run("1", { values: fn }), line()],
    "run() that is interrupted": [async () => await i.run("for (;;);", stop), line()],
    "evaluate()": [async () => await i.evaluate("null.x"), line()],
    "evaluate() of a function": [async () => await i.evaluate("() => {}"), line()],
    "runSync()": [async () => i.runSync("null.x"), line()],
    "runSync() of a closed one": [async () => closed.runSync("1"), line()],
    "evaluateSync()": [async () => i.evaluateSync("null.x"), line()],
    "evaluateSync() of a function": [async () => i.evaluateSync("() => {}"), line()],
    "close()": [async () => (busy(), await i.close()), line()],
    "closeSync()": [async () => closed.closeSync(), line()],
    "terminate()": [async () => await getMain().terminate(), line()],
    "create()": [async () => await create(python), line()],
    "createSync()": [async () => createSync(python), line()],
    "recv() in time": [async () => await recv.recv(soon), line()],
    "recv() at once": [async () => await recv.recv({ timeout: 0 }), line()],
    "recvMany()": [async () => await recv.recvMany(2, soon), line()],
    "recvSync()": [async () => recv.recvSync(soon), line()],
    "recvManySync()": [async () => recv.recvManySync(2, soon), line()],
    "send() in time": [async () => await send.send(1, soon), line()],
    "send() of a function": [async () => await send.send([fn]), line()],
    "sendSync()": [async () => send.sendSync(1, soon), line()],
    "sendSync() of a function": [async () => send.sendSync([fn]), line()],
    "sendNowait()": [async () => send.sendNowait([[fn]]), line()],
    "close() of a channel": [async () => full.close(), line()],
    "new SendChannel()": [async () => new SendChannel(1e6).sendNowait(1), line()],
  };
}

const OWN = /[/\\](?:src|dist)[/\\]/;

test("the error of each call has the caller's line, and no frame of the module on top", async () => {
  const calls = await callsThatFail();
  for (const [name, [call, at]] of Object.entries(calls)) {
    const error = await errorOf(call);
    const { stack = "" } = error;
    assert.ok(stack.includes(`${file}:${at}:`), `${name}, line ${at}: ${stack}`);
    assert.ok(stack.includes(error.message.split("\n")[0]!), `${name}: ${stack}`);
    if (/^(?:run|evaluate|runSync|evaluateSync)\(\)(?: after an await)?$/.test(name)) {
      assert.doesNotMatch(stack, OWN, name);
    }
    while ((await shared()).isRunning()) await new Promise((go) => setTimeout(go, 5));
  }
});

test("the error of a wait that ends for another reason has the line of the wait", async (t) => {
  const [recv, send] = createChannel();
  const interpreter = await scoped(t);
  const waits = [
    [errorOf(async () => await recv.recv()), line()],
    [errorOf(async () => await interpreter.run("for (;;);")), line()],
    [errorOf(async () => await interpreter.run("1")), line()],
  ] as const;
  send.close();
  await interpreter.terminate();
  for (const [error, at] of waits) {
    const { stack = "" } = await error;
    assert.ok(stack.includes(`${file}:${at}:`), stack);
    assert.doesNotMatch(stack, OWN);
  }
});

test("an abort rejects with the signal's reason as it is, an error of this module, too", async (t) => {
  const reason = new ChannelClosedError("mine");
  const { stack } = reason;
  const signal = AbortSignal.abort(reason);
  const later = new AbortController();
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  const waits = [recv.recv({ signal: later.signal }), interpreter.run("1", { signal })];
  waits.push(send.send(1, { signal }), create({ signal }).then(() => {}));
  later.abort(reason);
  for (const wait of waits) {
    assert.equal(await errorOf(() => wait), reason);
    assert.equal(reason.stack, stack);
  }
});

test("what a getter throws while a value is sent keeps its own stack", async () => {
  const [, send] = createChannel();
  const error = new RangeError("the getter's own");
  const { stack } = error;
  const value = {
    get part(): never {
      throw error;
    },
  };
  for (const call of [() => send.send(value), () => send.sendSync(value)]) {
    assert.equal(await errorOf(call), error);
    assert.equal(error.stack, stack);
  }
});

test("errors inside have the line of the source that made the call", async () => {
  const interpreter = await shared();
  const calls = {
    "recv()": "await createChannel()[0].recv({ timeout: 1 })",
    "recvSync()": "createChannel()[0].recvSync({ timeout: 1 })",
    "send()": "await createChannel()[1].send([() => {}])",
    "run()": "await inner.run('null.x')",
    "runSync()": "inner.runSync('null.x')",
    "create()": "await create({ language: 'python' })",
  };
  const start = "import { create, createChannel } from 'subinterpreters';";
  await interpreter.run(`${start} var inner = await create();`);
  for (const [name, call] of Object.entries(calls)) {
    const run = interpreter.run(`${start}\n\n${call}`, { filename: "plugin.ts" });
    const error = await errorOf(() => run);
    assert.ok(error instanceof RunFailedError);
    const { stack = "" } = error.excinfo;
    assert.match(stack, /plugin\.ts:3:/, name);
    assert.doesNotMatch(stack, OWN, name);
  }
  await interpreter.run("await inner.close()");
});

test("inspect() of a failed run has its message, the caller and the place inside once", async () => {
  const interpreter = await shared();
  const run = async () => await interpreter.run("\nnull.reading", { filename: "plugin.ts" });
  const text = inspect(await errorOf(run));
  for (const part of ["plugin.ts:2:", "RunFailedError: ", "[cause]"]) {
    assert.equal(text.split(part).length, 2, `${part} in ${text}`);
  }
  assert.ok(text.includes(`${file}:`), text);
  assert.doesNotMatch(text, /excinfo/);
});

test("console.log() of errors shows the program's own lines and the source's", async () => {
  const { stdout, stderr } = await spawnScript(`
    import { create, createChannel } from "subinterpreters";
    const interpreter = await create({ name: "plugin" });
    const show = (error) => { console.log(error); };
    await interpreter.run("null.reading").catch(show);
    await interpreter.run("await 1;\\nnull.reading", { filename: "plugin.ts" }).catch(show);
    await interpreter.run("for (;;);", { timeout: 20 }).catch(show);
    await interpreter.run("1").catch(show);
    await createChannel()[0].recv({ timeout: 1 }).catch(show);
  `);
  assert.equal(stderr, "");
  for (const n of [5, 6, 7, 8, 9]) assert.match(stdout, new RegExp(`script\\.[jt]s:${n}:`));
  for (const place of ["<interpreter 1>:1:", "plugin.ts:2:"]) assert.ok(stdout.includes(place));
  assert.doesNotMatch(stdout, OWN);
});

test("a program that ends by an error of a run prints nothing about this module's files", async () => {
  const { code, stderr } = await spawnScript(`
    import { create } from "subinterpreters";
    const interpreter = await create();
    await interpreter.run("null.x");
  `);
  assert.equal(code, 1);
  assert.match(stderr, /RunFailedError: TypeError/);
  assert.doesNotMatch(stderr, /bundle\.js|source ?map/i);
});
