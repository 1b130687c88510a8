// What the docstrings of the module promise is compared with what its functions do: every
// error that a wrong call ends in has to stand in the docstring of what was called.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configure,
  create,
  createChannel,
  createSync,
  getMain,
  Interpreter,
  RecvChannel,
  SendChannel,
  type Task,
  transfer,
} from "subinterpreters";
import { newTask } from "subinterpreters/src/api/task.ts";
import { documented } from "../helpers/documented.ts";
import { sharing } from "../helpers/interpreter.ts";
import { NOBODY, type Wrong, wrong, wrongId } from "../helpers/wrong_calls.ts";
import { wrongQueueCalls } from "../helpers/wrong_queue_calls.ts";
import { wrongImport } from "../helpers/wrong_imports.ts";
import { wrongPools } from "../helpers/wrong_pools.ts";

const symbols = documented();
const shared = sharing();

const closedChannel = () => {
  const [recv, send] = createChannel();
  recv.close();
  return { recv, send };
};
/** Made when it is first asked for. */
const once = <T>(make: () => Promise<T>): () => Promise<T> => {
  let made: Promise<T> | undefined;
  return () => made ??= make();
};
const terminated = once(async () => {
  const interpreter = await create();
  await interpreter.terminate();
  return interpreter;
});
/** Receiving ends of channels whose item was sent by an interpreter that has ended. */
const orphans = once(async () => {
  const channels = Array.from({ length: 8 }, () => createChannel({ unboundItems: "error" }));
  const interpreter = await create();
  for (const [, send] of channels) {
    await interpreter.run("send.sendNowait(1)", { channels: { send } });
  }
  await interpreter.close();
  return channels.map(([recv]) => recv);
});
const orphaned = async (): Promise<RecvChannel> => {
  const end = (await orphans()).pop();
  assert.ok(end !== undefined);
  return end;
};

const wrongCreation = (creating: typeof create | typeof createSync): readonly Wrong[] => [
  ["TypeError", () => creating(wrong(5))],
  ["TypeError", () => creating(wrong({ names: "a" }))],
  ["TypeError", () => creating({ functions: { f: wrong({ call: 1 }) } })],
  ["RangeError", () => creating({ limits: { outputBytes: 0 } })],
  ["RangeError", () => creating({ env: { "A=B": "" } })],
  ["UnsupportedError", () => creating({ language: "python" })],
];

/** A receiving end whose item does not fit its schema, or whose schema takes time. */
const validating = (validate: () => unknown): RecvChannel => {
  const [recv, send] = createChannel({
    schema: wrong({ "~standard": { version: 1, vendor: "test", validate } }),
  });
  send.sendNowait(1);
  return recv;
};
const misfit = () => validating(() => ({ issues: [] }));
const slow = () => validating(() => Promise.resolve({ issues: [] }));

const wrongRecv = (
  receive: (end: RecvChannel, options?: never) => unknown,
): readonly Wrong[] => [
  ["ValidationError", () => receive(misfit())],
  ["TypeError", () => receive(createChannel()[0], wrong({ other: 1 }))],
  ["TypeError", () => receive(createChannel()[0], wrong({ timeout: "1" }))],
  ["RangeError", () => receive(createChannel()[0], wrong({ timeout: -1 }))],
  ["ChannelEmptyError", () => receive(createChannel()[0], wrong({ timeout: 0 }))],
  ["ChannelClosedError", () => receive(closedChannel().recv)],
  ["ChannelNotFoundError", () => receive(new RecvChannel(NOBODY))],
  ["ItemInterpreterDestroyed", async () => receive(await orphaned())],
];

/** Wrong calls of what sends without waiting, too. */
const wrongSendNowait = (sending: (end: SendChannel, item: unknown) => unknown): Wrong[] => [
  ["NotShareableError", () => sending(createChannel()[1], () => {})],
  ["ChannelClosedError", () => sending(closedChannel().send, 1)],
  ["ChannelNotFoundError", () => sending(new SendChannel(NOBODY), 1)],
];

const wrongSend = (
  sending: (end: SendChannel, item: unknown, options?: never) => unknown,
): readonly Wrong[] => [
  ["TypeError", () => sending(createChannel()[1], 1, wrong({ other: 1 }))],
  ["TypeError", () => sending(createChannel()[1], 1, wrong({ transfer: [1] }))],
  ["RangeError", () => sending(createChannel()[1], 1, wrong({ transfer: manyBuffers() }))],
  ["RangeError", () => sending(createChannel()[1], 1, wrong({ timeout: NaN }))],
  ["NotReceivedError", () => sending(createChannel()[1], 1, wrong({ timeout: 0 }))],
  ...wrongSendNowait(sending),
];

const wrongMany = (
  receive: (end: RecvChannel, max?: number, options?: never) => unknown,
): readonly Wrong[] => [
  ["TypeError", () => receive(createChannel()[0], wrong("1"))],
  ["RangeError", () => receive(createChannel()[0], 0)],
  ...wrongRecv((end, options) => receive(end, 1, options)),
];

const wrongRun = (
  run: (interpreter: Interpreter, source: string, options?: never) => unknown,
): readonly Wrong[] => [
  ["TypeError", async () => run(await shared(), wrong(5))],
  ["TypeError", async () => run(await shared(), "", wrong({ file: "a" }))],
  ["RangeError", async () => run(await shared(), "", wrong({ timeout: -1 }))],
  ["RangeError", async () => run(await shared(), "", wrong({ timeout: Infinity }))],
  ["NotShareableError", async () => run(await shared(), "", wrong({ values: { f() {} } }))],
  ["ChannelClosedError", async () => run(await shared(), "", wrong({ channels: closedChannel() }))],
  [
    "ChannelNotFoundError",
    async () => run(await shared(), "", wrong({ channels: { recv: new RecvChannel(NOBODY) } })),
  ],
  ["InterpreterNotFoundError", async () => run(await terminated(), "")],
  ["InterpreterError", () => run(getMain(), "")],
  ["RunFailedError", async () => run(await shared(), "throw 1")],
  ["InterpreterTerminatedError", async () => run(await create(), "process.exit(1)")],
];

/** Of a function that is called. */
const wrongCall = (
  call: (interpreter: Interpreter, ...call: [fn: () => unknown, ...args: unknown[]]) => unknown,
): readonly Wrong[] => [
  ["TypeError", async () => call(await shared(), wrong(5))],
  ["TypeError", async () => call(await shared(), Math.random)],
  ["TypeError", async () => call(await shared(), wrong({ fn: () => 1, name: "a" }))],
  ["RangeError", async () => call(await shared(), wrong({ fn: () => 1, timeout: -1 }))],
  ["NotShareableError", async () => call(await shared(), () => 1, () => {})],
  ["NotShareableError", async () => call(await shared(), () => () => {})],
  ["InterpreterNotFoundError", async () => call(await terminated(), () => 1)],
  ["InterpreterError", () => call(getMain(), () => 1)],
  ["RunFailedError", async () =>
    call(await shared(), () => {
      throw new Error("thrown");
    })],
  ["InterpreterTerminatedError", async () => call(await create(), () => process.exit(1))],
];

const wrongPreparation = (
  prepare: (interpreter: Interpreter, values: never) => unknown,
): readonly Wrong[] => [
  ["RangeError", async () => prepare(await shared(), wrong({}))],
  ["TypeError", async () => prepare(await shared(), wrong(5))],
  ["NotShareableError", async () => prepare(await shared(), wrong({ f() {} }))],
  ["InterpreterError", () => prepare(getMain(), wrong({ a: 1 }))],
  ["InterpreterNotFoundError", async () => prepare(await terminated(), wrong({ a: 1 }))],
];

const pendingTask = () => newTask<number>().task;
const cancelledTask = () => {
  const task = pendingTask();
  task.cancel();
  return task;
};

const wrongWait = (
  wait: (task: Task<number>, options?: never) => unknown,
): readonly Wrong[] => [
  ["TypeError", () => wait(pendingTask(), wrong({ timeout: "1" }))],
  ["TimeoutError", () => wait(pendingTask(), wrong({ timeout: 0 }))],
  ["CancelledError", () => wait(cancelledTask())],
];

const wrongUse = (use: (end: RecvChannel | SendChannel) => unknown): readonly Wrong[] => [
  ["ChannelNotFoundError", () => use(new RecvChannel(NOBODY))],
  ["ChannelNotFoundError", () => use(new SendChannel(NOBODY))],
];

const wrongClose = (close: (interpreter: Interpreter) => unknown): readonly Wrong[] => [
  ["InterpreterError", () => close(getMain())],
  ["InterpreterNotFoundError", async () => close(await terminated())],
];

const wrongCloseOfEnd = (end: 0 | 1): readonly Wrong[] => [
  ["TypeError", () => createChannel()[end].close(wrong({ force: 1 }))],
  ["ChannelClosedError", () => closedChannel()[end === 0 ? "recv" : "send"].close()],
  ["ChannelNotFoundError", () => new (end === 0 ? RecvChannel : SendChannel)(NOBODY).close()],
];

const manyBuffers = () => new Array<ArrayBuffer>(10_001).fill(new ArrayBuffer(1));

/** Wrong calls of everything that users see and that can fail. */
const WRONG: Readonly<Record<string, readonly Wrong[]>> = {
  configure: [
    ["TypeError", () => configure(wrong({ spares: "1" }))],
    ["RangeError", () => configure({ spares: 65 })],
  ],
  create: wrongCreation(create),
  createSync: [
    ...wrongCreation(createSync),
    ["TypeError", () => createSync(wrong({ signal: AbortSignal.abort() }))],
  ],
  transfer: [
    ["TypeError", () => transfer(wrong(1), [])],
    ["RangeError", () => transfer({}, manyBuffers())],
  ],
  createChannel: [
    ["TypeError", () => createChannel(wrong({ size: 1 }))],
    ["TypeError", () => createChannel({ schema: wrong({}) })],
    ["RangeError", () => createChannel({ capacity: 0 })],
  ],
  "new Interpreter": [
    ...wrongId(Interpreter),
    ["InterpreterNotFoundError", () => new Interpreter(NOBODY)],
  ],
  "Interpreter.isRunning": [
    ["InterpreterNotFoundError", async () => (await terminated()).isRunning()],
  ],
  "Interpreter.run": wrongRun((interpreter, ...rest) => interpreter.run(...rest)),
  "Interpreter.runSync": wrongRun((interpreter, ...rest) => interpreter.runSync(...rest)),
  "Interpreter.evaluate": [
    ...wrongRun((interpreter, ...rest) => interpreter.evaluate(...rest)),
    ["NotShareableError", async () => (await shared()).evaluate("() => {}")],
  ],
  "Interpreter.evaluateSync": wrongRun((interpreter, ...rest) => interpreter.evaluateSync(...rest)),
  "FunctionCaller.exec": wrongRun((interpreter, ...rest) => interpreter.exec(...rest)),
  "FunctionCaller.execSync": wrongRun((interpreter, ...rest) => interpreter.execSync(...rest)),
  "FunctionCaller.call": wrongCall((interpreter, fn, ...args) =>
    interpreter.call(fn as (...given: unknown[]) => unknown, ...args)
  ),
  "FunctionCaller.callSync": wrongCall((interpreter, fn, ...args) =>
    interpreter.callSync(fn as (...given: unknown[]) => unknown, ...args)
  ),
  "FunctionCaller.import": wrongImport({ shared, terminated }),
  "FunctionCaller.prepareMain": wrongPreparation((one, values) => one.prepareMain(values)),
  "FunctionCaller.prepareMainSync": wrongPreparation((one, values) => one.prepareMainSync(values)),
  "Task.result": wrongWait((task, options) => task.result(options)),
  "Task.exception": wrongWait((task, options) => task.exception(options)),
  "Task.addDoneCallback": [["TypeError", () => pendingTask().addDoneCallback(wrong(1))]],
  ...wrongPools(shared),
  "Interpreter.close": wrongClose((interpreter) => interpreter.close()),
  "Interpreter.closeSync": wrongClose((interpreter) => interpreter.closeSync()),
  "Interpreter.terminate": [
    ["TypeError", async () => (await shared()).terminate(wrong(1))],
    ["InterpreterError", () => getMain().terminate()],
  ],
  "Interpreter.stdout": [["InterpreterError", async () => (await shared()).stdout]],
  "Interpreter.stderr": [["InterpreterError", async () => (await shared()).stderr]],
  "Interpreter.actor": [
    ["InterpreterError", () => getMain().actor],
    ["InterpreterNotFoundError", async () => (await terminated()).actor],
  ],
  "Interpreter.[Symbol.asyncDispose]": [
    ["InterpreterError", () => getMain()[Symbol.asyncDispose]()],
  ],
  ...wrongQueueCalls(shared),
  "new RecvChannel": [
    ...wrongId(RecvChannel),
    ["TypeError", () => new RecvChannel(0, { schema: wrong({}) })],
  ],
  "RecvChannel.recv": wrongRecv((end, options) => end.recv(options)),
  "RecvChannel.recvSync": [
    ...wrongRecv((end, options) => end.recvSync(options)),
    ["TypeError", () => slow().recvSync()],
  ],
  "RecvChannel.recvNowait": [
    ["ChannelClosedError", () => closedChannel().recv.recvNowait()],
    ["ChannelNotFoundError", () => new RecvChannel(NOBODY).recvNowait()],
    ["ItemInterpreterDestroyed", async () => (await orphaned()).recvNowait()],
    ["ValidationError", () => misfit().recvNowait()],
    ["TypeError", () => slow().recvNowait()],
  ],
  "RecvChannel.recvMany": wrongMany((end, ...rest) => end.recvMany(...rest)),
  "RecvChannel.recvManySync": wrongMany((end, ...rest) => end.recvManySync(...rest)),
  "RecvChannel.isClosed": wrongUse((end) => end.isClosed),
  "RecvChannel.length": wrongUse((end) => end.length),
  "RecvChannel.close": [
    ...wrongCloseOfEnd(0),
    [
      "ChannelNotEmptyError",
      () => {
        const [recv, send] = createChannel();
        send.sendNowait(1);
        recv.close();
      },
    ],
  ],
  "RecvChannel.release": wrongUse((end) => end.release()),
  "new SendChannel": wrongId(SendChannel),
  "SendChannel.send": wrongSend((end, ...rest) => end.send(...rest)),
  "SendChannel.sendSync": wrongSend((end, ...rest) => end.sendSync(...rest)),
  "SendChannel.sendNowait": [
    ["TypeError", () => createChannel()[1].sendNowait(1, wrong({ transfer: [1] }))],
    ...wrongSendNowait((end, item) => end.sendNowait(item)),
  ],
  "SendChannel.isClosed": wrongUse((end) => end.isClosed),
  "SendChannel.length": wrongUse((end) => end.length),
  "SendChannel.close": wrongCloseOfEnd(1),
  "SendChannel.release": wrongUse((end) => end.release()),
};

for (const [name, calls] of Object.entries(WRONG)) {
  test(`${name}() documents each error that a wrong call ends in`, async () => {
    const throws = symbols.find((symbol) => symbol.name === name)?.throws ?? [];
    for (const [expected, call] of calls) {
      const error = await failure(call);
      assert.equal(error?.name, expected, `${call.toString()} ended with ${String(error)}`);
      assert.ok(throws.includes(expected), `@throws {${expected}} is missing: ${error.message}`);
    }
  });
}

const NAMESPACES = ["channels", "executors", "interpreters", "queues"].map((file) =>
  `src/effect/${file}.ts`
);

for (
  const door of [
    "mod.ts",
    "actors/mod.ts",
    "src/effect/mod.ts",
    "src/inspect/mod.ts",
    ...NAMESPACES,
  ]
) {
  test(`every function and constant of ${door} has an example of its own that asserts`, () => {
    const all = documented(door);
    for (const { name, kind } of all) {
      if (kind !== "function" && kind !== "constant") continue;
      // A function with overloads is there once for each.
      const examples = all.filter((one) => one.name === name).flatMap((one) => one.examples);
      const shown = examples.some((one) => one.includes(name) && /\bassert\b/.test(one));
      assert.ok(shown || /^Current/.test(name), `${name} has no example`);
    }
  });
}

test("everything that says what it throws is called wrongly here, but for three getters", () => {
  const saying = symbols.filter(({ throws }) => throws.length > 0).map(({ name }) => name);
  const neverMade = ["Interpreter.isolated", "Interpreter.name", "Interpreter.whence"];
  assert.deepEqual(
    saying.filter((name) => !neverMade.includes(name)).toSorted(),
    Object.keys(WRONG).toSorted(),
  );
});

const ORDER = ["template", "param", "return", "throws", "see", "example"];

test("every docstring has its sections in one order", () => {
  for (const { name, sections } of symbols) {
    const places = sections.map((section) => ORDER.indexOf(section));
    assert.deepEqual(places, places.toSorted((a, b) => a - b), `${name}: ${sections.join(", ")}`);
  }
});

/** Names that say what they do, or that the platform knows. */
const PLAIN = ["toString", "equals", "[Symbol.asyncIterator]", "[Symbol.asyncDispose]"];

const operations = symbols.filter(({ name, kind }) =>
  (kind === "function" || kind === "method") && !PLAIN.includes(name.replace(/^\w+\./, ""))
);

test("every method is called in an example that asserts, its own or its class's", () => {
  for (const { name, examples } of operations) {
    const call = `${name.replace(/^\w+\./, "")}(`;
    const shown = examples.some((example) => example.includes(call) && /\bassert\b/.test(example));
    assert.ok(shown, `${name} has no example`);
  }
});

test("what gives a promise says when it resolves, and its twin that it blocks", () => {
  for (const { name, text, isPromise } of operations) {
    if (isPromise) assert.match(text, /\bresolves\b/, name);
    if (name.endsWith("Sync")) assert.match(text, /\bblocking this thread\b/, name);
  }
});

async function failure(call: () => unknown): Promise<Error | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
}
