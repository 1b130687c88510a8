// What the types of a pool infer, and what they refuse: `npm run check` fails if a line that is
// expected to be an error is none.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { InterpreterPoolExecutor, Task } from "subinterpreters";
import { scopedPool } from "../helpers/pool.ts";

/** Never called: the compiler alone reads it. */
export async function refused(pool: InterpreterPoolExecutor): Promise<void> {
  // @ts-expect-error -- an argument of another type
  await pool.submit((a: number) => a, "one");
  // @ts-expect-error -- an argument is missing
  await pool.submit((a: number) => a);
  // @ts-expect-error -- one argument too many
  await pool.submit((a: number) => a, 1, 2);
  // @ts-expect-error -- there is no such option
  await pool.submit({ fn: (a: number) => a, args: [1], tiemout: 5 });
  // @ts-expect-error -- items of another type
  pool.map((a: number) => a, ["one"]);
  // @ts-expect-error -- items of another type for the second parameter
  pool.map((a: number, b: string) => `${a}${b}`, [1], [2]);
  // @ts-expect-error -- items of another type for the third parameter
  pool.map((a: number, b: string, c: boolean) => [a, b, c], [1], ["two"], [3]);
  // @ts-expect-error -- no items for the second parameter
  pool.map((a: number, b: string) => `${a}${b}`, [1]);
  // @ts-expect-error -- there is no such option
  pool.map((a: number) => a, [1], { bufersize: 1 });
}

test("the types of submit() and map() infer arguments, items and results", async (t) => {
  const pool = scopedPool(t, { maxWorkers: 1 });
  const task: Task<number> = pool.submit(async (text: string) => text.length, "four");
  const anything: Task<unknown> = task;
  const chosen: Task<string> = pool.submit({
    fn: (a: number, b?: string) => `${a}${b}`,
    args: [1],
  });
  const twice: AsyncIterable<number> = pool.map((n) => n * 2, [2]);
  const joined: AsyncIterable<string> = pool.map((n, text) => `${n}${text}`, [1], ["a"], {});
  const three: AsyncIterable<string> = pool.map(
    (a: number, b: string, c: boolean) => `${a}${b}${c}`,
    [1],
    new Set(["b"]),
    [true],
    { chunksize: "auto" },
  );
  const all: unknown[] = [await anything, await chosen];
  for (const results of [twice, joined, three]) {
    for await (const result of results) all.push(result);
  }
  assert.deepEqual(all, [4, "1undefined", 4, "1a", "1btrue"]);
});
