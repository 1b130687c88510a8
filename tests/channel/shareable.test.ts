// What may cross between interpreters, and what arrives.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { createChannel, getMain, isShareable, NotShareableError } from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";

/** The copy that a receiver gets. */
function transfer(value: unknown): unknown {
  const [recv, send] = createChannel();
  send.sendNowait(value);
  return recv.recvNowait();
}

function assertSame(values: readonly unknown[]): void {
  for (const value of values) assert.ok(Object.is(transfer(value), value), inspect(value));
}

test("B202 isShareable() is true for null, strings, integers and bytes", () => {
  for (const value of [null, undefined, "", "spam", 10, -10, 10n, new Uint8Array([1])]) {
    assert.equal(isShareable(value), true, inspect(value));
  }
});

test("B203 B204 isShareable() is true for booleans, all numbers and nested arrays", () => {
  for (const value of [true, false, 100.5, NaN, [], [1, [2, ["3"]]], Object.freeze([1])]) {
    assert.equal(isShareable(value), true, inspect(value));
  }
});

test("B205 isShareable() is false for functions, symbols, classes and their instances", () => {
  class Own {
    part = 1;
  }
  class Bytes extends Uint8Array {}
  const values = [() => {}, Symbol.iterator, Own, new Own(), new Bytes(1), Object, async () => {}];
  for (const value of values) assert.equal(isShareable(value), false, inspect(value));
});

test("B206 isShareable() is true for built-in collections, false for promises", () => {
  for (const value of [{}, [], new Map(), new Set(), new Date(), /x/, new Error("x")]) {
    assert.equal(isShareable(value), true, inspect(value));
  }
  for (const value of [Promise.resolve(), new WeakMap(), new WeakRef({}), globalThis]) {
    assert.equal(isShareable(value), false, inspect(value));
  }
});

test("B207 isShareable() is true for both ends of a channel and for interpreters", () => {
  for (const value of [...createChannel(), createChannel(), getMain()]) {
    assert.equal(isShareable(value), true, inspect(value));
  }
});

test("B208 isShareable() is true for shared memory and views of any memory", () => {
  const shared = new SharedArrayBuffer(8);
  const values = [shared, new Int32Array(shared), new DataView(shared), new ArrayBuffer(8)];
  for (const value of [...values, new Float64Array(1)]) assert.equal(isShareable(value), true);
});

test("B209 isShareable() looks at every part, and send() agrees", () => {
  const [recv, send] = createChannel();
  const bad = [() => {}];
  const wrapped = [[bad], { a: bad }, new Map([["k", bad]]), new Map([[bad, 1]]), new Set([bad])];
  for (const value of [...wrapped, new Error("x", { cause: bad })]) {
    assert.equal(isShareable(value), false);
    assert.throws(() => send.sendNowait(value), NotShareableError);
  }
  assert.equal(recv.recvNowait("nothing"), "nothing");
});

test("B210 isShareable() never throws and asks no trap of a proxy", () => {
  const fail = () => {
    throw new Error("asked");
  };
  const traps = { get: fail, getPrototypeOf: fail, ownKeys: fail, has: fail };
  assert.equal(isShareable(new Proxy({}, traps)), false);
  assert.equal(isShareable([new Proxy([], traps)]), false);
  assert.equal(
    isShareable({
      get part() {
        return fail();
      },
    }),
    false,
  );
});

test("B211 null arrives as null and undefined as undefined", () => {
  assertSame([null, undefined]);
});

test("B212 strings and integers arrive equal and of the same type", () => {
  assertSame(["", "hello world", "你好世界", "\u{1f600}", "\ud800", "nul\0byte"]);
  assertSame([-1, 0, 257, 2 ** 31, -(2 ** 31), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]);
});

test("B212 bytes arrive as a Uint8Array of the same bytes", () => {
  const received = transfer(new Uint8Array([0, 104, 255]));
  assert.ok(received instanceof Uint8Array);
  assert.equal(Object.getPrototypeOf(received), Uint8Array.prototype);
  assert.deepEqual([...received], [0, 104, 255]);
});

test("B213 a bigint of any size arrives", () => {
  assertSame([0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n, -(2n ** 1000n)]);
});

test("B214 booleans and all kinds of numbers arrive as they are", () => {
  assertSame([true, false, 0.1, -0, NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308]);
});

test("B215 nested arrays arrive, unless one item at any depth cannot cross", () => {
  const nested = [1, [2, [3, [], ["4"]]], []];
  assert.deepEqual(transfer(nested), nested);
  assert.throws(
    () => transfer([1, [2, [3, () => {}]]]),
    (error) => error instanceof NotShareableError && error.message.includes("$[1][1][1]"),
  );
});

test("B217 what comes back to its sender is a copy too", async (t) => {
  const interpreter = await scoped(t);
  const [there, toGuest] = createChannel();
  const [back, toHost] = createChannel();
  const bytes = new Uint8Array([1, 2, 3]);
  toGuest.sendNowait(bytes);
  await interpreter.run("toHost.sendNowait(there.recvNowait())", { channels: { there, toHost } });
  const received = back.recvNowait();
  assert.notEqual(received, bytes);
  assert.deepEqual(received, bytes);
});

test("B221 shared memory outlives the interpreter that made it", async (t) => {
  const interpreter = await scoped(t);
  const [recv, send] = createChannel();
  await interpreter.run(
    "const view = new Int32Array(new SharedArrayBuffer(8)); view[0] = 42; out.sendNowait(view)",
    { channels: { out: send } },
  );
  await interpreter.close();
  const view = recv.recvNowait() as Int32Array;
  view[1] = 1;
  assert.deepEqual([...view], [42, 1]);
});

for (
  const [name, value, path] of [
    ["a symbol key", { a: [{ [Symbol("x")]: 1 }] }, "$.a[0]"],
    ["a symbol key of an array", [Object.assign([1], { [Symbol("x")]: 1 })], "$[0]"],
    ["a property of a Map", { m: Object.assign(new Map(), { extra: 1 }) }, "$.m"],
    ["a property of a Set", [Object.assign(new Set(), { extra: 1 })], "$[0]"],
    ["a property of a Date", [Object.assign(new Date(), { extra: 1 })], "$[0]"],
    ["a property of a RegExp", [Object.assign(/x/, { extra: 1 })], "$[0]"],
    ["a property of an ArrayBuffer", [Object.assign(new ArrayBuffer(1), { extra: 1 })], "$[0]"],
    ["a symbol key of bytes", [Object.assign(new Uint8Array(1), { [Symbol("x")]: 1 })], "$[0]"],
  ] as const
) {
  test(`send() refuses ${name}, which would be lost, and isShareable() says so`, () => {
    assert.equal(isShareable(value), false);
    assert.throws(
      () => transfer(value),
      (error) =>
        error instanceof NotShareableError &&
        (error.message.includes(`${path} is a`) || error.message.includes(`${path} has a`)),
    );
  });
}

test("a RegExp arrives with its lastIndex", () => {
  const regExp = /a/g;
  regExp.test("banana");
  assert.equal((transfer(regExp) as RegExp).lastIndex, 2);
});

test("send() of an array with holes keeps them, however many they are", { timeout: 10_000 }, () => {
  const sparse: number[] = [];
  sparse[2 ** 31] = 1;
  const copy = transfer(sparse) as unknown[];
  assert.deepEqual([copy.length, Object.keys(copy), copy[2 ** 31]], [
    2 ** 31 + 1,
    [`${2 ** 31}`],
    1,
  ]);
  const end: unknown[] = ["first"];
  end.length = 2 ** 32 - 1;
  assert.deepEqual(Object.keys(transfer(end) as unknown[]), ["0"]);
  assert.equal((transfer(end) as unknown[]).length, 2 ** 32 - 1);
  // oxlint-disable-next-line no-sparse-arrays -- that is what is tested
  const mixed = [, 1, , , undefined, , { a: 1 }, ,];
  const arrived = transfer(mixed) as unknown[];
  assert.deepEqual(arrived, mixed);
  assert.deepEqual(Object.keys(arrived), ["1", "4", "6"]);
});
