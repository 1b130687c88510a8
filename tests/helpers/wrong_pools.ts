// Wrong calls of pools, for the test of what docstrings promise.

import assert from "node:assert/strict";
import { asCompleted, type Interpreter, InterpreterPoolExecutor, wait } from "subinterpreters";

/** A wrong call, and the class of its error. */
type Wrong = readonly [error: string, call: () => unknown];

const wrong = (value: unknown) => value as never;

/** Wrong calls by the names of what is called. */
export function wrongPools(
  shared: () => Promise<Interpreter>,
): Readonly<Record<string, readonly Wrong[]>> {
  return {
    "new InterpreterPoolExecutor": [
      ["TypeError", () => new InterpreterPoolExecutor(wrong({ workers: 1 }))],
      ["RangeError", () => new InterpreterPoolExecutor({ maxWorkers: 0 })],
      ["InterpreterError", async () => {
        const source =
          `import { InterpreterPoolExecutor } from "subinterpreters"; new InterpreterPoolExecutor()`;
        const failed = await (await shared()).run(source).catch((error: unknown) => error);
        assert.ok(failed instanceof Error);
        throw failed.cause;
      }],
    ],
    "InterpreterPoolExecutor.submit": [
      ["TypeError", () => new InterpreterPoolExecutor().submit(wrong("1"))],
      [
        "TypeError",
        () => new InterpreterPoolExecutor().submit({ fn: () => 1, schema: wrong({}) }),
      ],
      ["RangeError", () => new InterpreterPoolExecutor().submit({ fn: () => 1, timeout: -1 })],
      ["RuntimeError", async () => {
        const pool = new InterpreterPoolExecutor();
        await pool.shutdown();
        return pool.submit(() => 1);
      }],
      [
        "BrokenInterpreterPoolError",
        () =>
          new InterpreterPoolExecutor({ initializer: () => 1, initargs: [() => 1] }).submit(() =>
            1
          ),
      ],
    ],
    "InterpreterPoolExecutor.map": [
      ["TypeError", () => new InterpreterPoolExecutor().map(wrong(1), [])],
      ["RangeError", () => new InterpreterPoolExecutor().map(() => 1, [], { chunksize: 0 })],
      ["RuntimeError", async () => {
        const pool = new InterpreterPoolExecutor();
        await pool.shutdown();
        return pool.map(() => 1, [1]);
      }],
      [
        "BrokenInterpreterPoolError",
        () =>
          new InterpreterPoolExecutor({ initializer: () => 1, initargs: [() => 1] }).map(() => 1, [
            1,
          ]),
      ],
    ],
    "InterpreterPoolExecutor.import": [
      ["TypeError", () => new InterpreterPoolExecutor().import(wrong(1))],
    ],
    wait: [
      ["TypeError", () => wait(wrong(1))],
      ["RangeError", () => wait([], { timeout: -1 })],
    ],
    asCompleted: [
      ["TypeError", () => asCompleted(wrong([1]))],
      ["RangeError", () => asCompleted([], { timeout: -1 })],
    ],
    "InterpreterPoolExecutor.shutdown": [
      ["TypeError", () => new InterpreterPoolExecutor().shutdown(wrong({ wait: 1 }))],
      ["InterpreterError", async () => {
        await using pool = new InterpreterPoolExecutor();
        const failed = await (await shared()).run("await pool.shutdown()", { values: { pool } })
          .catch((error: unknown) => error);
        assert.ok(failed instanceof Error);
        throw failed.cause;
      }],
    ],
  };
}
