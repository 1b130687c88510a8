// Values through the code and back, and bytes that are no message.

import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "node:test";
import { inspect } from "node:util";
import { isShareable, NotShareableError } from "subinterpreters";
import { decode } from "subinterpreters/src/codec/decode.ts";
import { encode } from "subinterpreters/src/codec/encode.ts";
import { checkExcinfo, toExcinfo } from "subinterpreters/src/codec/excinfo.ts";
import * as tags from "subinterpreters/src/codec/tags.ts";
import { seeded } from "../helpers/seed.ts";

function roundTrip<T>(value: T): T {
  const { bytes, shared } = encode(value);
  return decode(bytes.slice(), shared) as T;
}

test("encode() and decode() give back every plain value", () => {
  const { seed, numRuns } = seeded({ numRuns: 300 });
  const plain = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withNullPrototype: true,
  });
  // Compared as text: invalid dates differ to Node's deepStrictEqual, maps with equal keys to Bun's.
  const text = (value: unknown) =>
    inspect(value, { depth: null, maxArrayLength: null, maxStringLength: null });
  fc.assert(
    fc.property(plain, (value) => {
      assert.equal(text(roundTrip(value)), text(value));
    }),
    { seed, numRuns },
  );
});

test("encode() and decode() give back an invalid date", () => {
  const date = roundTrip(new Date(NaN));
  assert.equal(date instanceof Date, true);
  assert.equal(date.getTime(), NaN);
});

test("encode() and decode() give back strings of every kind", () => {
  const { seed, numRuns } = seeded({ numRuns: 300 });
  const text = fc.oneof(
    // Any characters: fast-check's own unit of that kind takes a second to make.
    fc.array(fc.integer({ min: 0, max: 0x10_ffff }), { maxLength: 200 }).map((points) =>
      String.fromCodePoint(...points)
    ),
    fc.string({ unit: "grapheme", maxLength: 200 }),
    // Lone surrogates among others.
    fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 100 }).map((units) =>
      String.fromCharCode(...units)
    ),
  );
  fc.assert(
    fc.property(text, (value) => {
      assert.equal(roundTrip(value), value);
      assert.deepStrictEqual(roundTrip({ [value]: value }), { [value]: value });
    }),
    { seed, numRuns },
  );
});

for (const number of [0, -0, 1.5, NaN, Infinity, -Infinity, 2 ** 31, -(2 ** 31), 2 ** 53, 5e-324]) {
  test(`encode() and decode() give back the number ${inspect(number)}`, () => {
    assert.ok(Object.is(roundTrip(number), number));
    assert.ok(Object.is(roundTrip([number])[0], number));
  });
}

test("encode() and decode() give back bigints of every length", () => {
  for (let digits = 1; digits <= 120; digits++) {
    for (const digit of ["1", "9", "a", "f"]) {
      const bigint = BigInt(`0x${digit}${"0a9f3".repeat(24).slice(0, digits - 1)}`);
      for (const value of [bigint, -bigint]) assert.equal(decode(encode(value).bytes, []), value);
    }
  }
});

test("decode() refuses a bigint of anything but digits", () => {
  for (
    const wrong of [
      "",
      "-",
      "x",
      "--1",
      "A",
      "1g",
      "0x1",
      "1 ",
      "/",
      ":",
      "`",
      "1n",
      "12345678:12345678",
    ]
  ) {
    const text = encode(wrong).bytes.slice();
    assert.throws(() => decode(Uint8Array.of(tags.BIGINT, ...text), []), TypeError, wrong);
  }
});

test("encode() and decode() give back wide strings of every length", () => {
  for (const length of [1, 15, 16, 17, 48, 49, 255, 256, 257, 4_097]) {
    for (const part of ["\u1234", "\ud83d\ude00", "\ud800", "a\u1234", "\u00e4", "abcdefg\u1234"]) {
      const text = part.repeat(length).slice(0, length);
      assert.equal(decode(encode(text).bytes, []), text);
    }
  }
});

test("encode() writes a long wide string so that it is read without being decoded", () => {
  assert.equal(encode("\u1234".repeat(1_000)).bytes[0], tags.UTF16);
  // Hardly longer than its characters.
  assert.equal(encode("abcdefg\u1234".repeat(1_000)).bytes[0], tags.UTF8);
});

test("decode() gives objects of the same names in the same order, however often they come", () => {
  for (let i = 0; i < 300; i++) {
    const value = { b: i, a: "x", "a-b": [i], "": { b: i } };
    const copy = roundTrip(value);
    assert.deepStrictEqual(copy, value);
    assert.deepEqual(Object.keys(copy), ["b", "a", "a-b", ""]);
  }
});

test("decode() keeps a property named __proto__ a property", () => {
  for (let i = 0; i < 300; i++) {
    const value = JSON.parse('{ "a": 1, "__proto__": { "polluted": true } }') as { a: number };
    const copy = roundTrip(value);
    assert.deepEqual(Object.keys(copy), ["a", "__proto__"]);
    assert.equal(Object.getPrototypeOf(copy), Object.prototype);
    assert.equal((copy as { polluted?: boolean }).polluted, undefined);
  }
});

test("decode() keeps shared references and cycles", () => {
  for (let i = 0; i < 300; i++) {
    const part = { i };
    const value: { list: unknown[]; self?: unknown } = { list: [part, part] };
    value.self = value;
    value.list.push(value.list);
    const copy = roundTrip(value);
    assert.equal(copy.self, copy);
    assert.equal(copy.list[0], copy.list[1]);
    assert.equal(copy.list[2], copy.list);
    assert.deepEqual(copy.list[0], { i });
  }
});

test("encode() and decode() keep the own fields of an error", () => {
  const error = Object.assign(new TypeError("x", { cause: 1 }), { code: "E", info: { a: [1] } });
  const copy = roundTrip(error);
  assert.ok(copy instanceof TypeError);
  assert.deepEqual([copy.message, copy.cause, copy.code, copy.info], ["x", 1, "E", { a: [1] }]);
});

test("encode() takes a Map and a Set as they are when it comes to them", () => {
  const map = new Map<string, unknown>();
  map.set("a", {
    get x() {
      map.set(`b${map.size}`, 1);
      return 1;
    },
  });
  assert.deepEqual(roundTrip({ map, after: 2 }), { map: new Map([["a", { x: 1 }]]), after: 2 });
});

test("isShareable() is false for an object with an inherited value and for what only looks built in", () => {
  class Point {
    x = 1;
  }
  const values = [
    () => {},
    Symbol("a"),
    new Point(),
    Object.create({ a: 1 }) as object,
    Object.create(Date.prototype) as object,
    new Proxy({}, {}),
    new WeakMap(),
    Promise.resolve(),
    new (class Numbers extends Array {})(),
    Object.assign([1], { extra: 1 }),
  ];
  for (const value of values) {
    assert.equal(isShareable(value), false, inspect(value));
    assert.equal(isShareable({ a: [value] }), false, inspect(value));
    assert.throws(() => encode({ a: [value] }), (error) => {
      assert.ok(error instanceof NotShareableError);
      return error.message.includes("$.a[0]");
    });
  }
});

test("checkExcinfo() and toExcinfo() end although shared members multiply", () => {
  let shared: object = { name: "Error", message: "leaf" };
  let thrown = new Error("leaf");
  for (let i = 0; i < 12; i++) {
    shared = { name: "AggregateError", message: "", errors: new Array(100).fill(shared) };
    thrown = new AggregateError(new Array<Error>(100).fill(thrown));
  }
  assert.equal(checkExcinfo(shared).name, "AggregateError");
  assert.equal(toExcinfo(thrown).name, "AggregateError");
});

test("decode() of any bytes gives a value or a TypeError", () => {
  const { seed, numRuns } = seeded({ numRuns: 3_000 });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      decodeOrRefuse(bytes);
    }),
    { seed, numRuns },
  );
});

test("decode() of a message with wrong bytes gives a value or a TypeError", () => {
  const { seed, numRuns } = seeded({ numRuns: 3_000 });
  const good = encode({
    list: [1, "two", 3n, new Date(0), /x/g, new Map([[1, { a: 1 }]]), new Set(["s"])],
    bytes: new Uint8Array([1, 2, 3]),
    error: new Error("e", { cause: new TypeError("c") }),
    long: "x".repeat(300),
  }).bytes.slice();
  const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = good.slice();
      for (const [at, byte] of changes) bytes[at] = byte;
      decodeOrRefuse(bytes);
    }),
    { seed, numRuns },
  );
});

function decodeOrRefuse(bytes: Uint8Array): void {
  try {
    decode(bytes, []);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
