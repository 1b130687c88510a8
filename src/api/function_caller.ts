// Functions called in an interpreter, and values bound for them. Each becomes a run of a
// function's text, and the realm of this side does it.

import { reportError } from "../runtime/program.ts";
import { type CallOptions, checkCall, checkExec } from "./calls.ts";
import { checkMainValues, type MainValues } from "./main_values.ts";
import type { RunOptions, RunSyncOptions } from "./run_options.ts";
import { runChecked, runCheckedSync } from "./run_source.ts";
import { importInto } from "./remote.ts";
import type { Remote, RemoteCallOptions } from "./remote_types.ts";
import { newTask, type Task } from "./task.ts";

// Taken now: source may declare names of its own that hide these.
const { AbortController, AbortSignal } = globalThis;

/**
 * What an interpreter does with functions: the methods of `Interpreter` by the names that
 * Python gives them.
 *
 * One thing runs at a time. Whoever asks for another meanwhile gets an `InterpreterError`.
 *
 * @example Without promises
 * ```ts
 * import { createSync } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const interpreter = createSync();
 * interpreter.prepareMainSync({ n: 20 });
 * interpreter.execSync("n += 1");
 * assert.equal(interpreter.callSync((times: number) => times * 2, 21), 42);
 * interpreter.closeSync();
 * ```
 */
export abstract class FunctionCaller {
  /** The interpreter's id. */
  abstract get id(): number;

  /**
   * Runs source, its bytes, or a function, and resolves when it is done.
   *
   * Source is run as `run` does it. Of a function the text is sent: it sees the interpreter's
   * namespace and globals, and nothing of the place where it is written. Its value is dropped.
   *
   * @param code TypeScript or JavaScript, the same as UTF-8, or a function without parameters.
   * @param options As for `run`.
   * @throws {TypeError} `code` is none of these, or a function that cannot be called elsewhere:
   *   one with parameters, a closure, a method, a class, a generator, native or bound. Also an
   *   option of the wrong type, or of a name that there is not.
   * @throws {RangeError | NotShareableError | ChannelClosedError | ChannelNotFoundError} As `run`.
   * @throws {InterpreterNotFoundError | InterpreterError} As `run`.
   * @throws {RunFailedError | InterpreterTerminatedError} As `run`.
   * @throws `options.signal.reason`, when aborted; `onAbort` says what else ends.
   * @see PEP 734 `Interpreter.exec`; CPython 3.14 takes bytes and functions, too.
   *
   * @example A function
   * ```ts
   * import { create } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * await using interpreter = await create();
   * await interpreter.exec("const seen: string[] = []");
   * await interpreter.exec(() => {
   *   Object.assign(globalThis, { ready: true });
   * });
   * assert.equal(await interpreter.evaluate("ready && seen.length"), 0);
   * ```
   */
  async exec(code: string | Uint8Array | (() => void), options?: RunOptions): Promise<void> {
    const { source, options: checked } = checkExec(this.#doing("run code in"), code, options);
    await runChecked(this.id, source, checked);
  }

  /**
   * Runs source, its bytes, or a function, blocking this thread until it is done.
   *
   * @param code As for `exec`.
   * @param options As for `run`, without a signal.
   * @throws {TypeError} As `exec`; also for a `signal`, which cannot end a call that blocks.
   * @throws {RangeError | NotShareableError | ChannelClosedError | ChannelNotFoundError} As `run`.
   * @throws {InterpreterNotFoundError | InterpreterError} As `run`.
   * @throws {RunFailedError | InterpreterTerminatedError} As `run`.
   * @see PEP 734 `Interpreter.exec`, which blocks too.
   */
  execSync(code: string | Uint8Array | (() => void), options?: RunSyncOptions): void {
    const { source, options: checked } = checkExec(this.#doing("run code in"), code, options);
    runCheckedSync(this.id, source, checked);
  }

  /**
   * Calls a function inside, and resolves to a copy of its result.
   *
   * Of the function the text is sent. So it may use its arguments, what it declares itself,
   * the interpreter's namespace and globals; a name that is none of these is a `TypeError`
   * before anything runs. Arguments and result are copied as items of a channel are, but for
   * the buffers that `transfer` names: of arguments the option, of a result the function. A
   * promise is awaited first. A function that is called again is not compiled again.
   *
   * @typeParam A The function's parameters.
   * @typeParam R What the function gives.
   * @param fn The function, or an object that says more: `{ fn, args, signal, timeout }`.
   * @param args What to call it with.
   * @returns The result, copied.
   * @throws {TypeError} `fn` is no function, or one that cannot be called elsewhere: a closure
   *   (the message names what it refers to), a method, a class, a generator, native or bound.
   *   Also an option of the wrong type, or of a name that there is not.
   * @throws {RangeError} `timeout` is negative or not finite, or arguments or result are longer
   *   than `limits.messageBytes`.
   * @throws {NotShareableError} An argument cannot cross, and nothing ran; or the result cannot,
   *   and the interpreter goes on.
   * @throws {InterpreterNotFoundError} The interpreter is closed.
   * @throws {InterpreterError} A run or a call is in progress, or this is the main interpreter.
   * @throws {RunFailedError} The function threw; the interpreter stays usable.
   * @throws {InterpreterTerminatedError} The interpreter ended while it ran, or the call alone was
   *   interrupted by its timeout.
   * @throws `signal.reason`, when aborted; `onAbort` says what else ends.
   * @see CPython 3.14 `Interpreter.call`.
   *
   * @example A slow function on another core
   * ```ts
   * import { create } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * await using interpreter = await create();
   * const fibonacci = (n: number): number => {
   *   let [a, b] = [0, 1];
   *   for (let i = 0; i < n; i++) [a, b] = [b, a + b];
   *   return a;
   * };
   * assert.equal(await interpreter.call(fibonacci, 50), 12586269025);
   * ```
   */
  call<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    ...args: A
  ): Promise<Awaited<R>>;
  /**
   * Calls a function inside as an object says, and resolves to a copy of its result.
   *
   * @typeParam A The function's parameters.
   * @typeParam R What the function gives.
   * @param call The function, its arguments, and what may end the call.
   * @returns The result, copied.
   * @throws {TypeError | RangeError | NotShareableError} As with a function and its arguments.
   * @throws {InterpreterNotFoundError | InterpreterError} As with a function and its arguments.
   * @throws {RunFailedError | InterpreterTerminatedError} As with a function and its arguments.
   */
  call<A extends readonly unknown[], R>(call: CallOptions<A, R>): Promise<Awaited<R>>;
  async call(...given: unknown[]): Promise<unknown> {
    const { source, options } = checkCall(this.#doing("call a function in"), given);
    return await runChecked(this.id, source, options);
  }

  /**
   * Calls a function inside, blocking this thread, and returns a copy of its result.
   *
   * @typeParam A The function's parameters.
   * @typeParam R What the function gives.
   * @param fn As for `call`; an object takes no signal here.
   * @param args What to call it with.
   * @returns The result, copied.
   * @throws {TypeError} As `call`; also for a `signal`, which cannot end a call that blocks.
   * @throws {RangeError | NotShareableError} As `call`.
   * @throws {InterpreterNotFoundError | InterpreterError} As `call`.
   * @throws {RunFailedError | InterpreterTerminatedError} As `call`.
   */
  callSync<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Awaited<R>;
  /**
   * Calls a function inside as an object says, blocking this thread.
   *
   * @typeParam A The function's parameters.
   * @typeParam R What the function gives.
   * @param call The function, its arguments, and the longest time.
   * @returns The result, copied.
   * @throws {TypeError | RangeError | NotShareableError} As `call`.
   * @throws {InterpreterNotFoundError | InterpreterError} As `call`.
   * @throws {RunFailedError | InterpreterTerminatedError} As `call`.
   */
  callSync<A extends readonly unknown[], R>(
    call: Omit<CallOptions<A, R>, "signal">,
  ): Awaited<R>;
  callSync(...given: unknown[]): unknown {
    const { source, options } = checkCall(this.#doing("call a function in"), given);
    return runCheckedSync(this.id, source, options);
  }

  /**
   * Calls a function inside and returns at once with a task, which can be awaited.
   *
   * Nothing is thrown here: what is wrong with the call, too, is the task's error. An error
   * that nobody asks the task for is reported on standard error, and does not end the
   * program. To cancel the task while it runs ends the interpreter.
   *
   * @typeParam A The function's parameters.
   * @typeParam R What the function gives.
   * @param fn As for `call`.
   * @param args What to call it with.
   * @returns The task; it fails as `call` does.
   * @see PEP 734 `Interpreter.call_in_thread`, which returns a thread; here the result can be had.
   *
   * @example Do something else meanwhile
   * ```ts
   * import { create } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * await using interpreter = await create();
   * const task = interpreter.callInThread((words: string[]) => words.toSorted(), ["b", "a"]);
   * assert.equal(task.running(), true);
   * assert.deepEqual(await task, ["a", "b"]);
   * ```
   */
  callInThread<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    ...args: A
  ): Task<Awaited<R>>;
  /**
   * Calls a function inside as an object says, and returns at once with a task.
   *
   * @typeParam A The function's parameters.
   * @typeParam R What the function gives.
   * @param call The function, its arguments, and what may end the call.
   * @returns The task; it fails as `call` does.
   */
  callInThread<A extends readonly unknown[], R>(call: CallOptions<A, R>): Task<Awaited<R>>;
  callInThread(...given: unknown[]): Task<unknown> {
    const what = this.#doing("call a function in");
    const cancellation = new AbortController();
    const control = newTask<unknown>({
      cancelRunning: () => {
        cancellation.abort();
        return true;
      },
      onUnobserved: (error) => reportError(`a call in interpreter ${this.id}`, error),
    });
    control.begin();
    const call = async () => {
      const { source, options } = checkCall(what, given);
      const signal = options.signal === undefined
        ? cancellation.signal
        : AbortSignal.any([options.signal, cancellation.signal]);
      return await runChecked(this.id, source, { ...options, signal });
    };
    call().then((value) => control.succeed(value), (error: unknown) => control.fail(error));
    return control.task;
  }

  /**
   * Loads a module inside, and resolves to an object through which its functions can be called.
   *
   * Each exported function becomes one that returns a promise, each exported generator one that
   * gives an asynchronous iterator; every other export is a promise of a copy. Arguments and
   * results are copied as items of a channel are. Calls are no runs: they interleave with each
   * other and with a run, as asynchronous functions do. The module stays loaded until the
   * interpreter ends. `await using` gives up this object alone.
   *
   * @typeParam T The type of the module: `typeof import("./work.ts")`.
   * @param module A URL, or a specifier as source of the interpreter would import it: a package,
   *   or a path relative to its `baseUrl`.
   * @param options What may end the wait for the module.
   * @returns The module's exports.
   * @throws {TypeError} `module` is neither, or an option has the wrong type.
   * @throws {RangeError} `timeout` is negative or not a number, or there are more than 10,000
   *   exports.
   * @throws {UnsupportedError} `module` is an `https:` URL, which Deno alone imports.
   * @throws {InterpreterNotFoundError} The interpreter is closed.
   * @throws {InterpreterError} It is the main or the current interpreter.
   * @throws {RunFailedError} There is no such module, or it threw while it was loaded.
   * @throws {InterpreterTerminatedError} The interpreter ended meanwhile, or it took too long.
   * @throws `options.signal.reason`, when aborted.
   * @see Not in Python; as comlink's `wrap`.
   *
   * @example Functions of a file
   * ```ts
   * import { create } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const text = "export const add = (a, b) => a + b; export function* count() { yield 1; yield 2 }";
   * const url = new URL(`data:text/javascript,${encodeURIComponent(text)}`);
   * interface Sums {
   *   add(a: number, b: number): number;
   *   count(): Generator<number>;
   * }
   * await using interpreter = await create();
   * // Of a file: import<typeof import("./sums.ts")>(new URL("./sums.ts", import.meta.url))
   * const sums = await interpreter.import<Sums>(url);
   * assert.equal(await sums.add(1, 2), 3);
   * for await (const n of sums.count()) assert.ok(n > 0);
   * const within = sums.add.withOptions({ timeout: 10_000, onTimeout: "terminate" });
   * assert.equal(await within(2, 2), 4);
   * ```
   */
  async import<T>(module: string | URL, options?: RemoteCallOptions): Promise<Remote<T>> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- T is what the caller knows.
    return await importInto(this.id, module, options) as Remote<T>;
  }

  /**
   * Binds values to names in the namespace, and resolves when source and functions find them.
   *
   * Each value is copied as an item of a channel is. All are bound or none.
   *
   * @param values An object, a map, or a list of pairs of name and value.
   * @param more Further values, which win over the others.
   * @throws {RangeError} There is nothing to bind, or the values are longer than the caller's
   *   `limits.messageBytes`.
   * @throws {TypeError} `values` is none of these, or a name is none that source could declare.
   * @throws {NotShareableError} A value cannot cross; nothing was bound.
   * @throws {InterpreterError} A run is in progress; also for the main interpreter.
   * @throws {InterpreterNotFoundError} The interpreter is closed.
   * @see PEP 734 `Interpreter.prepare_main`.
   *
   * @example Values for functions
   * ```ts
   * import { create } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * await using interpreter = await create();
   * await interpreter.prepareMain({ rates: new Map([["EUR", 1.1]]) });
   * assert.equal(await interpreter.evaluate("rates.get('EUR')"), 1.1);
   * ```
   */
  async prepareMain(values: MainValues, more?: Readonly<Record<string, unknown>>): Promise<void> {
    await runChecked(this.id, "", checkMainValues(this.#doing("prepare"), values, more));
  }

  /**
   * Binds values to names in the namespace, blocking this thread until they are there.
   *
   * @param values As for `prepareMain`.
   * @param more Further values, which win over the others.
   * @throws {RangeError | TypeError | NotShareableError} As `prepareMain`.
   * @throws {InterpreterError | InterpreterNotFoundError} As `prepareMain`.
   * @see PEP 734 `Interpreter.prepare_main`, which blocks too.
   */
  prepareMainSync(values: MainValues, more?: Readonly<Record<string, unknown>>): void {
    runCheckedSync(this.id, "", checkMainValues(this.#doing("prepare"), values, more));
  }

  /** What cannot be done, for messages. */
  #doing(action: string): string {
    return `Cannot ${action} interpreter ${this.id}`;
  }
}
