// `create`, its blocking twin, and `configure`: how interpreters come to be. Each checks what
// it is given, asks the realm, and wraps ids into handles.

import { keepOutput } from "./captured_output.ts";
import { atCaller, callerHere } from "./caller.ts";
import { callbacksOf, checkCreateOptions, withDirectory } from "./check_create_options.ts";
import { checkKeys, checkSignal, refuseSignal, show } from "./checks.ts";
import type { CreateOptions } from "./create_options.ts";
import { handleOf, type Interpreter } from "./interpreter.ts";
import type { ConfigureOptions } from "./options.ts";
import { realm } from "./realm.ts";

// Taken now: source may declare names of its own that hide these.
const { Number, RangeError, TypeError } = globalThis;

/** Most spares of a kind; each takes the memory of an idle interpreter. */
const MAX_SPARES = 64;

/**
 * Creates an interpreter and resolves to it when it is idle.
 *
 * @param options Isolation, language, environment and the like; all have defaults.
 * @returns The handle. The interpreter lives until it is closed or terminated, or the process ends.
 * @throws {InterpreterError} The thread did not start; `cause` has the reason.
 * @throws {UnsupportedError} An option asks for what this runtime or release cannot enforce.
 * @throws {TypeError} An option has the wrong type, or there is no such option.
 * @throws `options.signal.reason`, when aborted; nothing is left behind.
 * @see PEP 734 `interpreters.create`.
 *
 * @example Create, use, close
 * ```ts
 * import { create } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const interpreter = await create();
 * assert.equal(interpreter.isRunning(), false);
 * await interpreter.close();
 * ```
 */
export async function create(options: CreateOptions = {}): Promise<Interpreter> {
  const checked = withDirectory(checkCreateOptions(options));
  const signal = checkSignal("Cannot create an interpreter", options.signal);
  signal?.throwIfAborted();
  const callbacks = callbacksOf(options);
  const caller = callerHere();
  try {
    const handle = handleOf(await realm().create(checked, { callbacks, signal }));
    keepOutput(handle, callbacks);
    return handle;
  } catch (error) {
    throw atCaller(error, caller, signal);
  }
}

/**
 * Creates an interpreter, blocking this thread until it is idle.
 *
 * @param options As for `create`, without a signal.
 * @returns The handle.
 * @throws As `create`.
 */
export function createSync(options: Omit<CreateOptions, "signal"> = {}): Interpreter {
  const given: CreateOptions = options;
  const checked = withDirectory(checkCreateOptions(given));
  refuseSignal("Cannot create an interpreter", given.signal);
  const callbacks = callbacksOf(options);
  try {
    const handle = handleOf(realm().createSync(checked, callbacks));
    keepOutput(handle, callbacks);
    return handle;
  } catch (error) {
    throw atCaller(error, callerHere());
  }
}

/**
 * Sets what holds for the whole program: how many interpreters are kept warm.
 *
 * A spare is a started thread that was never used. `create` takes one, if there is one
 * whose kind fits (limits, permissions, name, isolation, where output goes), and another is
 * started in the background: then it takes well under a millisecond, and the first run
 * little more. Spares are not interpreters: `listAll` does not
 * have them, and they do not keep the process alive. Each takes the memory of an idle
 * interpreter. Of each kind with `permissions` Deno keeps two in any case, because starting
 * one takes half a second there.
 *
 * @param options What to set; what is absent stays as it is.
 * @throws {InterpreterError} Inside an interpreter: spares are the main interpreter's. Or their
 *   threads cannot be started; `cause` has the reason.
 * @throws {TypeError} An option has the wrong type, or there is no such option.
 * @throws {RangeError} The number of spares is not an integer between 0 and 64.
 *
 * @example One interpreter in reserve
 * ```ts
 * import { configure, create } from "subinterpreters";
 *
 * configure({ spares: 1 });
 * await using interpreter = await create();
 * configure({ spares: 0 });
 * ```
 */
export function configure(options: ConfigureOptions): void {
  const { spares } = checkConfigureOptions(options);
  if (spares !== undefined) realm().configure(spares);
}

/** The options of `configure`, checked. */
function checkConfigureOptions(options: ConfigureOptions): ConfigureOptions {
  const what = "Cannot configure";
  checkKeys(what, options, ["spares"]);
  const { spares } = options;
  if (spares === undefined) return {};
  if (typeof spares !== "number") {
    throw new TypeError(`${what}: spares must be a number, received ${show(spares)}`);
  }
  if (!Number.isInteger(spares) || spares < 0 || spares > MAX_SPARES) {
    throw new RangeError(
      `${what}: spares must be an integer between 0 and ${MAX_SPARES}, received ${spares}`,
    );
  }
  return { spares };
}
