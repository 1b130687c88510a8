// Two interpreters that fail together, as Erlang's links have it.

import type { Interpreter } from "../../src/api/interpreter.ts";
import { InterpreterNotFoundError } from "../../src/door.js";
import {
  checkInterpreter,
  findActor,
  type InterpreterEnd,
  isAbnormal,
  whenEnded,
} from "./interpreter_end.ts";

/** A link between two interpreters; `using` ends it with the block. */
export interface Link extends Disposable {
  /** Ends the link: neither hears of the other's end any more. Once is enough; twice is fine. */
  unlink(): void;
}

/**
 * Links two interpreters: if one fails, the other is terminated.
 *
 * An interpreter fails when it crashes, exceeds a limit or its timeout, is terminated, or calls
 * `process.exit` with a code other than 0. One that is closed, or exits with 0, leaves the other
 * alone, and the link is over. Links may form chains and rings: a failure goes through all of them,
 * and meets each interpreter once. Whoever is terminated so has a `reason` that says where it began,
 * for example `"linked interpreter 3 ended: crash"`.
 *
 * @param a One of them.
 * @param b The other.
 * @returns The link, which can be ended.
 * @throws {TypeError} One of them is no interpreter, or both are the same.
 * @throws {InterpreterNotFoundError} One of them has ended; nothing is linked.
 * @throws {InterpreterError} One of them is the main interpreter, or this is called inside an
 *   interpreter.
 * @see Erlang `link/1`; differs: it links two others, not the caller, and refuses what has ended.
 *
 * @example Both or none
 * ```ts
 * import { create } from "subinterpreters";
 * import { link, monitor } from "subinterpreters/actors";
 * import assert from "node:assert/strict";
 *
 * const [a, b] = [await create(), await create()];
 * link(a, b);
 * const end = monitor(b);
 * await a.terminate("broken");
 * assert.equal((await end).reason, `linked interpreter ${a.id} ended: broken`);
 * ```
 */
export function link(a: Interpreter, b: Interpreter): Link {
  const what = "Cannot link two interpreters";
  checkInterpreter(what, "a", a);
  checkInterpreter(what, "b", b);
  if (a === b) {
    throw new TypeError(`${what}: a and b are both interpreter ${a.id}; give two that differ`);
  }
  const actors = [a, b].map((interpreter) => {
    const actor = findActor(interpreter);
    if (!(actor instanceof InterpreterNotFoundError)) return actor;
    throw new InterpreterNotFoundError(`${what}: interpreter ${interpreter.id} has ended`);
  });
  const stops = actors.map((actor, at) =>
    whenEnded(actor, (end) => {
      unlink();
      if (isAbnormal(end)) void (at === 0 ? b : a).terminate(reasonFor(end));
    })
  );
  function unlink() {
    for (const stop of stops) stop();
  }
  return { unlink, [Symbol.dispose]: unlink };
}

/** Where it began: a chain of links does not make the text longer. */
function reasonFor({ id, reason }: InterpreterEnd): string {
  return reason.startsWith("linked interpreter ")
    ? reason
    : `linked interpreter ${id} ended: ${reason}`;
}
