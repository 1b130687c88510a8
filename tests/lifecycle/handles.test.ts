// Handles of interpreters: which object stands for which interpreter, on either side.

import assert from "node:assert/strict";
import { test } from "node:test";
import process from "node:process";
import { inspect } from "node:util";
import { Worker } from "node:worker_threads";
import {
  createChannel,
  getCurrent,
  getMain,
  Interpreter,
  InterpreterError,
  InterpreterNotFoundError,
  listAll,
} from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";

const shared = sharing();

const IMPORT = `import { getCurrent, getMain, Interpreter, listAll } from "subinterpreters";`;

for (const id of [true, false]) {
  test(`B030 new Interpreter() refuses ${id}, which Python takes for a number`, () => {
    assert.throws(() => new Interpreter(id as never), TypeError);
  });
}

test("B037 handles of one interpreter are one member of a Set", async () => {
  const interpreter = await shared();
  const handles = [interpreter, new Interpreter(interpreter.id), getMain(), getCurrent()];
  assert.equal(new Set([...handles, ...listAll()]).size, listAll().length);
});

test("B008 Interpreter.isolated can be asked of a handle after close(), on both sides", async (t) => {
  const interpreter = await scoped(t, { isolated: false });
  await interpreter.close();
  assert.equal(interpreter.isolated, false);
  const inside = await shared();
  assert.deepEqual(
    await inside.evaluate(
      `import { create, createSync } from "subinterpreters";
      const made = [await create(), createSync()];
      for (const each of made) await each.close();
      made.map((each) => each.isolated);`,
    ),
    [true, true],
  );
});

test("B040 an Interpreter that crosses is the other realm's own handle there", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  send.sendNowait([interpreter, getMain()]);
  const seen = await interpreter.evaluate(
    `${IMPORT}
    const [self, main] = inbox.recvNowait();
    [self === getCurrent(), main === getMain(), main === listAll()[0], self instanceof Interpreter];`,
    { channels: { inbox: recv } },
  );
  assert.deepEqual(seen, [true, true, true, true]);
});

test("B042 an Interpreter that crosses and comes back is the same object", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  send.sendNowait({ interpreter });
  assert.deepEqual(recv.recvNowait(), { interpreter });
  const returned = await interpreter.evaluate(`${IMPORT} getCurrent()`);
  assert.equal(returned, interpreter);
});

test("B044 listAll() has no thread that create() did not start", async (t) => {
  const before = listAll();
  const worker = new Worker("setInterval(() => {}, 1000)", { eval: true });
  t.after(() => worker.terminate());
  await new Promise((resolve) => worker.once("online", resolve));
  assert.deepEqual(listAll(), before);
});

test("B052 getMain() is an Interpreter on both sides", async () => {
  assert.ok(getMain() instanceof Interpreter);
  const interpreter = await shared();
  assert.equal(await interpreter.evaluate(`${IMPORT} getMain() instanceof Interpreter`), true);
});

test("B058 create() gives the new interpreter, not the current one", async (t) => {
  assert.notEqual(await scoped(t), getCurrent());
});

test("B063 isRunning() inside is false in what a run left behind", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const [go, tell] = createChannel();
  await interpreter.run(
    `${IMPORT} void go.recv().then(() => out.sendNowait(getCurrent().isRunning()))`,
    { channels: { out: send, go } },
  );
  tell.sendNowait("now");
  assert.equal(await recv.recv(), false);
});

for (const end of ["recv", "send"] as const) {
  test(`B068 isRunning() is true while the interpreter blocks in ${end}Sync()`, async () => {
    const interpreter = await shared();
    const [recv, send] = createChannel();
    const [ready, tell] = createChannel();
    const source = end === "recv" ? "recv.recvSync()" : "send.sendSync('item')";
    const running = interpreter.run(`tell.sendNowait(1); ${source}`, {
      channels: { recv, send, tell },
    });
    await ready.recv();
    assert.equal(interpreter.isRunning(), true);
    await assert.rejects(interpreter.close(), InterpreterError);
    if (end === "recv") await send.send("item");
    else assert.equal(await recv.recv(), "item");
    await running;
  });
}

test("B079 close() and terminate() inside refuse the main interpreter", async () => {
  const interpreter = await shared();
  const names = await interpreter.evaluate(`${IMPORT}
    const nameOf = (promise) => promise.then(() => "ended", (error) => error.name);
    [await nameOf(getMain().close()), await nameOf(getMain().terminate())];
  `);
  assert.deepEqual(names, ["InterpreterError", "InterpreterError"]);
});

test("B126 the working directory inside is the process's", async () => {
  const interpreter = await shared();
  assert.equal(await interpreter.evaluate("process.cwd()"), process.cwd());
});

test("B441 close() is visible to a sibling at once", async (t) => {
  const [sibling, other] = [await scoped(t), await scoped(t)];
  assert.equal(await sibling.evaluate(`${IMPORT} new Interpreter(${other.id}).id`), other.id);
  await other.close();
  const seen = await sibling.evaluate(`
    let name = "found";
    try { new Interpreter(${other.id}) } catch (error) { name = error.name }
    [name, listAll().some(({ id }) => id === ${other.id})];
  `);
  assert.deepEqual(seen, ["InterpreterNotFoundError", false]);
  assert.throws(() => new Interpreter(other.id), InterpreterNotFoundError);
});

test("inspect() of a handle shows its class and id, as Python's repr does", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const ids = `${recv.id}`;
  assert.equal(String(interpreter), `Interpreter(${interpreter.id})`);
  assert.equal(String([recv, send]), `RecvChannel(id=${ids}),SendChannel(id=${ids})`);
  assert.equal(
    inspect([recv, send]),
    `[ RecvChannel(id=${ids}, open, 0 items), SendChannel(id=${ids}, open, 0 items) ]`,
  );
  assert.deepEqual(Object.keys(interpreter), []);
  const { Deno } = globalThis as { Deno?: { inspect(value: unknown): string } };
  if (Deno !== undefined) assert.equal(Deno.inspect(interpreter), inspect(interpreter));
});

test("inspect() of an Interpreter shows its name and its state, on both sides", async (t) => {
  const interpreter = await scoped(t, { name: 'the "plugin"' });
  const { id } = interpreter;
  const shown = (state: string) =>
    `Interpreter(${id}) { name: "the \\"plugin\\"", state: "${state}" }`;
  assert.equal(inspect(interpreter), shown("idle"));
  const [gate, go] = createChannel();
  const inside = `import { inspect } from "node:util"; ${IMPORT} await gate.recv();
    inspect([getCurrent(), getMain()])`;
  const running = interpreter.evaluate(inside, { channels: { gate } });
  assert.equal(inspect(interpreter), shown("running"));
  await go.send("on");
  const main = `Interpreter(0) { name: "main", state: "running" }`;
  assert.equal(await running, `[\n  ${shown("running")},\n  ${main}\n]`);
  await interpreter.close();
  assert.equal(inspect(interpreter), shown("closed"));
});

test("Interpreter.name is what create() was given, on both sides, and after close()", async (t) => {
  const [named, other] = [await scoped(t, { name: "plugin" }), await scoped(t)];
  const names = [getMain(), named, other].map(({ name }) => name);
  assert.deepEqual(names, ["main", "plugin", `interpreter ${other.id}`]);
  assert.deepEqual(listAll().slice(-2).map(({ name }) => name), names.slice(1));
  const inside = `${IMPORT} [getMain(), new Interpreter(${named.id}), getCurrent()]
    .map((each) => each.name)`;
  assert.deepEqual(await other.evaluate(inside), names);
  await named.close();
  assert.equal(named.name, "plugin");
});
