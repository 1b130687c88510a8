import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createChannel,
  getMain,
  InterpreterError,
  NotShareableError,
  RunFailedError,
  RuntimeError,
} from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const [shared, another] = [sharing(), sharing()];

test("B087 run() resolves to undefined, whatever the last expression is", async () => {
  assert.equal(await (await shared()).run("1 + 1"), undefined);
});

test("B088 run() leaves the host's event loop alone", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const running = interpreter.run("await gate.recv()", { channels: { gate: recv } });
  await new Promise((resolve) => setTimeout(resolve, 0));
  send.sendNowait("go");
  await running;
});

for (const source of [10, null, {}, undefined, new Uint8Array(), new String("1")]) {
  test(`B091 B092 B094 run() refuses the source ${Object.prototype.toString.call(source)} with a TypeError`, async () => {
    const interpreter = await shared();
    await assert.rejects(interpreter.run(source as never), TypeError);
    await assert.rejects(interpreter.evaluate(source as never), TypeError);
    assert.throws(() => interpreter.runSync(source as never), TypeError);
  });
}

test("B095 run() of empty source does nothing", async () => {
  const interpreter = await shared();
  await interpreter.run("");
  assert.equal(await interpreter.evaluate(""), undefined);
});

test("B100 run() while running rejects at once and leaves the first run alone", async () => {
  const interpreter = await shared();
  const [recv, send] = createChannel();
  const first = interpreter.evaluate("await gate.recv()", { channels: { gate: recv } });
  await assert.rejects(
    interpreter.run("1"),
    (error) => error instanceof InterpreterError && /already running/.test(error.message),
  );
  await send.send("first");
  assert.equal(await first, "first");
});

test("B101 run() of the main interpreter fails, from inside too", async () => {
  await assert.rejects(getMain().run("1"), InterpreterError);
  const interpreter = await shared();
  const name = await interpreter.evaluate(`
    import { getMain } from "subinterpreters";
    await getMain().run("1").then(() => "ran", (error) => error.name);
  `);
  assert.equal(name, "InterpreterError");
});

test("B102 run() of the current interpreter fails inside", async () => {
  const interpreter = await shared();
  const name = await interpreter.evaluate(`
    import { getCurrent } from "subinterpreters";
    await getCurrent().run("1").then(() => "ran", (error) => error.name);
  `);
  assert.equal(name, "InterpreterError");
});

test("B103 run() of A in B in A fails at the inner A without a deadlock", async () => {
  const [a, b] = [await shared(), await another()];
  const name = await a.evaluate(`
    import { Interpreter } from "subinterpreters";
    await new Interpreter(${b.id}).evaluate(\`
      import { Interpreter } from "subinterpreters";
      await new Interpreter(${a.id}).run("1").then(() => "ran", (error) => error.name);
    \`);
  `);
  assert.equal(name, "InterpreterError");
});

test("B104 run() inside runs another interpreter, also with runSync()", async () => {
  const [a, b] = [await shared(), await another()];
  const values = await a.evaluate(`
    import { Interpreter } from "subinterpreters";
    const other = new Interpreter(${b.id});
    other.runSync("let n = 20");
    [await other.evaluate("n + 1"), other.evaluateSync("n + 2")];
  `);
  assert.deepEqual(values, [21, 22]);
});

test("B105 run() that failed leaves the interpreter usable with its state", async () => {
  const interpreter = await shared();
  await assert.rejects(interpreter.run("let kept = 1; throw new Error('boo')"), RunFailedError);
  assert.equal(await interpreter.evaluate("kept"), 1);
});

test("B106 run() can follow run() at once", async () => {
  const interpreter = await shared();
  await interpreter.run("let n = 0");
  for (let i = 0; i < 50; i++) await interpreter.run("n++");
  assert.equal(await interpreter.evaluate("n"), 50);
});

test("B110 run() keeps what was declared at top level for the next", async () => {
  const interpreter = await shared();
  await interpreter.run(`
    const a = 1; let b = 2; var c = 3;
    function f() { return a + b + c; }
    class C { value = f(); }
    import { sep } from "node:path";
  `);
  assert.equal(await interpreter.evaluate("new C().value + sep.length"), 7);
});

test("B111 run() may declare a name again, and older functions see the new value", async () => {
  const interpreter = await shared();
  await interpreter.run("let x = 1; const y = 1; function get() { return x + y }; class K {}");
  await interpreter.run("const x = 10; let y = 20; class K { z = 1 }");
  assert.deepEqual(await interpreter.evaluate("[get(), new K().z]"), [30, 1]);
  await interpreter.run("function get() { return 'new' }");
  assert.equal(await interpreter.evaluate("get()"), "new");
});

test("B112 a new namespace has no names that the library left", async (t) => {
  const interpreter = await scoped(t);
  const names = ["channels", "script", "source", "runner", "values", "port"];
  const found = await interpreter.evaluate(
    `${JSON.stringify(names)}.filter((name) => name in globalThis)`,
  );
  assert.deepEqual(found, []);
});

test("B113 run() in one interpreter does not show in another", async () => {
  const [a, b] = [await shared(), await another()];
  await a.run("let only = 1");
  await assert.rejects(
    b.run("only"),
    (error) => error instanceof RunFailedError && error.excinfo.name === "ReferenceError",
  );
});

test("B115 builtins that one interpreter patches stay as they are elsewhere", async (t) => {
  const [a, b] = [await scoped(t), await scoped(t)];
  await a.run("Array.prototype.patched = () => 1");
  assert.equal(await b.evaluate("typeof [].patched"), "undefined");
  assert.equal("patched" in [], false);
});

test("B120 eval() inside sees the namespace", async () => {
  const interpreter = await shared();
  await interpreter.run("let seen = 5");
  assert.equal(await interpreter.evaluate("(0, eval)('seen')"), 5);
});

test("B131 B132 B153 run() of source that throws rejects with a RunFailedError", async () => {
  const interpreter = await shared();
  await assert.rejects(interpreter.run("throw new Error('boo')"), (error) => {
    assert.ok(error instanceof RunFailedError && error instanceof RuntimeError);
    assert.equal(error.message, "Error: boo");
    assert.equal(error.excinfo.name, "Error");
    assert.equal(error.excinfo.message, "boo");
    return true;
  });
});

test("B133 RunFailedError.cause and excinfo have the original at every depth", async () => {
  const interpreter = await shared();
  const source = `
    throw new TypeError("outer", {
      cause: new AggregateError([new RangeError("member")], "group"),
    });`;
  await assert.rejects(interpreter.run(source), (error) => {
    assert.ok(error instanceof RunFailedError);
    assert.equal(error.excinfo.cause?.name, "AggregateError");
    assert.equal(error.excinfo.cause?.errors?.[0]?.message, "member");
    assert.ok(error.cause instanceof TypeError);
    assert.ok(error.cause.cause instanceof AggregateError);
    assert.ok(error.cause.cause.errors[0] instanceof RangeError);
    return true;
  });
});

test("B134 run() never throws the original class itself", async () => {
  const running = (await shared()).run("null.x");
  await assert.rejects(running, (error) => !(error instanceof TypeError));
});

test("B136 B137 run() of a syntax error names it and runs nothing", async () => {
  const interpreter = await shared();
  await assert.rejects(
    interpreter.run("globalThis.ran = 1;\nconst = 2"),
    (error) =>
      error instanceof RunFailedError && error.excinfo.name === "SyntaxError" &&
      error.excinfo.stack?.includes(`<interpreter ${interpreter.id}>:2:`) === true,
  );
  assert.equal(await interpreter.evaluate("typeof ran"), "undefined");
});

test("B138 run() keeps what statements before the failing one did", async () => {
  const interpreter = await shared();
  await assert.rejects(interpreter.run("globalThis.step = 1; null.x; globalThis.step = 2"));
  assert.equal(await interpreter.evaluate("step"), 1);
});

test("B140 excinfo names classes that the source declares", async () => {
  const interpreter = await shared();
  await assert.rejects(
    interpreter.run("class Mine extends Error {} throw new Mine('x')"),
    (error) => error instanceof RunFailedError && error.excinfo.name === "Mine",
  );
});

for (const source of ["throw new Error('x')", "await 0; throw new Error('x')"]) {
  test(`B144 B452 the stack has the line and column of the source: ${source}`, async () => {
    const interpreter = await shared();
    const text = `let a: number = 1;\nfunction f() {\n  g();\n}\nfunction g() {\n    ${
      source.replace("await 0; ", "")
    }\n}\n${source.startsWith("await") ? "await 0;" : ""}f();`;
    await assert.rejects(interpreter.run(text, { filename: "plugin.ts" }), (error) => {
      assert.ok(error instanceof RunFailedError);
      const lines = [...error.excinfo.stack?.matchAll(/plugin\.ts:(\d+):\d+/g) ?? []].map((m) =>
        Number(m[1])
      );
      assert.deepEqual(lines.slice(0, 2), [6, 3]);
      return true;
    });
  });
}

for (const [thrown, text] of [["42", "42"], ["null", "null"], ["'text'", "text"]]) {
  test(`B148 throw ${thrown} reports the value as text`, async () => {
    const interpreter = await shared();
    await assert.rejects(
      interpreter.run(`throw ${thrown}`),
      (error) => error instanceof RunFailedError && error.excinfo.message === text,
    );
  });
}

// In processes of their own: `bun test` (1.4) ends a worker at its first stray error.
test("B149 a rejection nobody handles fails the run in progress, not the host", async () => {
  const { code, stdout } = await spawnScript(`
    import { create, RunFailedError } from "subinterpreters";
    const interpreter = await create();
    const stray = "Promise.reject(new Error('stray')); await new Promise(() => {})";
    await interpreter.run(stray).catch((error) => {
      console.log(error instanceof RunFailedError, error.excinfo.message);
    });
    console.log(await interpreter.evaluate("1 + 1"));
  `);
  assert.deepEqual([code, stdout], [0, "true stray\n2\n"]);
});

test("B149 an error from a timer while idle is reported on the actor and to stderr", async () => {
  const { code, stdout, stderr } = await spawnScript(`
    import { create } from "subinterpreters";
    const interpreter = await create();
    const holding = setInterval(() => {}, 1000);
    interpreter.actor.on("uncaught", async ({ excinfo }) => {
      console.log(excinfo.message, await interpreter.evaluate("1 + 1"));
      clearInterval(holding);
    });
    await interpreter.run("setTimeout(() => { throw new Error('late') }, 1)");
  `);
  assert.deepEqual([code, stdout], [0, "late 2\n"]);
  assert.match(stderr, /Uncaught in interpreter 1: .*late/);
});

test("B150 an error whose message throws is reported all the same", async () => {
  const interpreter = await shared();
  await assert.rejects(
    interpreter.run("throw Object.defineProperty(new Error(), 'message', { get() { throw 1 } })"),
    RunFailedError,
  );
});

test("B154 what a run leaves goes on and a later run can await it", async () => {
  const interpreter = await shared();
  await interpreter.run(
    "const later = new Promise((resolve) => setTimeout(() => resolve('done'), 1))",
  );
  assert.equal(await interpreter.evaluate("await later"), "done");
});

test("B155 run() does not wait for what it leaves", async (t) => {
  const interpreter = await scoped(t);
  await interpreter.run("const never = new Promise(() => {}); setInterval(() => {}, 1000)");
  assert.equal(interpreter.isRunning(), false);
  // Nor for what it ends with, whether or not it imports something.
  for (const first of ["", 'import "node:path";', "await 0;"]) {
    await interpreter.run(`${first} never`, { timeout: 5_000 });
  }
});

test("B158 a busy loop in one interpreter leaves others alone", async (t) => {
  const [busy, other] = [await scoped(t), await scoped(t)];
  const looping = assert.rejects(busy.run("for (;;);"));
  assert.equal(await other.evaluate("1 + 1"), 2);
  await busy.terminate();
  await looping;
});

test("evaluate() gives the value of the last expression", async () => {
  const interpreter = await shared();
  assert.equal(await interpreter.evaluate("let x = 4; x * 2"), 8);
  assert.deepEqual(await interpreter.evaluate("({ a: [1] })"), { a: [1] });
  assert.equal(await interpreter.evaluate("await Promise.resolve(3)"), 3);
  assert.equal(await interpreter.evaluate("Promise.resolve(4)"), 4);
  assert.equal(await interpreter.evaluate("if (true) { 5 } else { 6 }"), 5);
});

test("evaluate() of a value that cannot cross rejects with a NotShareableError", async () => {
  const interpreter = await shared();
  await assert.rejects(
    interpreter.evaluate("[1, { f() {} }]"),
    (error) => error instanceof NotShareableError && error.message.includes("$[1].f"),
  );
  assert.equal(interpreter.isRunning(), false);
});

test("evaluateSync() and runSync() block until the source is done", async () => {
  const interpreter = await shared();
  interpreter.runSync("let n = 1; await 0; n = 2");
  assert.equal(interpreter.evaluateSync("n"), 2);
  assert.throws(() => interpreter.runSync("throw new Error('x')"), RunFailedError);
});

test("runSync() serves source that itself creates and runs interpreters", async () => {
  const interpreter = await shared();
  const value = interpreter.evaluateSync(`
    import { create } from "subinterpreters";
    const inner = await create();
    const value = await inner.evaluate("6 * 7");
    await inner.terminate();
    value;
  `);
  assert.equal(value, 42);
});

test("run() strips types, enums included", async () => {
  const interpreter = await shared();
  const value = await interpreter.evaluate(`
    interface Point { x: number }
    type Alias<T> = T[];
    enum Colour { Red = 1, Green }
    const identity = <T>(value: T): T => value;
    const point = { x: 1 } satisfies Point as Point;
    const many: Alias<number> = [point.x!, Colour.Green, identity<number>(3)];
    many;
  `);
  assert.deepEqual(value, [1, 2, 3]);
});

for (
  const [options, name] of [
    [{ timeout: -1 }, "timeout"],
    [{ timeout: NaN }, "timeout"],
    [{ timeout: "1" }, "timeout"],
    [{ signal: 1 }, "signal"],
    [{ filename: 1 }, "filename"],
    [{ channels: 1 }, "channels"],
    [{ channels: [1, 2] }, "channels"],
    [{ unknown: {} }, "unknown"],
  ] as const
) {
  test(`run() names ${name} when it is ${JSON.stringify(options)}`, async () => {
    const interpreter = await shared();
    await assert.rejects(
      interpreter.run("1", options as never),
      (error) =>
        (error instanceof TypeError || error instanceof RangeError) && error.message.includes(name),
    );
  });
}
