// Functions called in another interpreter: what crosses, what is refused, and how it fails.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  createChannel,
  ExecutionFailedError,
  getCurrent,
  getMain,
  InterpreterError,
  InterpreterNotFoundError,
  InterpreterTerminatedError,
  RecvChannel,
  RunFailedError,
} from "subinterpreters";
import { sharing } from "../helpers/interpreter.ts";
import { spawnScript } from "../helpers/spawn_script.ts";

const shared = sharing();

test("B177 B178 B179 call() runs a function elsewhere and resolves to its result", async () => {
  const interpreter = await shared();
  assert.equal(await interpreter.call((a: number, b: number) => a + b, 2, 3), 5);
  assert.equal(interpreter.callSync((a: number, b: number) => a * b, 2, 3), 6);
  const id = await interpreter.call(async () => {
    const { getCurrent: current } = await import("subinterpreters");
    return current().id;
  });
  assert.equal(id, interpreter.id);
  assert.notEqual(id, getCurrent().id);
});

test("B180 B181 arguments and results of call() come out equal, whatever can cross", async () => {
  const interpreter = await shared();
  const [recv] = createChannel();
  const values = [
    null,
    undefined,
    true,
    -0,
    2n ** 70n,
    "text",
    [1, [2]],
    { a: { b: 1 } },
    new Map([["a", new Set([1])]]),
    new Date(5),
    /x/g,
    new Uint8Array([1, 2]),
    new Error("kept"),
  ];
  for (const value of values) {
    assert.deepEqual(await interpreter.call((same) => same, value), value);
  }
  const end = await interpreter.call((same: RecvChannel) => same, recv);
  assert.ok(end instanceof RecvChannel && end.equals(recv));
  const memory = new Int32Array(new SharedArrayBuffer(4));
  await interpreter.call((words: Int32Array) => {
    words[0] = 7;
  }, memory);
  assert.equal(memory[0], 7);
});

test("B182 a function that call() runs never changes the caller's own objects", async () => {
  const interpreter = await shared();
  const given = { list: [1] };
  const changed = await interpreter.call((object: typeof given) => {
    object.list.push(2);
    return object;
  }, given);
  assert.deepEqual([given, changed], [{ list: [1] }, { list: [1, 2] }]);
});

test("B188 default and rest parameters work in a function that call() sends", async () => {
  const interpreter = await shared();
  const sum = (a: number, b = 10, ...others: number[]) => others.reduce((x, y) => x + y, a + b);
  assert.equal(await interpreter.call(sum, 1), 11);
  assert.equal(await interpreter.call(sum, 1, 2, 3, 4), 10);
});

test("B121 a function that call() sends sees and changes the namespace of the interpreter", async () => {
  const interpreter = await shared();
  await interpreter.run("let counter = 1; const scale = 10; function twice(n) { return 2 * n; }");
  const count = new Function("return () => { counter += 1; return twice(counter * scale); }")();
  assert.equal(await interpreter.call(count as () => number), 40);
  assert.equal(await interpreter.evaluate("counter"), 2);
});

test("B184 a closure is refused by name and place before call() runs anything", async () => {
  const interpreter = await shared();
  await interpreter.run("globalThis.ran = 0");
  const secretOfTheTest = [Math.random()];
  await assert.rejects(
    interpreter.call(() => {
      (globalThis as { ran?: number }).ran = 1;
      return secretOfTheTest;
    }),
    (error: unknown) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, /"secretOfTheTest" at line \d+, column \d+/);
      assert.match(error.message, /argument/);
      return true;
    },
  );
  assert.equal(await interpreter.evaluate("ran"), 0);
});

test("call() finds what source put on globalThis", async () => {
  const interpreter = await shared();
  await interpreter.run("globalThis.lateGlobal = 3");
  const read = new Function("return () => lateGlobal")() as () => number;
  assert.equal(await interpreter.call(read), 3);
});

class Counter {
  #count = 1;
  count() {
    return this.#count;
  }
}

for (
  const [what, fn, reason] of [
    ["a native function", Math.max, /native or bound/],
    ["a bound function", String.bind(null), /native or bound/],
    ["a class", Counter as unknown as () => void, /is a class/],
    ["a method", Reflect.get(Counter.prototype, "count") as () => number, /is a method/],
    ["a generator", function* () {}, /is a generator/],
    ["an asynchronous generator", async function* () {}, /is a generator/],
    ["a proxy", new Proxy(() => 1, {}), /native or bound/],
  ] as const
) {
  test(`B187 B194 call() refuses ${what} and says what to do`, async () => {
    const interpreter = await shared();
    await assert.rejects(interpreter.call(fn as () => unknown), (error: unknown) => {
      assert.ok(error instanceof TypeError);
      assert.match(error.message, reason);
      return true;
    });
    assert.equal(interpreter.isRunning(), false);
  });
}

test("B190 call() refuses what is no function, and options that are wrong", async () => {
  const interpreter = await shared();
  const call = interpreter.call.bind(interpreter) as (...args: unknown[]) => Promise<unknown>;
  const wrong: [unknown[], RegExp][] = [
    [[], /fn must be a function/],
    [[1], /fn must be a function/],
    [["source"], /fn must be a function/],
    [[{}], /fn must be a function/],
    [[{ fn: 1 }], /fn must be a function/],
    [[{ fn: () => 1, args: 1 }], /args must be an array/],
    [[{ fn: () => 1 }, 1], /give no others/],
    [
      [{ fn: () => 1, other: 1 }],
      /"other"; known are fn, args, transfer, signal, timeout, onTimeout, onAbort, filename$/,
    ],
    [[{ fn: () => 1, values: {} }], /no option values/],
    [[{ fn: () => 1, timeout: "1" }], /timeout/],
  ];
  for (const [args, reason] of wrong) {
    await assert.rejects(call(...args), (error: unknown) => {
      assert.ok(error instanceof TypeError, String(error));
      assert.match(error.message, reason);
      return true;
    });
  }
});

test("B191 B192 B193 call() does not run the program again that the function is written in", async () => {
  const { stdout, code } = await spawnScript(`
    import { create } from "subinterpreters";
    console.log("begins");
    const interpreter = await create();
    console.log(await interpreter.call((a) => a + 1, 1), interpreter.callSync((a) => a + 1, 2));
    await interpreter.close();
  `);
  assert.deepEqual([stdout.trim().split(/\r?\n/), code], [["begins", "2 3"], 0]);
});

test("B189 what the function throws is a RunFailedError and an ExecutionFailedError", async () => {
  const interpreter = await shared();
  const failing = interpreter.call((text: string) => {
    throw new RangeError(text);
  }, "too far");
  await assert.rejects(failing, (error: unknown) => {
    assert.ok(error instanceof RunFailedError && error instanceof ExecutionFailedError);
    assert.equal(error.excinfo.name, "RangeError");
    assert.equal(error.excinfo.message, "too far");
    assert.ok(error.cause instanceof RangeError);
    return true;
  });
  await assert.rejects(interpreter.call(() => Promise.reject(0)), RunFailedError);
  await assert.rejects(interpreter.run("throw new Error('a')"), ExecutionFailedError);
});

test("call() runs a function whatever its own name, toString() and prototype are", async () => {
  const interpreter = await shared();
  const named = Object.defineProperty(() => 1, "name", {
    get: () => {
      throw new Error("no name");
    },
  });
  assert.equal(await interpreter.call(named), 1);
  const symbol = Object.defineProperty(() => 2, "name", { value: Symbol("name") });
  assert.equal(await interpreter.call(symbol), 2);
  const disguised = Object.assign(() => 3, { toString: () => "() => 4" });
  Object.setPrototypeOf(disguised, null);
  assert.equal(await interpreter.call(disguised), 3);
});

test("B184 an arrow function that calls itself is told how it can", async () => {
  const interpreter = await shared();
  const fibonacci = (n: number): number => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));
  await assert.rejects(interpreter.call(fibonacci, 5), /in its text: function fibonacci\(…\)/);
  assert.equal(
    await interpreter.call(function fib(n: number): number {
      return n < 2 ? n : fib(n - 1) + fib(n - 2);
    }, 10),
    55,
  );
});

test("the stack of an error in a called function has the function's name and lines", async () => {
  const interpreter = await shared();
  const explode = new Function(
    "return function explode() {\n  const a = 1;\n  throw new Error('there');\n}",
  )() as () => void;
  await assert.rejects(interpreter.call(explode), (error: unknown) => {
    assert.ok(error instanceof RunFailedError);
    assert.match(error.excinfo.stack ?? "", /<function explode>:3:\d+/);
    return true;
  });
});

test("call() fails with whatever is thrown, even a proxy that answers nothing", async () => {
  const interpreter = await shared();
  const throwing = () => {
    const refuse = () => {
      throw new Error("trap");
    };
    // oxlint-disable-next-line typescript/only-throw-error -- that is what is tested
    throw new Proxy({}, { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse });
  };
  await assert.rejects(interpreter.call(throwing), RunFailedError);
  assert.equal(await interpreter.call(() => 1), 1);
});

test("B197 B198 call() on a running interpreter is refused, and a call counts as running", async () => {
  await using interpreter = await create();
  const [recv, send] = createChannel();
  const calling = interpreter.call(async (end: RecvChannel) => await end.recv(), recv);
  assert.equal(interpreter.isRunning(), true);
  await assert.rejects(interpreter.call(() => 1), InterpreterError);
  await assert.rejects(interpreter.exec("1"), InterpreterError);
  send.sendNowait("on");
  assert.equal(await calling, "on");
  assert.equal(interpreter.isRunning(), false);
});

test("call() refuses the main interpreter and a closed one", async () => {
  await assert.rejects(getMain().call(() => 1), InterpreterError);
  const interpreter = await create();
  await interpreter.close();
  await assert.rejects(interpreter.call(() => 1), InterpreterNotFoundError);
  assert.throws(() => interpreter.callSync(() => 1), InterpreterNotFoundError);
});

test("call() with an object takes a signal, which ends the interpreter", async () => {
  const interpreter = await create();
  const controller = new AbortController();
  const calling = interpreter.call({
    fn: () => new Promise<void>(() => {}),
    signal: controller.signal,
  });
  controller.abort("enough");
  await assert.rejects(calling, (reason: unknown) => reason === "enough");
  await assert.rejects(interpreter.call(() => 1), InterpreterNotFoundError);
});

test("call() with a timeout ends a loop, and keeps the interpreter with onTimeout", async () => {
  await using interpreter = await create();
  await interpreter.run("let kept = 1");
  const looping = interpreter.call({
    fn: (n: number) => {
      for (;;) n++;
    },
    args: [1],
    timeout: 100,
    onTimeout: "interrupt",
  });
  await assert.rejects(looping, (error: unknown) => {
    assert.ok(error instanceof InterpreterTerminatedError && error.isInterpreterAlive);
    return true;
  });
  assert.equal(await interpreter.evaluate("kept"), 1);
});

test("call() works inside an interpreter as it does outside", async () => {
  const interpreter = await shared();
  const result = await interpreter.evaluate(`
    import { create } from "subinterpreters";
    const inner = await create();
    const answers = [
      await inner.call((a) => a * 2, 4),
      inner.callSync((a) => a * 3, 4),
      await inner.call(() => nothingOfThatName).catch((error) => error.name),
      await inner.call(Math.max, 1).catch((error) => error.name),
    ];
    await inner.close();
    answers;
  `);
  assert.deepEqual(result, [8, 12, "TypeError", "TypeError"]);
});
