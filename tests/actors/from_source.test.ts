import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, listAll, NotShareableError, RunFailedError } from "subinterpreters";
import { fromSource } from "subinterpreters/actors";
import { createActor, type InspectionEvent, toPromise, waitFor } from "xstate";
import { parentOf } from "../helpers/asked.ts";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { until } from "../helpers/until.ts";

const shared = sharing();

test("fromSource() is done with the value of the last expression, and ends its interpreter", async () => {
  const before = listAll().length;
  const { over } = parentOf(fromSource("const n: number = 6; n * 7"));
  assert.equal((await over()).output, 42);
  assert.equal(listAll().length, before);
});

test("fromSource() binds its input to the variable input", async () => {
  const logic = fromSource<number, { list: number[] }>("input.list.length");
  assert.equal(await toPromise(createActor(logic, { input: { list: [1, 2] } }).start()), 2);
});

test("fromSource() makes the source of the input, which need not be shareable then", async () => {
  const logic = fromSource((input: { name: () => string }) => `["${input.name()}", input]`);
  const actor = createActor(logic, { input: { name: () => "made" } }).start();
  assert.deepEqual(await toPromise(actor), ["made", undefined]);
});

test("fromSource() fails with a NotShareableError if its input cannot cross", async () => {
  const { over } = parentOf(fromSource("1"), { input: () => 1 });
  assert.ok((await over()).error instanceof NotShareableError);
});

test("fromSource() fails with the RunFailedError of its source, and ends its interpreter", async () => {
  const before = listAll().length;
  const { over } = parentOf(fromSource("null.name"));
  const { error } = await over();
  assert.ok(error instanceof RunFailedError);
  assert.equal(error.excinfo.name, "TypeError");
  assert.equal(listAll().length, before);
});

test("fromSource() runs in an interpreter of its user's, which stays", async () => {
  const interpreter = await shared();
  await interpreter.run("globalThis.seen = 1");
  const given = fromSource("++globalThis.seen", { interpreter });
  assert.equal(await toPromise(createActor(given).start()), 2);
  const ofInput = fromSource<unknown, typeof interpreter>("[++globalThis.seen, input.id]", {
    interpreter: (input) => input,
  });
  const actor = createActor(ofInput, { input: interpreter }).start();
  assert.deepEqual(await toPromise(actor), [3, interpreter.id]);
  assert.equal(listAll().includes(interpreter), true);
});

test("fromSource() hands on the options of a run and of create()", async () => {
  const options = { filename: "named.ts", values: { n: 1 }, create: { name: "worker" } };
  const source = `import { getCurrent } from "subinterpreters";
    [n, getCurrent().name, new Error().stack.includes("named.ts")]`;
  const actor = createActor(fromSource(source, options)).start();
  assert.deepEqual(await toPromise(actor), [1, "worker", true]);
});

test("fromSource() that is stopped ends its run and its interpreter", async () => {
  const before = listAll().length;
  const { actor } = parentOf(fromSource("for (;;);"));
  await until(() => listAll().some((one) => one.id > 0 && one.isRunning()), { withinMs: 20_000 });
  actor.send({ type: "LEAVE" });
  assert.equal(listAll().length, before);
});

test("fromSource() that is stopped interrupts its run in an interpreter of its user's", async (t) => {
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  const source = "globalThis.began = true; send.sendNowait(1); await new Promise(() => {})";
  const { actor } = parentOf(fromSource(source, { interpreter, channels: { send } }));
  await recv.recv();
  actor.send({ type: "LEAVE" });
  await until(() => !interpreter.isRunning());
  assert.equal(await interpreter.evaluate("typeof began"), "boolean");
});

test("fromSource() that was persisted runs again from the start", async () => {
  const logic = fromSource<number, number>("input * 2");
  const first = createActor(logic, { input: 21 }).start();
  const snapshot = JSON.parse(JSON.stringify(first.getPersistedSnapshot()));
  first.stop();
  assert.equal(await toPromise(createActor(logic, { snapshot, input: 0 }).start()), 42);
});

test("fromSource() shows itself to whoever inspects the system", async () => {
  const events: InspectionEvent[] = [];
  const actor = createActor(fromSource("1"), { inspect: (event) => events.push(event) }).start();
  await waitFor(actor, ({ status }) => status === "done");
  const types = events.flatMap((one) => one.type === "@xstate.event" ? [one.event.type] : []);
  assert.deepEqual(types, ["xstate.init", "xstate.promise.resolve"]);
});
