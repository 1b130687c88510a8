// Wrong calls of `import`, with the class of the error that each ends in.

import { getMain, type Interpreter } from "subinterpreters";

/** A wrong call, and the class of its error. */
type Wrong = readonly [error: string, call: () => unknown];

/** All of them, in interpreters that the caller has: one to use, and one that has ended. */
export function wrongImport({ shared, terminated }: {
  readonly shared: () => Promise<Interpreter>;
  readonly terminated: () => Promise<Interpreter>;
}): readonly Wrong[] {
  const load = async (given: unknown, options?: unknown) =>
    await (await shared()).import(given as never, options as never);
  const endless = "data:text/javascript,await new Promise(() => {})";
  return [
    ["TypeError", () => load(5)],
    ["TypeError", () => load("node:path", { onTimeout: "stop" })],
    ["RangeError", () => load("node:path", { timeout: -1 })],
    ["InterpreterNotFoundError", async () => (await terminated()).import("node:path")],
    ["InterpreterError", () => getMain().import("node:path")],
    ["RunFailedError", () => load("./no_such_file.js")],
    ["InterpreterTerminatedError", () => load(endless, { timeout: 0 })],
  ];
}
