// The value of what was typed, kept inside its interpreter: a function or an instance of a class
// has no copy that could be printed here. So an expression becomes the argument of a function
// inside. What is no expression does not compile as one, and then nothing has run.

import {
  type Interpreter,
  InterpreterTerminatedError,
  NotShareableError,
  RunFailedError,
  type RunOptions,
} from "../../mod.ts";
import { withoutPrefix } from "./excinfo.ts";

/** Where in the interpreter the function is that gets the value. */
export interface Receiver {
  /** Text that calls it up to the value: `show((`. */
  readonly prefix: string;
  readonly suffix: string;
  /** An expression that tells, after a `SyntaxError`, whether the prefix has been evaluated. */
  readonly hasBegun: string;
}

/** How many of the last semicolons may be where the last expression begins. */
const MOST_SPLITS = 3;

/** A value that has left the interpreter, because it was not seen as an expression. */
export interface Copied {
  readonly value: unknown;
}

/**
 * Runs source, and hands the value of its last expression to the receiver.
 *
 * @returns What the receiver made of it; or the value, if the source does not end in an expression
 *   that can be told from the rest.
 */
export async function runTyped(
  interpreter: Interpreter,
  source: string,
  { receiver, options }: { readonly receiver: Receiver; readonly options: RunOptions },
): Promise<{ readonly received: unknown } | Copied> {
  for (const [head, tail] of splits(source)) {
    const text = `${head}${receiver.prefix}${tail}\n${receiver.suffix}`;
    try {
      return { received: await interpreter.evaluate(text, options) };
    } catch (error) {
      // Source may throw such an error when it runs: JSON.parse does.
      if (!isSyntaxError(error) || await interpreter.evaluate(receiver.hasBegun)) {
        throw asTyped(error, head, { by: receiver.prefix.length, filename: options.filename });
      }
    }
  }
  try {
    return { value: await interpreter.evaluate(source, options) };
  } catch (error) {
    // It has run; nobody can see its value from here.
    if (error instanceof NotShareableError) return { value: undefined };
    throw error;
  }
}

/** The error with the positions of what was typed. */
function asTyped(
  error: unknown,
  head: string,
  { by, filename = "" }: { readonly by: number; readonly filename: string | undefined },
): unknown {
  if (!(error instanceof RunFailedError) || error instanceof InterpreterTerminatedError) {
    return error;
  }
  const lines = head.split("\n");
  const column = (lines.at(-1)?.length ?? 0) + 1;
  const moved = { filename, line: lines.length, column, by };
  return new RunFailedError(withoutPrefix(error.excinfo, moved), { cause: error.cause });
}

/** The source as one expression, then what stands behind its last semicolons. */
function* splits(source: string): Generator<readonly [head: string, tail: string]> {
  const body = source.replace(/[;\s]+$/, "");
  // As statements these mean something else than as expressions.
  const isStatement = /^\s*(async\s+function|function|class|import\s*[^(.\s]|let|const|var)\b/.test(
    body,
  );
  if (!isStatement) yield ["", body];
  let end = body.length;
  for (let n = 0; n < MOST_SPLITS; n++) {
    end = body.lastIndexOf(";", end - 1);
    if (end < 0) return;
    const tail = body.slice(end + 1);
    if (!/^\s*(async\s+function|function|class)\b/.test(tail)) yield [body.slice(0, end + 1), tail];
  }
}

function isSyntaxError(error: unknown): error is RunFailedError {
  return error instanceof RunFailedError && error.excinfo.name === "SyntaxError";
}
