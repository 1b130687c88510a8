// Functions of the program that source calls: `create({ functions })` and `host`.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  create,
  createChannel,
  host,
  type Interpreter,
  NotShareableError,
  RunFailedError,
  type SendChannel,
} from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";
import { fixturesIn } from "../helpers/own_files.ts";

const IMPORT = `import { host } from "subinterpreters";\n`;

/** What a call inside was rejected with: class, name, message, cause and members. */
function failure(interpreter: Interpreter, call: string): Promise<unknown> {
  return interpreter.evaluate(`${IMPORT}
    const told = (error) => error instanceof Error
      ? { type: Object.getPrototypeOf(error).constructor.name, name: error.name,
          message: error.message, cause: told(error.cause), errors: error.errors?.map(told) }
      : error;
    await ${call}.then((value) => ({ value }), told)`);
}

test("host.f() gives copies of the arguments and of the result", async (t) => {
  const seen: unknown[] = [];
  const functions = {
    async search(...args: unknown[]) {
      seen.push(...args);
      await Promise.resolve();
      return { found: new Map([["x", [1n, new Date(5)]]]) };
    },
  };
  const interpreter = await scoped(t, { functions });
  const result = await interpreter.evaluate(`${IMPORT}
    await host.search("x", { deep: [new Set([1])] }, undefined, -0)`);
  assert.deepEqual(seen, ["x", { deep: [new Set([1])] }, undefined, -0]);
  assert.deepEqual(result, { found: new Map([["x", [1n, new Date(5)]]]) });
});

test("host.f() of a function that returns nothing resolves to undefined", async (t) => {
  const interpreter = await scoped(t, { functions: { quiet() {} } });
  assert.equal(await interpreter.evaluate(`${IMPORT} await host.quiet() === undefined`), true);
});

test("host has exactly the functions, frozen, without a prototype", async (t) => {
  const names = ["constructor", "__proto__", "toString", "a b", "default"];
  const functions = Object.fromEntries(names.map((name) => [name, () => name]));
  const interpreter = await scoped(t, { functions });
  assert.deepEqual(
    await interpreter.evaluate(`${IMPORT}
      let refused = 0;
      for (const change of [() => { host.more = 1 }, () => { delete host.toString },
        () => { host.toString = 1 }]) try { change() } catch { refused++ }
      [Object.keys(host), Object.getPrototypeOf(host), refused, (await host) === host,
        await Promise.all(Object.values(host).map((call) => call())),
        Object.values(host).map(({ name }) => name)]`),
    [names, null, 3, true, names, names],
  );
});

test("create() refuses a function called then, and what is no function", async () => {
  await assert.rejects(
    create({ functions: { then() {} } }),
    (error) => error instanceof TypeError && error.message.includes("functions.then"),
  );
  for (const functions of [{ f: 1 }, [], 1, null, () => {}]) {
    await assert.rejects(
      create({ functions } as never),
      (error) => error instanceof TypeError && error.message.includes("functions"),
    );
  }
});

test("create() rejects with what a getter among the functions throws", async () => {
  const reason = new Error("no");
  const functions = {
    get f(): never {
      throw reason;
    },
  };
  await assert.rejects(create({ functions }), (error) => error === reason);
});

test("host is empty in the program and in an interpreter without functions", async (t) => {
  assert.deepEqual(Reflect.ownKeys(host), []);
  assert.equal(Object.isFrozen(host), true);
  const interpreter = await scoped(t);
  assert.deepEqual(await interpreter.evaluate(`${IMPORT} Reflect.ownKeys(host)`), []);
  assert.match(
    JSON.stringify(await failure(interpreter, "(async () => host.missing())()")),
    /TypeError/,
  );
});

test("host is there in a module file that source imports", async (t) => {
  const interpreter = await scoped(t, {
    functions: { double: (n: number) => 2 * n },
    baseUrl: fixturesIn(t, new URL("./fixtures/", import.meta.url)),
  });
  const source = 'import { twice } from "./uses_module.mjs"; await twice(21)';
  assert.equal(await interpreter.evaluate(source), 42);
});

test("host.f() rejects with an error made from what the function throws", async (t) => {
  class OddError extends Error {
    override name = "OddError";
  }
  const functions = {
    range() {
      throw new RangeError("too far", { cause: new TypeError("inner", { cause: "text" }) });
    },
    async several() {
      await Promise.resolve();
      throw new AggregateError([new SyntaxError("one"), 2], "both");
    },
    odd() {
      throw new OddError("own class");
    },
  };
  const interpreter = await scoped(t, { functions });
  const inner = { type: "TypeError", name: "TypeError", message: "inner", errors: undefined };
  const uncaught = { type: "Error", name: "Uncaught", cause: undefined, errors: undefined };
  assert.deepEqual(await failure(interpreter, "host.range()"), {
    type: "RangeError",
    name: "RangeError",
    message: "too far",
    cause: { ...inner, cause: { ...uncaught, message: "text" } },
    errors: undefined,
  });
  assert.deepEqual(await failure(interpreter, "host.several()"), {
    type: "AggregateError",
    name: "AggregateError",
    message: "both",
    cause: undefined,
    errors: [
      { ...uncaught, type: "SyntaxError", name: "SyntaxError", message: "one" },
      { ...uncaught, message: "2" },
    ],
  });
  assert.deepEqual(await failure(interpreter, "host.odd()"), {
    ...uncaught,
    name: "OddError",
    message: "own class",
  });
});

let thrown: unknown;
const throwing = sharing({
  functions: {
    now() {
      // oxlint-disable-next-line typescript/only-throw-error -- what is no error crosses too
      throw thrown;
    },
    later: () => Promise.reject(thrown),
  },
});

for (
  const [what, value] of [
    ["a string", "just text"],
    ["undefined", undefined],
    ["a proxy that throws", throwingProxy()],
    [
      "an error whose message is a getter that throws",
      Object.defineProperty(new Error(), "message", {
        get() {
          throw new Error("no");
        },
      }),
    ],
  ] as const
) {
  test(`host.f() of a function that throws ${what} rejects with an Error`, async () => {
    thrown = value;
    const interpreter = await throwing();
    for (const name of ["now", "later"]) {
      assert.equal(
        await interpreter.evaluate(
          `${IMPORT} await host.${name}().then(() => false, (error) => error instanceof Error)`,
        ),
        true,
      );
    }
  });
}

function throwingProxy(): object {
  const refuse = () => {
    throw new Error("no");
  };
  return new Proxy({}, { get: refuse, getPrototypeOf: refuse, has: refuse, ownKeys: refuse });
}

test("host.f() that fails has the caller's stack and no path of the program", async (t) => {
  const functions = {
    async fail() {
      await Promise.resolve();
      throw new Error("outer", { cause: new AggregateError([new Error("member")], "cause") });
    },
  };
  const interpreter = await scoped(t, { functions });
  const [stack, others] = await interpreter.evaluate<[string, string[]]>(
    `${IMPORT}
async function caller() {
  return await host.fail();
}
await caller().catch(({ stack, cause }) => [stack, [cause.stack, cause.errors[0].stack]])`,
    { filename: "plugin.ts" },
  );
  assert.match(stack, /^Error: outer\n/);
  assert.match(stack, /plugin\.ts/);
  assert.doesNotMatch(stack + others.join(), /functions\.test|src\/host|call_function/);
  assert.deepEqual(others, ["AggregateError: cause", "Error: member"]);
});

test("an error of host.f() that source does not catch fails the run with it", async (t) => {
  const functions = {
    fail() {
      throw new RangeError("too far");
    },
  };
  const interpreter = await scoped(t, { functions });
  await assert.rejects(
    interpreter.run(`${IMPORT} await host.fail()`),
    (error) =>
      error instanceof RunFailedError && error.excinfo.name === "RangeError" &&
      error.cause instanceof RangeError && error.cause.message === "too far",
  );
});

test("host.f() with arguments that cannot cross calls nothing", async (t) => {
  let calls = 0;
  const interpreter = await scoped(t, { functions: { f: () => calls++ } });
  assert.deepEqual(await failure(interpreter, "host.f(1, { a: [() => {}] })"), {
    type: "NotShareableError",
    name: "NotShareableError",
    message: "The arguments of host.f cannot cross: $[1].a[0] is a function",
    cause: undefined,
    errors: undefined,
  });
  assert.deepEqual(
    await failure(interpreter, "host.f({ get a() { throw new URIError('getter') } })"),
    { type: "URIError", name: "URIError", message: "getter", cause: undefined, errors: undefined },
  );
  assert.match(
    JSON.stringify(await failure(interpreter, "host.f(...Array(1001).fill(0))")),
    /RangeError.*1001 arguments/,
  );
  assert.equal(calls, 0);
});

test("host.f() with a result that cannot cross names the function and the path", async (t) => {
  const functions = {
    bad: () => ({ a: [Symbol("s")] }),
    later: () => Promise.resolve(new WeakMap()),
    getter: () => ({
      get a(): never {
        throw new EvalError("getter");
      },
    }),
  };
  const interpreter = await scoped(t, { functions });
  const told = (call: string) => failure(interpreter, call) as Promise<Error & { type: string }>;
  const bad = await told("host.bad()");
  assert.equal(bad.type, NotShareableError.name);
  assert.equal(bad.message, "The result of host.bad cannot cross: $.a[0] is a symbol");
  assert.match((await told("host.later()")).message, /host\.later.* WeakMap/);
  const getter = await told("host.getter()");
  assert.deepEqual([getter.type, getter.message], ["EvalError", "getter"]);
});

test("host.f() of a function whose thenable throws rejects with that", async (t) => {
  const functions = {
    getter: () => ({
      get then(): never {
        throw new EvalError("getter");
      },
    }),
    call: () => ({
      // deno-lint-ignore no-thenable
      then() {
        throw new EvalError("call");
      },
    }),
  };
  const interpreter = await scoped(t, { functions });
  for (const name of ["getter", "call"]) {
    assert.match(JSON.stringify(await failure(interpreter, `host.${name}()`)), /EvalError/);
  }
});

test("handles and shared memory cross in arguments and results", async (t) => {
  const [recv, send] = createChannel();
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const functions = {
    swap(words: Int32Array, end: SendChannel) {
      words[0] = 7;
      end.sendNowait("by the program");
      return [shared, interpreter, recv];
    },
  };
  const interpreter = await scoped(t, { functions });
  const result = await interpreter.evaluate(
    `${IMPORT}
    import { getCurrent } from "subinterpreters";
    const own = new Int32Array(new SharedArrayBuffer(8));
    const [words, self, from] = await host.swap(own, end);
    words[1] = 9;
    [own[0], self === getCurrent(), await from.recv()]`,
    { channels: { end: send } },
  );
  assert.deepEqual(result, [7, true, "by the program"]);
  assert.equal(shared[1], 9);
});
