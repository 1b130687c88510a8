// The handle of an interpreter. It holds an id and nothing that changes: state
// is asked of the realm, so that no second copy of it can be wrong.

import { HANDLE, INTERPRETER, setHandleFactory } from "../codec/handles.ts";
import type { InterpreterInfo, Whence } from "../protocol/options.ts";
import { outputOf } from "./captured_output.ts";
import { atCaller, callerHere, pointingHere } from "./caller.ts";
import { checkId, show } from "./checks.ts";
import { showAsText } from "./console_text.ts";
import { FunctionCaller } from "./function_caller.ts";
import { HandleTable } from "./handle_table.ts";
import type { InterpreterActor } from "./interpreter_actor.ts";
import { infoOf, realm } from "./realm.ts";
import type { RunOptions, RunSyncOptions } from "./run_options.ts";
import { runSource, runSourceSync } from "./run_source.ts";

// Taken now: source may declare names of its own that hide these.
const { JSON, Object, TypeError } = globalThis;

const handles = new HandleTable<Interpreter>();

/** What the maker of a handle knows about its interpreter. */
type Known = Pick<InterpreterInfo, "id"> & Partial<InterpreterInfo>;

// A handle that arrives in an item is made without asking whether its interpreter exists.
// The interpreter may have ended since, and the rest of the item must not be lost with it.
let given: Known | undefined;

/**
 * One interpreter: an isolated realm that runs source on a thread of its own.
 *
 * `create` makes one. In one realm there is one handle object for each id, so that handles
 * can be compared with `===`. A handle can be sent through a channel.
 *
 * @see PEP 554 and PEP 734 `Interpreter`.
 *
 * @example Run source
 * ```ts
 * import { create } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const interpreter = await create();
 * await interpreter.run("const greeting: string = 'hello';");
 * assert.equal(await interpreter.evaluate("greeting.toUpperCase()"), "HELLO");
 * assert.equal(interpreter.isRunning(), false);
 * await interpreter.close();
 * ```
 *
 * @example Without promises
 * ```ts
 * import { createSync, RunFailedError } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * const interpreter = createSync();
 * interpreter.runSync("let n: number = 20;");
 * assert.equal(interpreter.evaluateSync("n * 2 + 2"), 42);
 * assert.throws(() => interpreter.runSync("null.name"), RunFailedError);
 * interpreter.closeSync();
 * ```
 */
export class Interpreter extends FunctionCaller {
  readonly #id: number;
  #isolated: boolean | undefined;
  #name: string | undefined;
  #whence: Whence | undefined;

  static {
    Object.defineProperty(this.prototype, HANDLE, { value: INTERPRETER });
    showAsText<Interpreter>(this.prototype, (handle) => handle.#describe());
  }

  /**
   * Gives the handle of an existing interpreter; nothing is created.
   *
   * @param id An interpreter's id.
   * @throws {TypeError} The id is not an integer.
   * @throws {RangeError} The id is negative or not a safe integer.
   * @throws {InterpreterNotFoundError} No interpreter within reach has that id.
   * @see CPython 3.12 `Interpreter(id)`.
   */
  constructor(id: number) {
    super();
    this.#id = checkId("Cannot make an Interpreter: id", id);
    const { isolated, name, whence } = given ?? infoOf(id);
    const known = handles.get(id);
    const handle = known ?? this;
    if (isolated !== undefined) handle.#isolated = isolated;
    if (name !== undefined) handle.#name = name;
    if (whence !== undefined) handle.#whence = whence;
    if (known !== undefined) return known;
    handles.set(id, this);
  }

  /** The id: 0 is the main interpreter's; ids only grow and none is used twice. */
  override get id(): number {
    return this.#id;
  }

  /**
   * Whether the interpreter is kept from acting on the process; `false` for the main one.
   *
   * @throws {InterpreterNotFoundError} The handle came in an item, and the interpreter is closed.
   */
  get isolated(): boolean {
    return this.#isolated ??= infoOf(this.#id).isolated;
  }

  /**
   * The name that `create` was given, `"interpreter 3"` if none; `"main"` for the main one.
   *
   * @throws {InterpreterNotFoundError} The handle came in an item, and the interpreter is closed.
   */
  get name(): string {
    return this.#name ??= infoOf(this.#id).name;
  }

  /**
   * Who made the interpreter: `"host"` is the program, `"interpreter"` another interpreter;
   * the main one is `"main"`.
   *
   * @throws {InterpreterNotFoundError} The handle came in an item, and the interpreter is closed.
   * @see CPython 3.14 `Interpreter.whence`.
   */
  get whence(): Whence {
    return this.#whence ??= infoOf(this.#id).whence;
  }

  /**
   * Tells whether a run is in progress. The main interpreter always runs. Timers and promises
   * that an earlier run left do not count.
   *
   * @returns Whether a run is in progress at this moment.
   * @throws {InterpreterNotFoundError} The interpreter is closed.
   * @see PEP 734 `Interpreter.is_running`.
   */
  isRunning(): boolean {
    return realm().isRunning(this.#id);
  }

  /**
   * Runs source, and resolves when it is done; all that it did is visible then.
   *
   * What the source declares at top level stays for the next run, which may declare it
   * again. Timers and promises that it leaves go on. Nothing ran where an error below says
   * no more. A run keeps the process alive.
   *
   * @param source TypeScript or JavaScript, with top-level `await` and imports.
   * @param options Channels and values for the source, and what may end the run.
   * @throws {TypeError} The source is not a string, an option has the wrong type, or there is
   *   no option of that name.
   * @throws {RangeError} `timeout` is negative or not finite, or `values` are longer than
   *   the caller's `limits.messageBytes` or than 1 GiB. Inside an interpreter also: source and
   *   options have more than 32 MiB of text.
   * @throws {NotShareableError} A part of `values` cannot cross.
   * @throws {ChannelClosedError | ChannelNotFoundError} A channel in `channels` is closed, or
   *   there is none of its id.
   * @throws {InterpreterNotFoundError} The interpreter is closed.
   * @throws {InterpreterError} A run is in progress; so it always is in the main and in the
   *   current interpreter. Or the thread that compiles long sources cannot be started.
   * @throws {RunFailedError} The source threw, has a syntax error, or takes longer to compile
   *   than `limits.compileMs`; the interpreter stays usable.
   * @throws {InterpreterTerminatedError} The interpreter ended while it ran: it was terminated,
   *   exceeded a limit or its timeout, or exited. Or the run alone was interrupted.
   * @throws `options.signal.reason`, when aborted; `onAbort` says what else ends.
   * @throws What a getter in `values` throws.
   * @see PEP 734 `Interpreter.exec`; differs: on a thread of its own, with a promise.
   *
   * @example Values for the source
   * ```ts
   * import { create } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * await using interpreter = await create();
   * const user = { name: "Ada", tags: ["admin"] };
   * await interpreter.run("user.tags.push('seen')", { values: { user } });
   * assert.deepEqual(await interpreter.evaluate("user.tags"), ["admin", "seen"]);
   * ```
   */
  async run(source: string, options?: RunOptions): Promise<void> {
    await runSource({ id: this.#id, source, wantsValue: false }, options);
  }

  /**
   * Runs source, blocking this thread until it is done.
   *
   * In the main interpreter the requests of other interpreters are served meanwhile.
   *
   * @param source As for `run`.
   * @param options As for `run`, without a signal.
   * @throws {TypeError} As `run`; also for a `signal`, which cannot end a call that blocks.
   * @throws {RangeError | NotShareableError | ChannelClosedError | ChannelNotFoundError} As `run`.
   * @throws {InterpreterNotFoundError | InterpreterError} As `run`.
   * @throws {RunFailedError | InterpreterTerminatedError} As `run`.
   * @see PEP 734 `Interpreter.exec`, which blocks too.
   */
  runSync(source: string, options?: RunSyncOptions): void {
    runSourceSync({ id: this.#id, source, wantsValue: false }, options);
  }

  /**
   * Runs source, and resolves to a copy of the value of its last expression.
   *
   * A promise is awaited first. Source that ends in no expression gives `undefined`. The
   * rest is as in `run`.
   *
   * @typeParam T What the caller knows the value to be; nothing checks it.
   * @param source As for `run`. One object literal and nothing else, `{ a: 1 }`, is that object,
   *   as at Node's prompt; any other statement that begins with a brace is a block.
   * @param options As for `run`.
   * @returns The value, copied.
   * @throws {TypeError} As `run`.
   * @throws {RangeError} As `run`, or the value is longer than the interpreter's
   *   `limits.messageBytes` or than 1 GiB; then the run itself succeeded.
   * @throws {NotShareableError} As `run`, or the value cannot cross; then the run itself
   *   succeeded.
   * @throws {ChannelClosedError | ChannelNotFoundError} As `run`.
   * @throws {InterpreterNotFoundError | InterpreterError} As `run`.
   * @throws {RunFailedError | InterpreterTerminatedError} As `run`.
   * @throws `options.signal.reason`, when aborted; `onAbort` says what else ends.
   * @see Not in Python, whose `exec` gives no value; as a console shows it.
   */
  async evaluate<T = unknown>(source: string, options?: RunOptions): Promise<T> {
    const value = await runSource({ id: this.#id, source, wantsValue: true }, options);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- T is what the caller knows
    return value as T;
  }

  /**
   * Runs source, blocking this thread, and returns a copy of the value of its last expression.
   *
   * @typeParam T What the caller knows the value to be; nothing checks it.
   * @param source As for `evaluate`.
   * @param options As for `run`, without a signal.
   * @returns The value, copied.
   * @throws {TypeError} As `evaluate`; also for a `signal`, which cannot end a call that blocks.
   * @throws {RangeError | NotShareableError | ChannelClosedError | ChannelNotFoundError} As
   *   `evaluate`.
   * @throws {InterpreterNotFoundError | InterpreterError} As `run`.
   * @throws {RunFailedError | InterpreterTerminatedError} As `run`.
   */
  evaluateSync<T = unknown>(source: string, options?: RunSyncOptions): T {
    const value = runSourceSync({ id: this.#id, source, wantsValue: true }, options);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- T is what the caller knows
    return value as T;
  }

  /**
   * Ends an idle interpreter. Timers and promises that its runs left end with it.
   *
   * The promise resolves when the thread is gone, after the `exit` handlers of the source and
   * the listeners of its `signal`, which have 25 ms.
   *
   * @throws {InterpreterError} It is running, current or main; nothing changed.
   * @throws {InterpreterNotFoundError} It is closed already.
   * @see PEP 734 `Interpreter.close`.
   */
  async close(): Promise<void> {
    await pointingHere(() => realm().close(this.#id));
  }

  /**
   * Ends an idle interpreter, blocking this thread until its thread is gone.
   *
   * @throws {InterpreterError} It is running, current or main; nothing changed.
   * @throws {InterpreterNotFoundError} It is closed already.
   * @see PEP 734 `Interpreter.close`, which blocks too.
   */
  closeSync(): void {
    try {
      realm().closeSync(this.#id);
    } catch (error) {
      throw atCaller(error, callerHere());
    }
  }

  /**
   * Ends an interpreter at once, idle or running, infinite loops included.
   *
   * A run in progress rejects with an `InterpreterTerminatedError`. The promise resolves when
   * the thread is gone, or after some 50 ms: native work cannot be cut short on any runtime, and
   * a busy machine may take longer. What the interpreter left in channels and queues is treated
   * as that of an ended one when its thread is gone. An interpreter that has ended already is
   * fine, so that a `finally` can call this whatever has happened.
   *
   * @param reason What the error says as its `reason`; `"terminated"` if absent.
   * @throws {TypeError} The reason is not a string, or has more than 10,000 characters and
   *   comes from inside an interpreter.
   * @throws {InterpreterError} It is the current or the main one.
   * @see Not in Python, where nothing ends a running interpreter; the platform's
   *   `Worker.terminate`.
   *
   * @example End an infinite loop
   * ```ts
   * import { create, InterpreterTerminatedError } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const interpreter = await create();
   * const running = assert.rejects(interpreter.run("while (true);"), InterpreterTerminatedError);
   * await interpreter.terminate("took too long");
   * await running;
   * ```
   */
  async terminate(reason = "terminated"): Promise<void> {
    if (typeof reason !== "string") {
      throw new TypeError(
        `Cannot terminate interpreter ${this.#id}: reason must be a string, received ${
          show(reason)
        }`,
      );
    }
    await pointingHere(() => realm().terminate(this.#id, reason));
  }

  /**
   * What the interpreter wrote to standard output, if it was created with
   * `stdout: "capture"`; always the same stream. The stream ends when the interpreter has
   * ended, and what was written before can be read after that.
   *
   * With about 32 MiB unread the interpreter waits until somebody reads. A read that waits
   * keeps the process alive.
   *
   * @throws {InterpreterError} It was created otherwise, or not by this interpreter.
   *
   * @example Capture
   * ```ts
   * import { create } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * const interpreter = await create({ stdout: "capture" });
   * await interpreter.run("console.log('hello')");
   * await interpreter.close();
   * for await (const text of interpreter.stdout) assert.equal(text, "hello\n");
   * ```
   */
  get stdout(): ReadableStream<string> {
    return outputOf(this, "stdout");
  }

  /**
   * As `stdout`, for standard error, with `stderr: "capture"`.
   *
   * @throws {InterpreterError} It was created otherwise, or not by this interpreter.
   */
  get stderr(): ReadableStream<string> {
    return outputOf(this, "stderr");
  }

  /**
   * The XState actor whose state this interpreter's state is. Its `system` can be inspected.
   *
   * @throws {InterpreterError} Inside an interpreter, or for the main interpreter.
   * @throws {InterpreterNotFoundError} The interpreter is closed.
   */
  get actor(): InterpreterActor {
    return realm().actor(this.#id);
  }

  /** Tells whether the other is a handle of the same interpreter. */
  equals(other: unknown): boolean {
    return typeof other === "object" && other !== null && #id in other && other.#id === this.#id;
  }

  /** Gives the handle as text, as Python prints it: `Interpreter(3)`. */
  override toString(): string {
    return `Interpreter(${this.#id})`;
  }

  /**
   * Ends the interpreter, running or not, as `terminate("disposed")` does; `await using` calls
   * this. One that has ended already is fine.
   *
   * @throws {InterpreterError} It is the current or the main one.
   */
  // oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; isolatedDeclarations wants the global.
  async [Symbol.asyncDispose](): Promise<void> {
    await pointingHere(() => realm().terminate(this.#id, "disposed"));
  }

  /** What a console shows. */
  #describe(): string {
    const info = realm().describe(this.#id);
    const name = info?.name ?? this.#name;
    const state = info === undefined ? "closed" : this.isRunning() ? "running" : "idle";
    return `${this.toString()} { ${
      name === undefined ? "" : `name: ${JSON.stringify(name)}, `
    }state: "${state}" }`;
  }
}

/** The handle of an interpreter; whether it exists (still) shows when it is used. */
export function handleOf(info: Known): Interpreter {
  given = info;
  try {
    return new Interpreter(info.id);
  } finally {
    given = undefined;
  }
}

setHandleFactory(INTERPRETER, (id) => handleOf({ id }));
