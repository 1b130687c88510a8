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
 * Creates an interpreter, with a thread of its own.
 *
 * The promise resolves when the interpreter is idle. It rejects with each of the errors
 * below, and then nothing is left behind. The interpreter lives until it is closed or
 * terminated, or until the process ends; it does not keep the process alive.
 *
 * @param options Isolation, language, environment and the like; each has a default.
 * @returns The handle of the new interpreter.
 * @throws {TypeError} An option has the wrong type, or there is no option of that name.
 * @throws {RangeError} One of `limits` is out of its range, `env` has a name or a value that no
 *   system can have, or `stdin` is text of more than 64 Mi characters. Inside an interpreter
 *   also: one of `limits` exceeds the creator's own, or the options are too long to be asked for.
 * @throws {UnsupportedError} This runtime or release cannot do what an option asks for. Inside an
 *   interpreter also: `permissions` exceed the creator's own, or `stdin` is a stream.
 * @throws {InterpreterError} The thread did not start; `cause` has the reason. Inside an
 *   interpreter also: an isolated one asks for `isolated: false`, the creator has 64
 *   interpreters already, 10,000 of its requests are unanswered, or it has ended.
 * @throws `options.signal.reason`, when the signal aborts before the interpreter is idle.
 * @see PEP 734 `interpreters.create`; differs: options, and a promise.
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
 * In the main interpreter the requests of other interpreters are served meanwhile.
 *
 * @param options As for `create`, without a signal.
 * @returns The handle of the new interpreter.
 * @throws {TypeError} An option has the wrong type, or there is no option of that name; also
 *   for a `signal`, which cannot end a call that blocks.
 * @throws {RangeError} As `create`.
 * @throws {UnsupportedError} As `create`.
 * @throws {InterpreterError} As `create`.
 * @see PEP 734 `interpreters.create`, which blocks too.
 *
 * @example Without a promise
 * ```ts
 * import { createSync } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const interpreter = createSync({ name: "worker" });
 * assert.equal(interpreter.evaluateSync("6 * 7"), 42);
 * interpreter.closeSync();
 * ```
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
 * Sets what holds for the whole program: how many spares are kept.
 *
 * A spare is a started thread that was never used. `create` takes one whose kind fits:
 * limits, permissions, name, isolation, and where output goes. Then `create` takes well
 * under a millisecond, the first run hardly longer, and another spare is started in the
 * background. Spares are no interpreters: `listAll` does not have them, and they do not
 * keep the process alive. Each takes the memory of an idle interpreter. This call does not
 * wait for them.
 *
 * On Deno there are two spares of each kind with `permissions` in any case, because
 * starting such a thread takes half a second there (Deno 2.9.6, measured).
 *
 * @param options What to set; what is absent stays as it is.
 * @throws {TypeError} An option has the wrong type, or there is no option of that name.
 * @throws {RangeError} `spares` is not an integer from 0 to 64.
 * @throws {InterpreterError} This code runs inside an interpreter, or the threads of the spares
 *   cannot be started; then `cause` has the reason.
 * @see Not in Python, whose interpreters have no threads of their own.
 *
 * @example One interpreter in reserve
 * ```ts
 * import { configure, create, listAll } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * configure({ spares: 1 });
 * await using interpreter = await create();
 * assert.equal(listAll().length, 2, "the main one and the new one");
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
