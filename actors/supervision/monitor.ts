// Tells how an interpreter ended, as Erlang's monitors do: it changes nothing for either side.

import type { Interpreter } from "../../src/api/interpreter.ts";
import type { SendChannel } from "../../src/api/send_channel.ts";
import { checkKeys, checkSignal, isRecord, show } from "../../src/api/checks.ts";
import {
  ChannelError,
  InterpreterNotFoundError,
  SendChannel as SendChannelClass,
} from "../../src/door.js";
import { checkInterpreter, findActor, type InterpreterEnd, whenEnded } from "./interpreter_end.ts";

/** Options of `monitor`. */
export interface MonitorOptions {
  /**
   * Where an item with the same as the promise goes, `{ id, reason, error }`, when the interpreter
   * has ended. Nobody is told if that channel is closed by then. Absent: no item is sent.
   */
  readonly to?: SendChannel;
  /** Ends the monitor: no item is sent, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Waits until an interpreter ends, and resolves to how it did. Nothing changes for the interpreter.
 *
 * Of one that has ended already it resolves at once, with the reason `"not found"`. The
 * interpreter does nothing more by then, but for native work that cannot be cut short. A monitor
 * does not keep the process alive. One that only sends an item need not be awaited.
 *
 * Actors live in the main interpreter, and so do monitors. An interpreter that is to hear of
 * another's end is handed the receiving end of the channel that `to` sends on.
 *
 * @param interpreter Whose end is waited for.
 * @param options Where an item goes, too, and what ends the monitor.
 * @returns How it ended.
 * @throws {TypeError} The first argument is no interpreter, an option has the wrong type, or there
 *   is no option of that name.
 * @throws {InterpreterError} It is the main interpreter, or this is called inside an interpreter.
 * @throws `options.signal.reason`, when aborted.
 * @see Erlang `monitor/2`, whose `noproc` is the reason `"not found"` here.
 *
 * @example Why it ended
 * ```ts
 * import { create } from "subinterpreters";
 * import { monitor } from "subinterpreters/actors";
 * import assert from "node:assert/strict";
 *
 * const interpreter = await create();
 * const end = monitor(interpreter);
 * await interpreter.terminate("enough");
 * assert.equal((await end).reason, "enough");
 * ```
 *
 * @example An item for another interpreter
 * ```ts
 * import { create, createChannel } from "subinterpreters";
 * import { monitor } from "subinterpreters/actors";
 * import assert from "node:assert/strict";
 *
 * const worker = await create();
 * await using watcher = await create();
 * const [ends, to] = createChannel();
 * void monitor(worker, { to });
 * const seen = watcher.evaluate("(await ends.recv()).reason", { channels: { ends } });
 * await worker.close();
 * assert.equal(await seen, "closed");
 * ```
 */
export function monitor(
  interpreter: Interpreter,
  options: MonitorOptions = {},
): Promise<InterpreterEnd> {
  const found = watch(interpreter, options);
  // Whoever wanted the item alone ends a monitor that nobody awaits.
  if (isRecord(options) && options["signal"] !== undefined) found.catch(() => {});
  return found;
}

async function watch(
  interpreter: Interpreter,
  options: MonitorOptions,
): Promise<InterpreterEnd> {
  const what = "Cannot monitor an interpreter";
  checkInterpreter(what, "interpreter", interpreter);
  checkKeys(what, options, ["to", "signal"]);
  const { to } = options;
  if (to !== undefined && !(to instanceof SendChannelClass)) {
    throw new TypeError(`${what}: to must be a SendChannel, received ${show(to)}`);
  }
  const signal = checkSignal(what, options.signal);
  signal?.throwIfAborted();
  const end = await endOf(interpreter, signal);
  if (to !== undefined) tell(to, end);
  return end;
}

function endOf(interpreter: Interpreter, signal?: AbortSignal): Promise<InterpreterEnd> {
  const actor = findActor(interpreter);
  if (actor instanceof InterpreterNotFoundError) {
    return Promise.resolve({ id: interpreter.id, reason: "not found", error: actor });
  }
  return new Promise((resolve, reject) => {
    const stop = whenEnded(actor, (end) => {
      signal?.removeEventListener("abort", abort);
      resolve(end);
    });
    function abort() {
      stop();
      reject(signal?.reason);
    }
    signal?.addEventListener("abort", abort);
  });
}

function tell(to: SendChannel, end: InterpreterEnd): void {
  try {
    to.sendNowait(end);
  } catch (error) {
    // Whoever closed the channel does not want to know.
    if (!(error instanceof ChannelError)) throw error;
  }
}
