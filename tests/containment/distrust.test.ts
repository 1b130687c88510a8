// Source that breaks its realm breaks nothing else: the host hears how each run ends, and
// nobody gets at what is the module's.

import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { createChannel, InterpreterTerminatedError, RunFailedError } from "subinterpreters";
import { checkCreateOptions } from "subinterpreters/src/api/check_create_options.ts";
import { realm } from "subinterpreters/src/api/realm.ts";
import { Access, MAX_DESCENDANTS, MAX_REQUESTS } from "subinterpreters/src/host/access.ts";
import { HostChannels } from "subinterpreters/src/host/channels/channels.ts";
import type { HostRealm } from "subinterpreters/src/host/realm.ts";
import { CreationQueue } from "subinterpreters/src/host/life/creation_queue.ts";
import { scoped, sharing } from "../helpers/interpreter.ts";

const timeout = 30_000;
const neighbours = sharing();

const SPOIL = `
const bad = function () { throw new TypeError("spoiled"); };
const { getOwnPropertyNames, getOwnPropertyDescriptor, defineProperty } = Object;
const spoil = (object) => {
  const names = getOwnPropertyNames(object);
  for (let i = 0; i < names.length; i++) {
    const { configurable, value } = getOwnPropertyDescriptor(object, names[i]);
    if (names[i] === "constructor" || !configurable || typeof value !== "function") continue;
    try { object[names[i]] = bad; } catch {}
  }
};`;

/** What source does, and whether it can use channels after it. */
const ACTS: Readonly<Record<string, { text: string; canTalk: boolean }>> = {
  "Atomics": { text: "spoil(Atomics)", canTalk: true },
  "Map and Set": { text: "spoil(Map.prototype); spoil(Set.prototype)", canTalk: true },
  "Promise": {
    text: "spoil(Promise.prototype); spoil(Promise); globalThis.Promise = null",
    canTalk: true,
  },
  "the clock and timers": {
    text:
      "globalThis.setTimeout = bad; globalThis.queueMicrotask = bad; globalThis.performance = null",
    canTalk: true,
  },
  "postMessage and structuredClone": {
    text: "globalThis.postMessage = bad; globalThis.structuredClone = bad",
    canTalk: true,
  },
  "every global class": {
    text:
      `for (const name of ["Map", "Set", "Array", "Object", "Uint8Array", "Int32Array", "Atomics",
      "SharedArrayBuffer", "Error", "TypeError", "Function", "String", "Symbol", "Reflect", "JSON",
      "Number", "DataView", "TextEncoder", "MessagePort"]) globalThis[name] = null`,
    canTalk: true,
  },
  "Object.prototype": { text: "spoil(Object.prototype)", canTalk: true },
  "setters on Object.prototype": {
    text: `for (const name of ["type", "call", "value", "id", "bytes", "ok", "then", "resolve"])
      defineProperty(Object.prototype, name, { set: bad, get() {}, configurable: true })`,
    canTalk: true,
  },
  "Error.prepareStackTrace": { text: "Error.prepareStackTrace = bad", canTalk: true },
  "Array": {
    text: "spoil(Array.prototype); Array.prototype[Symbol.iterator] = bad",
    canTalk: false,
  },
  "String and RegExp": { text: "spoil(String.prototype); spoil(RegExp.prototype)", canTalk: false },
  "typed arrays": {
    text: "spoil(Object.getPrototypeOf(Uint8Array.prototype)); spoil(DataView.prototype)",
    canTalk: false,
  },
  "Object, Reflect and JSON": {
    text:
      "const { all } = { all: [Reflect, JSON, Math, Number, Object] }; for (let i = 0; i < 5; i++) spoil(all[i])",
    canTalk: false,
  },
  "Function.prototype": { text: "spoil(Function.prototype)", canTalk: false },
  "events": {
    text: `spoil(EventTarget.prototype); spoil(MessagePort.prototype);
      defineProperty(MessageEvent.prototype, "data", { get: bad, configurable: true })`,
    canTalk: false,
  },
};

for (const [what, { text, canTalk }] of Object.entries(ACTS)) {
  test(`a run that overwrites ${what} ends, and so does the next`, { timeout }, async (t) => {
    const interpreter = await scoped(t);
    const [recv, send] = createChannel();
    const [recvBack, sendBack] = createChannel();
    await interpreter.run(SPOIL, { channels: { inbox: recv, outbox: sendBack } });
    const settled = await Promise.allSettled([interpreter.run(text, { timeout: 5000 })]);
    assert.ok(settled[0].status === "fulfilled" || settled[0].reason instanceof RunFailedError);
    if (canTalk) {
      assert.equal(await interpreter.evaluate("1 + 1"), 2);
      await assert.rejects(interpreter.run('throw new RangeError("told")'), /told/);
      send.sendNowait({ a: [1, "x"] });
      await interpreter.run("globalThis.item = inbox.recvNowait(); outbox.sendNowait({ b: 2 });");
      assert.deepEqual(recvBack.recvNowait(), { b: 2 });
    } else {
      // Deno's own ports need some of these: then it takes a timeout, or the thread has ended.
      await Promise.allSettled([interpreter.evaluate("1 + 1", { timeout: 1000 })]);
    }
    const neighbour = await neighbours();
    assert.equal(await neighbour.evaluate("[1, 2].map((n) => n + 1).join()"), "2,3");
  });
}

test(
  "an interpreter without global classes still hears how one of its own exited",
  { timeout },
  async (t) => {
    const interpreter = await scoped(t);
    const heard = await interpreter.evaluate(`
    import { create } from "subinterpreters";
    const other = await create();
    for (const name of ["Error", "Map", "Number", "Object", "Promise", "Set", "String", "TypeError"]) {
      globalThis[name] = null;
    }
    const error = await other.run("process.exit(3)").then(() => undefined, (error) => error);
    [error.name, error.exitCode, error.excinfo.name, error.excinfo.message]`);
    assert.deepEqual(heard, ["InterpreterTerminatedError", 3, "SystemExit", "3"]);
  },
);

test("source has no parent to post to", { timeout }, async (t) => {
  for (const isolated of [true, false]) {
    const interpreter = await scoped(t, { isolated });
    const found = await interpreter.evaluate(`
      import { parentPort } from "node:worker_threads";
      import * as threads from "node:worker_threads";
      [typeof globalThis.postMessage, parentPort, threads.default.parentPort]`);
    assert.deepEqual(found, ["undefined", null, null]);
  }
});

test("source finds neither port, boot data nor lock of the module", { timeout }, async (t) => {
  const interpreter = await scoped(t);
  await interpreter.run(`
    globalThis.found = [];
    globalThis.ports = new Set();
    const own = [globalThis.postMessage, process.getBuiltinModule("worker_threads").parentPort];
    const addPort = Set.prototype.add;
    const add = (port) => Reflect.apply(addPort, ports, [port]);
    globalThis.note = (where, value) => {
      if (value instanceof MessagePort && !own.includes(value)) add(value);
      if (typeof value === "string" && value.includes("subinterpreters:")) found.push(where);
      if (value !== null && typeof value === "object" && "hostBell" in value) found.push(where);
    };
    const { workerData } = process.getBuiltinModule("worker_threads");
    for (const key of Object.keys(workerData ?? {})) note("workerData", workerData[key]);
    for (const handle of process._getActiveHandles?.() ?? []) note("handles", handle);
    note("resource", process.getBuiltinModule("async_hooks").executionAsyncResource());
    for (const key of Object.getOwnPropertyNames(globalThis)) note("globalThis", globalThis[key]);
    for (const prototype of [MessageEvent.prototype, Event.prototype]) {
      for (const [key, { get, configurable }] of Object.entries(
        Object.getOwnPropertyDescriptors(prototype),
      )) {
        if (get === undefined || !configurable) continue;
        Object.defineProperty(prototype, key, {
          configurable: true,
          get() { note("event." + key, Reflect.apply(get, this, [])); return Reflect.apply(get, this, []); },
        });
      }
    }
    for (const name of ["nodejs.internal.kHybridDispatch", "nodejs.internal.kCurrentlyReceivingPorts"]) {
      Object.defineProperty(Object.prototype, Symbol.for(name), {
        configurable: true,
        set() { note(name, this); },
        get() { note(name, this); return undefined; },
      });
    }
    const { postMessage } = MessagePort.prototype;
    MessagePort.prototype.postMessage = function (...values) { note("postMessage", this); return Reflect.apply(postMessage, this, values); };
    for (const [key, Class] of [["get", Map], ["set", Map], ["add", Set]]) {
      const original = Class.prototype[key];
      Class.prototype[key] = function (...values) {
        for (const value of values) note(key, value);
        return Reflect.apply(original, this, values);
      };
    }
    Error.prepareStackTrace = (_error, sites) => {
      for (const site of sites) note("call site", site.getThis?.());
      return "";
    };
    try { null.x; } catch (error) { String(error.stack); }
  `);
  await interpreter.run(
    "await null; import { createChannel } from 'subinterpreters'; createChannel();",
  );
  assert.deepEqual(await interpreter.evaluate("found"), []);
  // Ports of others, as tsx has some, are none of the module's: they cannot end the interpreter.
  await interpreter.run(`for (const port of ports) port.postMessage({ type: "exit", code: 77 });`);
  assert.equal(await interpreter.evaluate("await null; 1 + 1"), 2);
});

test("an isolated interpreter cannot create one that is not", { timeout }, async (t) => {
  const interpreter = await scoped(t);
  await assert.rejects(
    interpreter.run('import { create } from "subinterpreters"; await create({ isolated: false });'),
    /InterpreterError: Cannot create an interpreter with \{ isolated: false \}: its creator, interpreter \d+, is isolated/,
  );
});

test("an interpreter's interpreters get its environment, not the process's", {
  timeout,
}, async (t) => {
  process.env["SUBINTERPRETERS_SECRET"] = "secret";
  t.after(() => delete process.env["SUBINTERPRETERS_SECRET"]);
  const interpreter = await scoped(t, { env: { SHOWN: "1" } });
  const seen = await interpreter.evaluate(
    `import { create } from "subinterpreters";
     const child = await create();
     const seen = await child.evaluate("[process.env.SHOWN, process.env.SUBINTERPRETERS_SECRET]");
     await child.close();
     seen`,
  );
  assert.deepEqual(seen, ["1", undefined]);
});

test("an interpreter that goes on creating interpreters is refused in the end", {
  timeout: 120_000,
}, () => {
  const access = new Access(() => true);
  const ordinary = checkCreateOptions({});
  access.add(1, 0, ordinary);
  for (let id = 2; id < 2 + MAX_DESCENDANTS - 1; id++) access.add(id, id - 1, ordinary);
  assert.equal(access.inherit(1, ordinary).isolated, true);
  access.add(1000, 1, ordinary);
  assert.throws(() => access.inherit(1, ordinary), {
    name: "InterpreterError",
    message: "Cannot create an interpreter: interpreter 1 has 64 already; close some",
  });
  assert.throws(() => access.inherit(30, ordinary), { name: "InterpreterError" });
  access.remove(1000);
  access.inherit(30, ordinary);
});

test("an interpreter that goes on making requests is refused in the end", () => {
  const access = new Access(() => true);
  access.add(1, 0, checkCreateOptions({}));
  for (let n = 0; n < MAX_REQUESTS; n++) access.begin(1);
  assert.throws(() => access.begin(1), { name: "InterpreterError", message: /await some/ });
  access.end(1);
  access.begin(1);
});

test("a sandboxed interpreter reaches only what it made or was handed", () => {
  const access = new Access(() => true);
  const sandbox = { ...checkCreateOptions({}), permissions: {} };
  access.add(1, 0, sandbox);
  access.add(2, 0, checkCreateOptions({}));
  access.add(3, 1, sandbox);
  access.grant(1, 10);
  access.grant(1, 11);
  assert.deepEqual([10, 11, 12].map((id) => access.reaches(1, id)), [true, true, false]);
  assert.equal(access.reaches(2, 12), true);
  assert.deepEqual([0, 1, 2, 3].map((id) => access.sees(1, id)), [true, true, false, true]);
  assert.deepEqual([0, 1, 2, 3].map((id) => access.sees(2, id)), [true, true, true, true]);
  assert.throws(() => access.checkReaches(1, 12), {
    name: "ChannelNotFoundError",
    message: "Cannot use channel 12: channel 12 not found",
  });
  assert.throws(() => access.checkSees(1, 2), { name: "InterpreterNotFoundError" });
});

test("what a sandboxed interpreter creates has no more permissions than itself", () => {
  const access = new Access(() => true);
  const options = checkCreateOptions({});
  const permissions = { net: ["example.com"] };
  access.add(1, 0, { ...options, permissions });
  assert.deepEqual(access.inherit(1, options).permissions, permissions);
  const fewer = access.inherit(1, { ...options, permissions: { net: ["example.com:443"] } });
  assert.deepEqual(fewer.permissions, { net: ["example.com:443"] });
  assert.throws(() => access.inherit(1, { ...options, permissions: { read: true } }), {
    name: "UnsupportedError",
    message: /permissions exceed those of its creator, interpreter 1/,
  });
});

test("what was deposited for one channel is not given out for another", () => {
  const channels = new HostChannels(() => {}, () => {});
  const { id } = channels.create({ unboundItems: "keep", capacity: 1 });
  const pieces = [new SharedArrayBuffer(8)];
  channels.deposit(5, { token: 1, channel: id, pieces, channels: [] });
  assert.equal(channels.withdraw({ channel: id + 1, sender: 5, token: 1 }), undefined);
  assert.equal(channels.withdraw({ channel: id, sender: 6, token: 1 }), undefined);
  assert.deepEqual(channels.withdraw({ channel: id, sender: 5, token: 1 })?.pieces, pieces);
  assert.equal(channels.withdraw({ channel: id, sender: 5, token: 1 }), undefined);
});

test("what one interpreter deposits is bounded by its pieces, and room again when forgotten", () => {
  const channels = new HostChannels(() => {}, () => {});
  const { id } = channels.create({ unboundItems: "keep", capacity: 1 });
  const pieces: SharedArrayBuffer[] = new Array(10_000).fill(new SharedArrayBuffer(8));
  const tokens = Array.from({ length: 100 }, (_, n) => n);
  const deposit = (token: number) =>
    channels.deposit(5, { token, channel: id, pieces, channels: [] });
  const withdraw = (token: number) => channels.withdraw({ channel: id, sender: 5, token });
  for (let round = 0; round < 2; round++) {
    tokens.forEach(deposit);
    const kept = tokens.filter((token) => withdraw(token) !== undefined).length;
    assert.ok(kept > 10 && kept < 20, `${kept} deposits of 10,000 pieces were kept`);
  }
});

test("interpreters that one interpreter creates start one after the other", () => {
  const creations = new CreationQueue();
  const begun: string[] = [];
  const leave: (() => void)[] = [];
  const pass = (who: number, what: string) =>
    creations.pass(who, (done) => {
      begun.push(what);
      leave.push(done);
    });
  for (const what of ["a", "b", "c"]) pass(1, what);
  pass(2, "of another");
  assert.deepEqual(begun, ["a", "of another"]);
  assert.equal(creations.waitingOf(1), 2);
  creations.pass(2, (done) => done());
  while (leave.length > 0) leave.shift()!();
  assert.deepEqual(begun, ["a", "of another", "b", "c"]);
  pass(1, "again");
  assert.equal(begun.at(-1), "again");
});

test("create() inside, of many at once, is begun one after the other", { timeout }, async (t) => {
  const { creations } = realm() as HostRealm;
  const pass = creations.pass.bind(creations);
  let [begun, most] = [0, 0];
  creations.pass = (who, begin) =>
    pass(who, (leave) => {
      most = Math.max(most, ++begun);
      begin(() => {
        begun--;
        leave();
      });
    });
  t.after(() => Reflect.deleteProperty(creations, "pass"));
  const interpreter = await scoped(t);
  const created = await interpreter.evaluate(`
    import { create } from "subinterpreters";
    const all = await Promise.all(Array.from({ length: 4 }, () => create()));
    for (const one of all) await one.close();
    all.length`);
  assert.deepEqual([created, most, begun], [4, 1, 0]);
});

test("a broken realm is terminated like any other", { timeout }, async (t) => {
  const interpreter = await scoped(t);
  const run = interpreter.run(`${SPOIL} spoil(Function.prototype); for (;;);`, { timeout: 500 });
  await assert.rejects(run, InterpreterTerminatedError);
});
