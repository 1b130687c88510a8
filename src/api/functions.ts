// The functions of the public API, the same on both sides: each checks what it
// is given, asks the realm, and wraps ids into handles.

import { canCross } from "../codec/shareable.ts";
import { handleOf, type Interpreter } from "./interpreter.ts";
import { atCaller, callerHere } from "./caller.ts";
import {
  callbacksOf,
  checkCreateOptions,
  type CreateOptions,
  withDirectory,
} from "./create_options.ts";
import {
  type ChannelOptions,
  checkChannelOptions,
  checkConfigureOptions,
  checkSignal,
  type ConfigureOptions,
  refuseSignal,
} from "./options.ts";
import { keepOutput } from "./captured_output.ts";
import { realm } from "./realm.ts";
import { RecvChannel } from "./recv_channel.ts";
import { SendChannel } from "./send_channel.ts";

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
  const checked = withDirectory(checkCreateOptions(options));
  refuseSignal("Cannot create an interpreter", (options as CreateOptions).signal);
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

/**
 * Gives the interpreter that this code runs in.
 *
 * @returns The handle; in the program itself that is the main interpreter.
 * @see PEP 734 `interpreters.get_current`.
 */
export function getCurrent(): Interpreter {
  const { currentId } = realm();
  return handleOf({ id: currentId });
}

/**
 * Gives the main interpreter, the one that the program started in.
 *
 * @returns The handle; its id is 0.
 * @see PEP 734 `interpreters.get_main`.
 */
export function getMain(): Interpreter {
  return handleOf({ id: 0 });
}

/**
 * Lists all interpreters that exist.
 *
 * @returns A new array of handles, by id, the main interpreter first.
 * @see PEP 734 `interpreters.list_all`.
 *
 * @example Only the main one at first
 * ```ts
 * import { create, getMain, listAll } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * await using interpreter = await create();
 * assert.deepEqual(listAll().map(({ id }) => id), [getMain().id, interpreter.id]);
 * ```
 */
export function listAll(): Interpreter[] {
  return realm().list().map(handleOf);
}

/**
 * Creates a channel.
 *
 * @param options What becomes of a dead sender's items, and the size to start with.
 * @returns Both ends. The channel lives until it is closed.
 * @throws {TypeError} An option has the wrong type, or there is no such option.
 * @throws {RangeError} The capacity is out of range, or there are too many channels: 4096 of an
 * interpreter and those that it created, 8192 of the main one. Closed ones count until their
 * memory has been collected.
 * @see PEP 554 `create_channel`.
 *
 * @example Between the program and an interpreter
 * ```ts
 * import { create, createChannel } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const [recv, send] = createChannel();
 * await using interpreter = await create();
 * await interpreter.run("out.sendNowait(6 * 7)", { channels: { out: send } });
 * assert.equal(recv.recvNowait(), 42);
 * ```
 */
export function createChannel(options: ChannelOptions = {}): [RecvChannel, SendChannel] {
  return ends(realm().createChannel(checkChannelOptions(options)));
}

/**
 * Lists the open channels that this interpreter may reach.
 *
 * @returns A new array of pairs of ends, by id.
 * @see PEP 554 `list_all_channels`; CPython's code lists closed ones as well.
 */
export function listAllChannels(): [RecvChannel, SendChannel][] {
  return realm().listChannels().map(ends);
}

/**
 * Tells whether a value can cross between interpreters without loss. Properties that are
 * not enumerable do not count: they stay behind, as in structured cloning.
 *
 * Looks at every part, which calls its getters as sending would, and never throws.
 *
 * @param value Anything.
 * @returns Whether `send` would take it.
 * @see PEP 734 `interpreters.is_shareable`; CPython's code looks at the type alone.
 *
 * @example What crosses and what does not
 * ```ts
 * import { isShareable } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isShareable({ when: new Date(), bytes: new Uint8Array(3) }), true);
 * assert.equal(isShareable([() => {}]), false);
 * ```
 */
export function isShareable(value: unknown): boolean {
  return canCross(value);
}

function ends(id: number): [RecvChannel, SendChannel] {
  return [new RecvChannel(id), new SendChannel(id)];
}
