// Interpreters that fail together.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, getMain, type Interpreter, listAll } from "subinterpreters";
import { link, monitor } from "subinterpreters/actors";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { wrong } from "../helpers/wrong_calls.ts";

const shared = sharing();

const pair = () => Promise.all([create(), create()]);
const isThere = (interpreter: Interpreter) => listAll().includes(interpreter);

const FAILURES: readonly [how: string, reason: string, fail: (one: Interpreter) => unknown][] = [
  ["is terminated", "enough", (one) => one.terminate("enough")],
  ["exits with 2", "exit", (one) => one.run("process.exit(2)").catch(() => {})],
  ["takes too long", "timeout", (one) => one.run("for (;;);", { timeout: 20 }).catch(() => {})],
];

for (const [how, reason, fail] of FAILURES) {
  test(`link() terminates the other when one ${how}, whichever it is`, async () => {
    for (const [failing, other] of [[0, 1], [1, 0]] as const) {
      const both = await pair();
      link(...both);
      const end = monitor(both[other]);
      await fail(both[failing]);
      const { id } = both[failing];
      assert.equal((await end).reason, `linked interpreter ${id} ended: ${reason}`);
    }
  });
}

test("link() ends a run of the other that never ends by itself", async () => {
  const [a, b] = await pair();
  link(a, b);
  const run = assert.rejects(b.run("for (;;);"), /linked interpreter \d+ ended: enough/);
  await a.terminate("enough");
  await run;
});

test("link() leaves the other alone when one is closed or exits with 0", async (t) => {
  for (const end of ["close()", "exit"]) {
    const a = await create();
    const b = await scoped(t);
    link(a, b);
    const ended = monitor(a);
    await (end === "exit" ? a.run("process.exit(0)").catch(() => {}) : a.close());
    await ended;
    assert.equal(await b.evaluate("6 * 7"), 42);
  }
});

test("link() in a chain and in a ring ends each interpreter once, with the first reason", async () => {
  const all = await Promise.all([create(), create(), create(), create()]);
  for (const [at, one] of all.entries()) link(one, all[(at + 1) % all.length]!);
  const ends = all.map((one) => monitor(one));
  await all[2]!.terminate("enough");
  const linked = `linked interpreter ${all[2]!.id} ended: enough`;
  assert.deepEqual((await Promise.all(ends)).map(({ reason }) => reason), [
    linked,
    linked,
    "enough",
    linked,
  ]);
  assert.equal(all.some(isThere), false);
});

test("link() is over after unlink(), and after the block of a using", async (t) => {
  const a = await create();
  const b = await scoped(t);
  const first = link(a, b);
  first.unlink();
  first.unlink();
  // `using` is not syntax that every runtime here has.
  link(a, b)[Symbol.dispose]();
  const ended = monitor(a);
  await a.terminate("enough");
  await ended;
  assert.equal(await b.evaluate("6 * 7"), 42);
});

test("link() says what is wrong with its arguments, and links nothing", async () => {
  const interpreter = await shared();
  const gone = await create();
  await gone.close();
  const message = "Cannot link two interpreters:";
  assert.throws(() => link(interpreter, wrong("a")), {
    name: "TypeError",
    message: `${message} b must be an Interpreter, received "a"`,
  });
  assert.throws(() => link(interpreter, interpreter), {
    name: "TypeError",
    message: /^Cannot link two interpreters: a and b are both interpreter \d+/,
  });
  assert.throws(() => link(interpreter, gone), {
    name: "InterpreterNotFoundError",
    message: `${message} interpreter ${gone.id} has ended`,
  });
  assert.throws(() => link(getMain(), interpreter), {
    name: "InterpreterError",
    message: /^Cannot link two interpreters: a is the main interpreter/,
  });
});

test("monitor() and link() inside an interpreter say that actors live in the program", async () => {
  const interpreter = await shared();
  const said = await interpreter.evaluate(
    `
    import { getCurrent } from "subinterpreters";
    const { link, monitor } = await import(actors);
    const errors = [await monitor(getCurrent()).catch((error) => error)];
    try { link(getCurrent(), getCurrent()) } catch (error) { errors.push(error) }
    errors.map((error) => error.name + ": " + error.message);
  `,
    { values: { actors: import.meta.resolve("subinterpreters/actors") } },
  );
  for (const text of said as string[]) {
    assert.match(
      text,
      /^InterpreterError: Cannot .*: actors live in the main interpreter; let the/,
    );
  }
});
