// What cannot cross amid a map, and what moves: a chunk has many items, and loses none of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NotShareableError, transfer } from "subinterpreters";
import { scoped } from "../helpers/interpreter.ts";
import { scopedPool } from "../helpers/pool.ts";

const SIZES = [1, 2, 3, 10, "auto"] as const;

/** The results of a map, and what ended it. */
async function endOf<T>(results: AsyncIterable<T>): Promise<[results: T[], error: unknown]> {
  const got: T[] = [];
  try {
    for await (const result of results) got.push(result);
  } catch (error) {
    return [got, error];
  }
  return [got, undefined];
}

function assertRefused(error: unknown, message: string): void {
  assert.ok(error instanceof NotShareableError, String(error));
  assert.equal(error.message, message);
}

test("map() gives the results before one that cannot cross, and then says which it is", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const wrap = (n: number) => n === 2 ? { a: [() => n] } : n;
  for (const chunksize of SIZES) {
    const [results, error] = await endOf<unknown>(pool.map(wrap, [0, 1, 2, 3], { chunksize }));
    assert.deepEqual(results, [0, 1], String(chunksize));
    const message = "Cannot map: the result of item 2 cannot cross: $.a[0] is a function";
    assertRefused(error, message);
    assert.match((error as Error).stack ?? "", /map_items\.test/);
  }
});

test("map() calls its function for the items before one that cannot cross, and says which it is", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 2 });
  const items = [{ a: 1 }, { a: 2 }, { a: [() => 3] }, { a: 4 }];
  for (const chunksize of SIZES) {
    const [results, error] = await endOf<unknown>(
      pool.map(({ a }: { a: unknown }) => a, items, { chunksize }),
    );
    assert.deepEqual(results, [1, 2], String(chunksize));
    assertRefused(error, "Cannot map: item 2 cannot cross: $.a[0] is a function");
  }
  const pairs = pool.map((a: number, b: unknown) => [a, b], [1, 2], [3, Symbol("x")], {
    chunksize: 2,
  });
  const [results, error] = await endOf(pairs);
  assert.deepEqual(results, [[1, 3]]);
  assertRefused(error, "Cannot map: item 1 of iterable 1 cannot cross: $ is a symbol");
});

test("map() gives the results before a call that throws what cannot cross", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const failing = (n: number) => {
    if (n === 2) throw Object.assign(new RangeError("two"), { retry: () => n });
    return n;
  };
  for (const chunksize of SIZES) {
    const [results, error] = await endOf(pool.map(failing, [0, 1, 2, 3], { chunksize }));
    assert.deepEqual(results, [0, 1], String(chunksize));
    assert.ok(error instanceof RangeError, String(error));
    assert.equal(error.message, "two");
  }
});

test("map() moves what transfer() marks in its items, and in its results", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  for (const chunksize of SIZES) {
    const views = [1, 2, 3].map((n) => new Uint8Array(n));
    const items = views.map((view) => transfer(view, [view.buffer]));
    const lengths = await endOf(pool.map((view: Uint8Array) => view.length, items, { chunksize }));
    assert.deepEqual(lengths, [[1, 2, 3], undefined], String(chunksize));
    assert.deepEqual(views.map(({ length }) => length), [0, 0, 0], "they have moved");
  }
  const [results, error] = await endOf(pool.map(
    async (n: number) => {
      const { transfer: move } = await import("subinterpreters");
      const view = new Uint8Array(n);
      const kept = (globalThis as { kept?: Uint8Array[] }).kept ??= [];
      kept.push(view);
      return move(view, [view.buffer]);
    },
    [1, 2],
    { chunksize: 2 },
  ));
  assert.deepEqual([results, error], [[new Uint8Array(1), new Uint8Array(2)], undefined]);
  const left = await pool.submit({ source: "kept.map(({ length }) => length)" });
  assert.deepEqual(left, [0, 0], "they have moved");
});

test("map() leaves what is behind an item that cannot cross where it is", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const [first, last] = [new Uint8Array(1), new Uint8Array(3)];
  const items: object[] = [
    transfer(first, [first.buffer]),
    () => {},
    transfer(last, [last.buffer]),
  ];
  const [results, error] = await endOf(
    pool.map((item: unknown) => (item as Uint8Array).length, items, { chunksize: 3 }),
  );
  assert.deepEqual(results, [1]);
  assertRefused(error, "Cannot map: item 1 cannot cross: $ is a function");
  assert.deepEqual([first.length, last.length], [0, 3]);
});

test("map() inside an interpreter gives the results before one that cannot cross", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const interpreter = await scoped(t);
  const source = `
    const got = [];
    try {
      for await (const result of pool.map((n) => n === 1 ? () => n : n, [0, 1], { chunksize: 2 })) {
        got.push(result);
      }
    } catch (error) {
      got.push(error.message);
    }
    got`;
  const message = "Cannot map: the result of item 1 cannot cross: $ is a function";
  assert.deepEqual(await interpreter.evaluate(source, { values: { pool } }), [0, message]);
});
