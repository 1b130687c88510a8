// Rows on running source that belong to no larger topic.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createChannel, InterpreterError, RunFailedError } from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const shared = sharing();

/** What a run throws. */
async function failure(running: Promise<unknown>): Promise<RunFailedError> {
  const error: unknown = await running.then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof RunFailedError, String(error));
  return error;
}

test("B016 run() by many at once: one runs, the others are told, and retrying ends", async (t) => {
  const [contested, ...drivers] = await Promise.all([scoped(t), scoped(t), scoped(t), scoped(t)]);
  const [refusals, refused] = createChannel();
  const [gate, opener] = createChannel();
  await contested.run("let runs = 0;");
  // Until each driver was refused once, something else runs.
  const first = contested.run("await gate.recv();", { channels: { gate } });
  const driving = drivers.map((driver) =>
    driver.run(
      `
      import { Interpreter, InterpreterError } from "subinterpreters";
      const shared = new Interpreter(${contested.id});
      let told = false;
      for (let done = 0; done < 10;) {
        try {
          await shared.run("runs++");
          done++;
        } catch (error) {
          if (!(error instanceof InterpreterError) || !/already running/.test(error.message)) throw error;
          if (!told) refused.sendNowait(told = true);
        }
      }`,
      { channels: { refused } },
    )
  );
  const ended = Promise.all(driving);
  for (const _ of drivers) {
    assert.equal(await Promise.race([refusals.recv(), ended.then(() => "never refused")]), true);
  }
  opener.sendNowait("open");
  await Promise.all([first, ended]);
  assert.equal(await contested.evaluate("runs"), 30);
});

test("B089 run() may be called from any asynchronous context", async () => {
  const interpreter = await shared();
  await interpreter.run("let n = 0;");
  await new Promise<void>((resolve, reject) => {
    setTimeout(() => {
      interpreter.run("n++").then(resolve, reject);
    }, 0);
  });
  await Promise.resolve().then(() => interpreter.run("n++"));
  assert.equal(await interpreter.evaluate("n"), 2);
});

test("B164 run() names an unknown option", async () => {
  const interpreter = await shared();
  await assert.rejects(
    interpreter.run("1", { shared: {} } as never),
    (error) => error instanceof TypeError && error.message.includes("shared"),
  );
});

test("B096 run() takes source with NUL characters in strings", async () => {
  const interpreter = await shared();
  assert.equal(await interpreter.evaluate("'a\0b'.length"), 3);
});

test("B097 run() does not mind indented source", async () => {
  const interpreter = await shared();
  assert.equal(await interpreter.evaluate("    const a = 1;\n      a + 1"), 2);
});

test("B114 import in a later run gives the same module instance", async () => {
  const interpreter = await shared();
  await interpreter.run(`import * as first from "node:path"; first.posix.marked = 1;`);
  await interpreter.run(
    `import * as second from "node:path"; const again = await import("node:path");`,
  );
  assert.deepEqual(
    await interpreter.evaluate("[first === second, second === again, second.posix.marked]"),
    [true, true, 1],
  );
});

test("B119 run() takes every kind of declaration and feature", async () => {
  const interpreter = await shared();
  await interpreter.run(`
    const { a, b: { c = 3 } = {}, ...rest } = { a: 1, d: 4 };
    let [first, , third = 9] = [1, 2];
    class Counter { static #made = 0; static { Counter.#made = 7; } static get made() { return Counter.#made; } }
    async function* letters() { yield "x"; yield "y"; }
    function* numbers() { yield* [1, 2]; }
    label: for (var i = 0; i < 3; i++) { for (;;) continue label; }
    const gathered = [];
    for await (const letter of letters()) gathered.push(letter);
    const nested = [[1, 2], [3]].flatMap((list) => list.map((n) => n * 2));
    let tagged = String.raw\`\\n\${a}\`;
    let big = 2n ** 64n, pattern = /a\\/b/giu.source, optional = rest?.e ?? "none";
  `);
  assert.deepEqual(
    await interpreter.evaluate(
      "[a, c, rest, first, third, Counter.made, [...numbers()], i, gathered, nested, tagged, big, pattern, optional]",
    ),
    [1, 3, { d: 4 }, 1, 9, 7, [1, 2], 3, ["x", "y"], [2, 4, 6], "\\n1", 2n ** 64n, "a\\/b", "none"],
  );
});

test("B122 B125 console.log() inside is on standard output before run() resolves", {
  timeout: 60_000,
}, async () => {
  const { code, stdout } = await spawnScript(`
    import { create } from "subinterpreters";
    const interpreter = await create();
    for (let n = 0; n < 5; n++) {
      await interpreter.run("console.log('inside', " + n + ")");
      console.log("outside", n);
    }
  `);
  const expected = [0, 1, 2, 3, 4].map((n) => `inside ${n}\noutside ${n}\n`).join("");
  assert.deepEqual([code, stdout], [0, expected]);
});

test("B123 B124 console.log() replaced inside stays inside, and for later runs", {
  timeout: 60_000,
}, async () => {
  const { code, stdout } = await spawnScript(`
    import { create } from "subinterpreters";
    const interpreter = await create();
    const log = console.log;
    const heard = [];
    console.log = (text) => heard.push(text);
    await interpreter.run("console.log('one'); const lines = []; console.log = (text) => lines.push(text);");
    await interpreter.run("console.log('two')");
    console.log = log;
    console.log(heard.length, JSON.stringify(await interpreter.evaluate("lines")));
  `);
  assert.deepEqual([code, stdout], [0, 'one\n0 ["two"]\n']);
});

test("B135 cause of a RunFailedError can be thrown on and caught by its class", async () => {
  const interpreter = await shared();
  const { cause } = await failure(interpreter.run("null.x"));
  assert.ok(cause instanceof TypeError);
  assert.throws(() => {
    throw cause;
  }, TypeError);
});

test("B139 excinfo of an error without a message has an empty one", async () => {
  const interpreter = await shared();
  const { message, excinfo } = await failure(interpreter.run("throw new RangeError()"));
  assert.deepEqual([message, excinfo.name, excinfo.message], ["RangeError", "RangeError", ""]);
});

test("B143 B145 excinfo has the causes and the members at every depth", async () => {
  const interpreter = await shared();
  const { excinfo } = await failure(interpreter.run(`
    class AppError extends Error { name = "AppError"; }
    const inner = new AppError("inner", { cause: new TypeError("root") });
    throw new AggregateError([inner, "text"], "all", { cause: inner });
  `));
  assert.deepEqual(
    [excinfo.name, excinfo.cause?.name, excinfo.cause?.cause?.name, excinfo.cause?.cause?.message],
    ["AggregateError", "AppError", "TypeError", "root"],
  );
  assert.deepEqual(excinfo.errors?.map(({ message }) => message), ["inner", "text"]);
  assert.equal(excinfo.errors?.[0]?.cause?.message, "root");
});

test("B142 RunFailedError printed has the summary, and the trace from inside", async () => {
  const interpreter = await shared();
  const error = await failure(interpreter.run("function f() {\n  throw new Error('e');\n}\nf();"));
  assert.equal(error.message, "Error: e");
  assert.match(error.excinfo.stack ?? "", /at f \(<interpreter \d+>:2:\d+\)/);
});

for (const value of [1, "text", null, {}, () => {}]) {
  test(`B160 run() refuses ${JSON.stringify(value) ?? "a function"} as a channel`, async () => {
    const interpreter = await shared();
    await assert.rejects(
      interpreter.run("never = 1", { channels: { end: value } as never }),
      (error) => error instanceof TypeError && error.message.includes("channels.end"),
    );
    assert.equal(await interpreter.evaluate("typeof never"), "undefined");
  });
}

test("B162 run() with no channels and with an empty record is the same", async () => {
  const interpreter = await shared();
  await interpreter.run("let a = 1;");
  await interpreter.run("a++;", { channels: {} });
  assert.equal(await interpreter.evaluate("a + typeof channels"), "2undefined");
});

for (const name of ["a-b", "1a", "", "class", "a b"]) {
  test(`B163 run() refuses the channel name ${JSON.stringify(name)}`, async () => {
    const interpreter = await shared();
    const [recv] = createChannel();
    await assert.rejects(
      interpreter.run("1", { channels: { [name]: recv } }),
      (error) => error instanceof TypeError && error.message.includes(JSON.stringify(name)),
    );
  });
}

test("B173 ends bind in a fresh interpreter without any preparation", async (t) => {
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  await interpreter.run("end.sendNowait(end.id)", { channels: { end: send } });
  assert.equal(recv.recvNowait(), send.id);
});

test("B082 close() and run() resolve to undefined", async (t) => {
  const interpreter = await scoped(t);
  assert.equal(await interpreter.run("5"), undefined);
  assert.equal(await interpreter.close(), undefined);
});

test("B076 close() may be called from any asynchronous context", async (t) => {
  const interpreter = await scoped(t);
  await new Promise<void>((resolve, reject) => {
    queueMicrotask(() => {
      interpreter.close().then(resolve, reject);
    });
  });
  await assert.rejects(interpreter.run("1"), InterpreterError);
});

test("excinfo of a thrown object that is no error is the object as text", async () => {
  const interpreter = await shared();
  const { excinfo } = await failure(interpreter.run("throw { code: 1, parts: ['a'] }"));
  assert.deepEqual([excinfo.name, excinfo.message], ["Uncaught", '{"code":1,"parts":["a"]}']);
});

test("names that source declares do not hide globals from the library", async (t) => {
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  await interpreter.run(
    `import { setTimeout } from "node:timers/promises";
    class Map { constructor() { throw new Error("hidden"); } }
    const Uint8Array = 6, Promise = 7, Error = 8, Object = 9, Set = 10, TypeError = 11;
    const globalThis = 12;
    await recv.recv({ timeout: 5 }).catch((error) => { if (error.name !== "ChannelEmptyError") throw error; });
    send.sendNowait({ list: [...new Array(12)].map((_, n) => ({ n })) });`,
    { channels: { recv, send } },
  );
  assert.deepEqual((await recv.recv() as { list: unknown[] }).list.length, 12);
  assert.deepEqual(await interpreter.evaluate("({ a: [Promise, Uint8Array], b: { c: 1 } })"), {
    a: [7, 6],
    b: { c: 1 },
  });
  assert.equal((await failure(interpreter.run("null.x"))).excinfo.name, "TypeError");
  assert.equal(
    await interpreter.evaluate(`import { getCurrent } from "subinterpreters"; getCurrent().id`),
    interpreter.id,
  );
});

test("B150 run() that throws a proxy that refuses everything fails all the same", async () => {
  const interpreter = await shared();
  const { excinfo } = await failure(interpreter.run(
    "throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } })",
  ));
  assert.equal(excinfo.name, "Uncaught");
  assert.equal(await interpreter.evaluate("1 + 1"), 2);
});
