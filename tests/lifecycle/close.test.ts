import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  createChannel,
  getMain,
  Interpreter,
  InterpreterError,
  InterpreterNotFoundError,
  InterpreterTerminatedError,
  listAll,
  RunFailedError,
} from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";

const shared = sharing();
const another = sharing();

const LOOP = "for (;;);";

test("B059 getMain().isRunning() is always true", async () => {
  assert.equal(getMain().isRunning(), true);
  const interpreter = await shared();
  const inside = await interpreter.evaluate(
    `import { getMain } from "subinterpreters"; getMain().isRunning()`,
  );
  assert.equal(inside, true);
});

test("B060 B061 isRunning() is true exactly while a run is in progress", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const running = interpreter.run("await gate.recv()", { channels: { gate: recv } });
  assert.equal(interpreter.isRunning(), true);
  await send.send("go");
  await running;
  assert.equal(interpreter.isRunning(), false);
});

test("B062 isRunning() inside is true about itself", async () => {
  const interpreter = await shared();
  const inside = await interpreter.evaluate(
    `import { getCurrent } from "subinterpreters"; getCurrent().isRunning()`,
  );
  assert.equal(inside, true);
});

test("B064 isRunning() is false while only leftovers of a run are alive", async (t) => {
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  await interpreter.run("setInterval(() => out.sendNowait('tick'), 1)", {
    channels: { out: send },
  });
  assert.equal(await recv.recv(), "tick");
  assert.equal(interpreter.isRunning(), false);
  assert.equal(await recv.recv(), "tick");
});

test("B066 isRunning() of a closed interpreter throws an InterpreterNotFoundError", async () => {
  const interpreter = await create();
  await interpreter.close();
  assert.throws(() => interpreter.isRunning(), InterpreterNotFoundError);
});

test("B069 close() takes the interpreter out of listAll()", async () => {
  const [a, b] = [await create(), await shared()];
  await a.close();
  assert.equal(listAll().includes(a), false);
  assert.equal(listAll().includes(b), true);
});

test("B071 close() refuses the main interpreter", async () => {
  await assert.rejects(getMain().close(), InterpreterError);
  assert.throws(() => getMain().closeSync(), InterpreterError);
  await assert.rejects(getMain().terminate(), InterpreterError);
});

test("B072 close() inside refuses the current interpreter", async () => {
  const interpreter = await shared();
  await assert.rejects(
    interpreter.run(`import { getCurrent } from "subinterpreters"; await getCurrent().close()`),
    (error) => error instanceof RunFailedError && error.excinfo.name === "InterpreterError",
  );
  assert.equal(await interpreter.evaluate("1"), 1);
});

test("B073 close() twice throws an InterpreterNotFoundError", async () => {
  const interpreter = await create();
  await interpreter.close();
  await assert.rejects(interpreter.close(), InterpreterNotFoundError);
  assert.throws(() => interpreter.closeSync(), InterpreterNotFoundError);
  await interpreter[Symbol.asyncDispose]();
});

test("B075 close() inside closes a sibling", async () => {
  const [a, b] = [await shared(), await create()];
  await a.run(`
    import { Interpreter } from "subinterpreters";
    await new Interpreter(${b.id}).close();
  `);
  assert.equal(listAll().includes(b), false);
});

test("B077 close() refuses a running interpreter, which runs on", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const running = interpreter.evaluate("await gate.recv()", { channels: { gate: recv } });
  await assert.rejects(interpreter.close(), InterpreterError);
  assert.throws(() => interpreter.closeSync(), InterpreterError);
  await send.send("on");
  assert.equal(await running, "on");
});

test("B078 close() refuses an interpreter that runs another, asked by that other", async () => {
  const [a, b] = [await shared(), await another()];
  const name = await a.evaluate(`
    import { Interpreter } from "subinterpreters";
    await new Interpreter(${b.id}).evaluate(\`
      import { Interpreter } from "subinterpreters";
      await new Interpreter(${a.id}).close().then(() => "closed", (error) => error.name);
    \`);
  `);
  assert.equal(name, "InterpreterError");
});

test("B083 B099 a closed handle fails at once in every method", async () => {
  const interpreter = await create();
  await interpreter.close();
  await assert.rejects(interpreter.run("1"), InterpreterNotFoundError);
  await assert.rejects(interpreter.evaluate("1"), InterpreterNotFoundError);
  assert.throws(() => interpreter.runSync("1"), InterpreterNotFoundError);
  assert.throws(() => interpreter.isRunning(), InterpreterNotFoundError);
  assert.throws(() => interpreter.actor, InterpreterNotFoundError);
  assert.throws(() => new Interpreter(interpreter.id), InterpreterNotFoundError);
});

for (const end of ["close", "terminate", "an exit", "a timeout"] as const) {
  test(`terminate() of an interpreter that has ended resolves, after ${end}`, async (t) => {
    const interpreter = await scoped(t);
    if (end === "close") await interpreter.close();
    else if (end === "terminate") await interpreter.terminate();
    else {
      const source = end === "an exit" ? "process.exit(0)" : LOOP;
      await assert.rejects(interpreter.run(source, { timeout: 50 }), InterpreterTerminatedError);
    }
    await interpreter.terminate();
    await interpreter[Symbol.asyncDispose]();
    const inside = await shared();
    await inside.run(`
      import { create } from "subinterpreters";
      const closed = await create();
      await closed.close();
      await closed.terminate();
      await closed[Symbol.asyncDispose]();
    `);
  });
}

test("terminate() in a finally leaves the error that it cleans up after", async (t) => {
  const interpreter = await scoped(t);
  const failed = (async () => {
    try {
      await interpreter.run("process.exit(3)");
    } finally {
      await interpreter.terminate();
    }
  })();
  await assert.rejects(failed, (error) => (error as { exitCode?: number }).exitCode === 3);
});

test("terminate() twice at a time keeps the first reason", async (t) => {
  const interpreter = await scoped(t);
  const rejected = assert.rejects(
    interpreter.run("await new Promise(() => {})"),
    (error) => error instanceof InterpreterTerminatedError && error.reason === "first",
  );
  await Promise.all([interpreter.terminate("first"), interpreter.terminate("second"), rejected]);
});

test("B157 terminate() ends an infinite loop and the run says why", async () => {
  const interpreter = await create();
  const running = interpreter.run(LOOP);
  const rejected = assert.rejects(
    running,
    (error) => error instanceof InterpreterTerminatedError && error.reason === "enough",
  );
  await interpreter.terminate("enough");
  await rejected;
  assert.throws(() => interpreter.isRunning(), InterpreterNotFoundError);
});

test("terminate() refuses a reason that is no string", async () => {
  const interpreter = await shared();
  await assert.rejects(interpreter.terminate(5 as never), TypeError);
  assert.equal(interpreter.isRunning(), false);
});

test("terminate() inside ends a sibling that loops", async () => {
  const [a, b] = [await shared(), await create()];
  const rejected = assert.rejects(b.run(LOOP), InterpreterTerminatedError);
  await a.run(`
    import { Interpreter } from "subinterpreters";
    await new Interpreter(${b.id}).terminate("sibling");
  `);
  await rejected;
});

test("run() with a timeout ends a loop with an InterpreterTerminatedError", async () => {
  const interpreter = await create();
  await assert.rejects(
    interpreter.run(LOOP, { timeout: 20 }),
    (error) => error instanceof InterpreterTerminatedError && error.reason === "timeout",
  );
  await assert.rejects(interpreter.run("1"), InterpreterNotFoundError);
});

test("runSync() with a timeout ends a loop with an InterpreterTerminatedError", async () => {
  const interpreter = await create();
  assert.throws(() => interpreter.runSync(LOOP, { timeout: 20 }), InterpreterTerminatedError);
  await assert.rejects(interpreter.run("1"), InterpreterNotFoundError);
});

test("run() that is aborted rejects with the signal's reason and ends the interpreter", async () => {
  const interpreter = await create();
  const controller = new AbortController();
  const running = interpreter.run(LOOP, { signal: controller.signal });
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(running, (error) => error === reason);
  assert.throws(() => interpreter.isRunning(), InterpreterNotFoundError);
});

test("run() with an aborted signal runs nothing and leaves the interpreter", async () => {
  const interpreter = await shared();
  await assert.rejects(
    interpreter.run("globalThis.ran = true", { signal: AbortSignal.abort() }),
  );
  assert.equal(await interpreter.evaluate("typeof ran"), "undefined");
});

for (
  const exit of [
    "process.exit(3)",
    "setTimeout(() => process.exit(3)); await new Promise(() => {})",
  ]
) {
  test(`B130 B146 ${exit} ends the interpreter alone, with its code`, async () => {
    const interpreter = await create();
    await assert.rejects(
      interpreter.run(exit),
      (error) =>
        error instanceof InterpreterTerminatedError && error.exitCode === 3 &&
        error.reason === "exit" && error.excinfo.name === "SystemExit",
    );
    await assert.rejects(interpreter.run("1"), InterpreterNotFoundError);
  });
}

test("B147 process.exit(0) counts as failed too", async () => {
  const interpreter = await create();
  await assert.rejects(
    interpreter.run("process.exit(0)"),
    (error) => error instanceof InterpreterTerminatedError && error.exitCode === 0,
  );
});

test("B045 await using ends the interpreter, running or not", async () => {
  let interpreter: Interpreter;
  {
    await using scopedInterpreter = await create();
    interpreter = scopedInterpreter;
    interpreter.run(LOOP).catch(() => {});
  }
  assert.throws(() => interpreter.isRunning(), InterpreterNotFoundError);
});
