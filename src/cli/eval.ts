// `eval CODE`: the value of an expression, printed as the console inside prints it.

import process from "node:process";
import { inspect } from "node:util";
import { NotShareableError } from "../../mod.ts";
import type { EvalFlags } from "./arguments.ts";
import { formatExcinfo } from "./excinfo.ts";
import { runTyped } from "./expression.ts";
import { installInside, NAME, receiverOf } from "./inside.ts";
import { createWithin, type Failure, failureOf, MOST_CAPTURED } from "./interpreters.ts";
import { resultToJson } from "./results.ts";
import { columns, EXIT, hasColors, watchSignals, write, writeError } from "./terminal.ts";

/** Evaluates the code, and prints its value. */
export async function evaluate(
  code: string,
  flags: EvalFlags,
  args: readonly string[],
): Promise<number> {
  const { signal, code: signalCode } = watchSignals();
  const isJson = flags.json === true;
  const captured = { stdout: "", stderr: "" };
  const start = performance.now();
  const interpreter = await createWithin(flags, {
    ...{ name: "eval", baseUrl: process.cwd(), stdin: "inherit", signal },
    ...isJson
      ? {
        stdout: (piece) => void (captured.stdout += piece),
        stderr: (piece) => void (captured.stderr += piece),
        limits: { outputBytes: MOST_CAPTURED },
      }
      : {},
  }, ["<eval>", ...args]).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  if (interpreter === undefined) return signalCode();
  let value: unknown;
  let text: string | undefined;
  let failure: Failure | undefined;
  try {
    await installInside(interpreter, { colors: false, width: columns() });
    const result = await runTyped(interpreter, code, {
      receiver: receiverOf(1, isJson ? "show" : "print"),
      options: {
        filename: "<eval>",
        signal,
        ...flags.timeout === undefined ? {} : { timeout: flags.timeout },
      },
    });
    if ("value" in result) {
      ({ value } = result);
      if (!isJson) write(`${typeof value === "string" ? value : inspect(value)}\n`);
    } else if (isJson) {
      text = typeof result.received === "string" ? result.received : "undefined";
      value = await interpreter.evaluate(`${NAME}.value()`).catch((error: unknown) => {
        if (!(error instanceof NotShareableError)) throw error;
      });
    }
  } catch (error) {
    if (signal.aborted) return signalCode();
    failure = failureOf(error, flags);
  } finally {
    await interpreter.terminate("done");
  }
  const ms = Math.round(performance.now() - start);
  if (isJson) {
    write(`${
      JSON.stringify(
        resultToJson({ failure, value, ...text === undefined ? {} : { text }, ...captured, ms }),
      )
    }\n`);
  } else if (failure?.excinfo !== undefined) {
    writeError(formatExcinfo(failure.excinfo, hasColors(process.stderr)));
  } else if (failure !== undefined && failure.message !== "") {
    writeError(`subinterpreters: ${failure.message}\n`);
  }
  return failure?.exitCode ?? EXIT.ok;
}
