// What an error has besides name, message and stack crosses too: `code`, `status` and the like.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ChannelEmptyError,
  createChannel,
  type Interpreter,
  RunFailedError,
} from "subinterpreters";
import { scoped, sharing } from "../helpers/interpreter.ts";

const shared = sharing();

async function failureOf(interpreter: Interpreter, source: string): Promise<RunFailedError> {
  const error: unknown = await interpreter.run(source).then(() => undefined, (thrown) => thrown);
  assert.ok(error instanceof RunFailedError, String(error));
  return error;
}

const thrown = (properties: string) => `throw Object.assign(new Error("x"), ${properties})`;

test("RunFailedError has properties of the error in excinfo and on cause", async () => {
  const interpreter = await shared();
  const source = thrown(
    `{ code: "E_QUOTA", status: 429, big: 2n ** 70n, isFatal: false, nothing: null,
       at: new Date(7), details: { path: ["a", 1], nested: { deep: true } } }`,
  );
  const { excinfo, cause } = await failureOf(interpreter, source);
  const expected = {
    code: "E_QUOTA",
    status: 429,
    big: 2n ** 70n,
    isFatal: false,
    nothing: null,
    at: new Date(7),
    details: { path: ["a", 1], nested: { deep: true } },
  };
  assert.deepEqual(excinfo.properties, expected);
  assert.deepEqual({ ...cause as object }, expected);
  assert.equal((cause as { code?: unknown }).code, "E_QUOTA");
  assert.deepEqual(structuredClone(excinfo), excinfo);
});

test("an error of the runtime keeps its code and its path", async () => {
  const source = `import { readFileSync } from "node:fs"; readFileSync("/not/there")`;
  const { cause } = await failureOf(await shared(), source);
  const { code, path, syscall } = cause as NodeJS.ErrnoException;
  assert.deepEqual([code, path, syscall], ["ENOENT", "/not/there", "open"]);
});

test("properties of causes and members cross", async () => {
  const interpreter = await shared();
  const part = (n: number) => `Object.assign(new Error("part"), { n: ${n} })`;
  const source = `
    throw new AggregateError([${part(1)}], "all", { cause: ${part(2)} })`;
  const { excinfo } = await failureOf(interpreter, source);
  assert.deepEqual(excinfo.errors?.map(({ properties }) => properties), [{ n: 1 }]);
  assert.deepEqual(excinfo.cause?.properties, { n: 2 });
});

for (
  const [what, properties] of [
    ["functions and symbols", "{ f() {}, s: Symbol() }"],
    ["what would be a method of the error", "{ toString: 1, constructor: 2, ['__proto__']: 3 }"],
    ["class instances", "{ map: new Map(), own: new (class A {})(), bytes: new Uint8Array(3) }"],
    ["what throws when it is read", "{}), Object.defineProperties({}, {})); void ("],
    ["very long texts", "{ text: 'x'.repeat(1e6) }"],
    ["very long lists", "{ list: Array(1e6).fill(0) }"],
    ["very long names", "{ ['x'.repeat(1e4)]: 1 }"],
  ] as const
) {
  test(`properties of an error leave out ${what}`, async () => {
    const source = what.startsWith("what throws")
      ? `throw Object.defineProperty(new Error("x"), "bad", { enumerable: true, get() { throw 1 } })`
      : thrown(properties);
    const { excinfo, cause } = await failureOf(await shared(), source);
    assert.equal(excinfo.properties, undefined);
    assert.deepEqual(Object.keys(cause as object), []);
    assert.equal(String(cause), "Error: x");
  });
}

test("properties of an error are bounded in number, depth and size", async () => {
  const source = `
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => ["k" + n, n]));
    const deep = {}; let inner = deep;
    for (let n = 0; n < 50; n++) inner = inner.in = {};
    const round = { text: "x" }; round.self = round;
    throw Object.assign(new Error("x"), { deep, round }, many)`;
  const { excinfo } = await failureOf(await shared(), source);
  const { properties = {} } = excinfo;
  const names = Object.keys(properties);
  assert.deepEqual(names.slice(0, 3), ["deep", "round", "k0"]);
  assert.ok(names.length <= 100, `${names.length} properties`);
  assert.ok(JSON.stringify(properties).length < 10_000);
});

test("an error of a host function has its properties inside", async (t) => {
  const interpreter = await scoped(t, {
    functions: {
      pay: () => {
        throw Object.assign(new TypeError("declined"), { code: "card_declined" });
      },
    },
  });
  const source = `import { host } from "subinterpreters";
    await host.pay().catch((error) => [error.name, error.code])`;
  assert.deepEqual(await interpreter.evaluate(source), ["TypeError", "card_declined"]);
});

test("an error of this module arrives in an item as an Error of its name", async () => {
  const [recv, send] = createChannel();
  const interpreter = await shared();
  const failure = await failureOf(interpreter, thrown("{ code: 7 }"));
  await assert.rejects(recv.recv({ timeout: 0 }), (empty) => {
    send.sendNowait([empty, failure]);
    return empty instanceof ChannelEmptyError;
  });
  const [empty, failed] = recv.recvNowait() as [Error, Error & { cause: Error & { code: number } }];
  assert.ok(empty instanceof Error && failed instanceof Error);
  assert.deepEqual([empty.name, failed.name], ["ChannelEmptyError", "RunFailedError"]);
  assert.deepEqual([failed.message, failed.cause.code], ["Error: x", 7]);
});
