// Messages that would take longer to read than their bytes: refused, or read in time.

import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { NotShareableError } from "subinterpreters";
import { decode } from "subinterpreters/src/codec/decode.ts";
import { encode } from "subinterpreters/src/codec/encode.ts";
import { ReadShapes } from "subinterpreters/src/codec/shapes.ts";
import * as tags from "subinterpreters/src/codec/tags.ts";
import { collidingNumbers } from "../helpers/collisions.ts";

/** What took 10 to 60 s before takes some milliseconds; a busy machine has time enough. */
const SOON_MS = 5_000;
const TOO_MANY = /have the same hash|has more than|are too long|reserve too much/;

/** The value, or the refusal; fails if it takes for ever. */
function read(bytes: Uint8Array): unknown {
  const startedAt = performance.now();
  try {
    return decode(bytes, []);
  } catch (error) {
    assert.ok(error instanceof TypeError);
    assert.match(error.message, TOO_MANY);
    return error;
  } finally {
    const ms = performance.now() - startedAt;
    assert.ok(ms < SOON_MS, `it took ${ms} ms`);
  }
}

function message(value: unknown, tag?: number): Uint8Array {
  const bytes = encode(value).bytes.slice();
  if (tag !== undefined) bytes[0] = tag;
  return bytes;
}

function assertReadOrRefused(value: unknown, isWhole: (value: unknown) => boolean): void {
  if (value instanceof TypeError) {
    assert.ok(!("Bun" in globalThis), "no engine but V8 is this slow");
  } else assert.ok(isWhole(value));
}

test("decode() of numbers of one hash in a Set takes no quadratic time", () => {
  const numbers = collidingNumbers(100_000);
  const set = read(message(numbers, tags.SET));
  assertReadOrRefused(set, (value) => (value as Set<unknown>).size === 100_000);
});

test("decode() of numbers of one hash in a Map takes no quadratic time", () => {
  const numbers = collidingNumbers(100_000).flatMap((number) => [number, 1]);
  const bytes = message(numbers, tags.MAP);
  new DataView(bytes.buffer).setUint32(1, 100_000, true);
  const map = read(bytes);
  assertReadOrRefused(map, (value) => (value as Map<unknown, unknown>).size === 100_000);
});

test("decode() finds numbers of one hash among others", () => {
  const numbers = collidingNumbers(60_000)
    .flatMap((number, n) => [number, n + 0.5, -n - 0.5, n + 0.25, -n - 0.25]);
  const set = read(message(numbers, tags.SET));
  assertReadOrRefused(set, (value) => (value as Set<unknown>).size === 300_000);
});

test("decode() gives back large collections as they were", () => {
  const random = Array.from({ length: 20_000 }, (_, n) => Math.sqrt(n));
  const set = new Set<unknown>([...random, ...random.map(String), ...random.keys()]);
  assert.deepEqual(decode(message(set), []), set);
  const map = new Map(random.map((number, n) => [number, { n, s: String(n) }]));
  assert.deepEqual(decode(message(map), []), map);
  const object = Object.fromEntries(random.map((number) => [`k${number}`, number]));
  Object.defineProperty(object, "__proto__", { value: 1, enumerable: true });
  assert.deepEqual(decode(message(object), []), object);
  const sparse: unknown[] = [];
  for (let n = 0; n < 1_000; n++) sparse[n * n] = n;
  sparse.length = 3_000_000;
  const copy = decode(message(sparse), []) as unknown[];
  assert.equal(copy.length, sparse.length);
  assert.deepEqual(Object.entries(copy), Object.entries(sparse));
});

test("decode() takes no memory for holes", () => {
  const before = process.memoryUsage().rss;
  const holes = [0x80, 0xc3, 0xc9, 0x01];
  const arrays = decode(
    Uint8Array.from([
      ...[tags.ARRAY, 20, 0, 0, 0],
      ...Array.from({ length: 20 }, () => [tags.ARRAY, ...holes, tags.HOLES, ...holes]).flat(),
    ]),
    [],
  );
  assert.equal((arrays as unknown[][])[19]!.length, 30_000_000);
  // 230 MiB each, where the runtime takes memory for each place.
  const mib = (process.memoryUsage().rss - before) / 2 ** 20;
  assert.ok(mib < 500, `${mib} MiB`);
});

test("decode() takes no memory for a few holes in each of many arrays", () => {
  const before = process.memoryUsage().rss;
  const holes = [0xe8, 0x03, 0, 0];
  const item = [tags.ARRAY, ...holes, tags.HOLES, ...holes];
  const bytes = new Uint8Array(5 + 100_000 * item.length);
  bytes.set([tags.ARRAY, 0xa0, 0x86, 0x01, 0]);
  for (let n = 0; n < 100_000; n++) bytes.set(item, 5 + n * item.length);
  const arrays = decode(bytes, []) as unknown[][];
  assert.equal(arrays[99_999]!.length, 1_000);
  // 8,000 bytes each, were they dense.
  const mib = (process.memoryUsage().rss - before) / 2 ** 20;
  assert.ok(mib < 400, `${mib} MiB`);
});

/** Errors without frames, which take long to make into text. */
function errors(count: number, make: () => Error): Error[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return Array.from({ length: count }, make);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

test("decode() refuses ten thousand errors, and leaves Error.stackTraceLimit as it was", () => {
  const before = Error.stackTraceLimit;
  const some = read(message(errors(5_000, () => new RangeError("x"))));
  assert.ok((some as unknown[])[4_999] instanceof RangeError);
  const [one] = errors(1, () => new Error("x"));
  const each = message(one);
  const bytes = new Uint8Array(5 + 10_001 * each.length);
  bytes.set([tags.ARRAY, 0x11, 0x27, 0, 0]);
  for (let n = 0; n < 10_001; n++) bytes.set(each, 5 + n * each.length);
  assert.match(String(read(bytes)), /more than 10000 errors/);
  assert.equal(Error.stackTraceLimit, before);
});

/** A regular expression as a message has it. */
function pattern(source: string): Uint8Array {
  const [text, flags] = [message(source), message("")];
  return Uint8Array.from([tags.REGEXP, ...text, ...flags, tags.INT8, 0]);
}

test("decode() refuses regular expressions that take long to compile", () => {
  assert.match(String(read(pattern("(?<a>)|".repeat(60_000)))), /too long/);
  const names = Array.from({ length: 1_600 }, (_, n) => `(?<a${n}>)`).join("");
  assert.match(String(read(pattern(names))), /too long/);
  const usual = new RegExp(Array.from({ length: 200 }, (_, n) => `(?<a${n}>x${n})`).join("|"), "u");
  assert.deepEqual(decode(message(usual), []), usual);
});

test("decode() refuses resizable buffers that reserve more than there is", () => {
  const head = [tags.ARRAY_BUFFER, 0, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff];
  const bytes = Uint8Array.from([
    ...[tags.ARRAY, 0x10, 0x27, 0, 0],
    ...Array.from({ length: 10_000 }, () => head).flat(),
  ]);
  assert.throws(() => decode(bytes, []), TypeError);
});

for (
  const [what, make, reason] of [
    ["errors", () => errors(10_001, () => new Error("x")), /it has more than 10000 errors/],
    [
      "properties of an error",
      () =>
        Object.assign(new Error("x"), Object.fromEntries(Array.from({ length: 1_001 }).entries())),
      /an error in it has more than 1000 properties/,
    ],
    ["characters of a regular expression", () => new RegExp("a".repeat(40_000)), /are too long/],
    [
      "resizable buffers",
      () => Array.from({ length: 1_001 }, () => new ArrayBuffer(0, { maxByteLength: 1 })),
      /reserve too much memory/,
    ],
  ] as const
) {
  test(`encode() refuses more ${what} than decode() would take, and the next message has all`, () => {
    const value = make();
    for (let n = 0; n < 2; n++) {
      assert.throws(
        () => encode(value, "It"),
        (error) => error instanceof NotShareableError && reason.test(error.message),
      );
    }
    const most = errors(10_000, () => new Error("x"));
    assert.equal((decode(message(most), []) as unknown[]).length, 10_000);
  });
}

test("encode() takes what is in a message twice for one", () => {
  const long = new RegExp("a".repeat(20_000));
  const list = Array.from({ length: 100 }, () => long);
  assert.equal((decode(message(list), []) as unknown[]).length, 100);
});

test("decode() remembers the names of objects for one sender alone", () => {
  const [one, other] = [new ReadShapes(), new ReadShapes()];
  const block = Uint8Array.from([4, ...new TextEncoder().encode("user")]);
  const shape = one.at(block, 0, block.length);
  assert.equal(one.at(block, 0, block.length), shape);
  assert.notEqual(other.at(block, 0, block.length), shape);
  // What the memory holds afterwards changes nothing that is remembered.
  block.set([0x78], 4);
  assert.deepEqual(shape?.names, ["user"]);
  assert.deepEqual(one.at(block, 0, block.length)?.names, ["usex"]);
});
