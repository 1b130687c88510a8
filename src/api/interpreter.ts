// The handle of an interpreter. It holds an id and nothing that changes: state
// is asked of the realm, so that no second copy of it can be wrong.

import { HANDLE, INTERPRETER, setHandleFactory } from "../codec/handles.ts";
import { InterpreterError, InterpreterNotFoundError } from "../errors.ts";
import type { InterpreterInfo } from "../protocol/options.ts";
import { outputOf } from "./captured_output.ts";
import { atCaller, callerHere } from "./caller.ts";
import { checkId, refuseSignal, show } from "./checks.ts";
import { showAsText } from "./console_text.ts";
import type { InterpreterActor } from "./interpreter_actor.ts";
import { realm } from "./realm.ts";
import {
  type CheckedRunOptions,
  checkRunOptions,
  type RunOptions,
  type RunSyncOptions,
} from "./run_options.ts";

// Taken now: source may declare names of its own that hide these.
const { FinalizationRegistry, JSON, Map, Object, TypeError, WeakRef } = globalThis;

// One handle object for each id, as long as somebody holds it.
const handles = new Map<number, WeakRef<Interpreter>>();
const forgotten = new FinalizationRegistry<number>((id) => {
  if (handles.get(id)?.deref() === undefined) handles.delete(id);
});

/** What who makes a handle knows of its interpreter. */
type Known = Pick<InterpreterInfo, "id"> & Partial<InterpreterInfo>;

// A handle that arrives in an item is made without asking whether its interpreter
// exists: it may have ended since, and the rest of the item must not be lost with it.
let given: Known | undefined;

/**
 * One interpreter: an isolated realm that runs source on a thread of its own.
 *
 * Made by `create`. In one realm there is one handle object for each id, so
 * handles can be compared with `===`.
 *
 * @see PEP 554 and PEP 734 `Interpreter`.
 *
 * @example Run source
 * ```ts
 * import { create } from "subinterpreters";
 * import assert from "node:assert/strict";
 *
 * await using interpreter = await create();
 * await interpreter.run("const greeting: string = 'hello';");
 * assert.equal(await interpreter.evaluate("greeting.toUpperCase()"), "HELLO");
 * ```
 */
export class Interpreter {
  readonly #id: number;
  #isolated: boolean | undefined;
  #name: string | undefined;

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
   * @throws {InterpreterNotFoundError} No interpreter has that id.
   */
  constructor(id: number) {
    this.#id = checkId("Cannot make an Interpreter: id", id);
    const { isolated, name } = given ?? describe(id);
    const known = handles.get(id)?.deref();
    const handle = known ?? this;
    if (isolated !== undefined) handle.#isolated = isolated;
    if (name !== undefined) handle.#name = name;
    if (known !== undefined) return known;
    remember(this, id);
  }

  /** The id: 0 is the main interpreter's; ids only grow and none is used twice. */
  get id(): number {
    return this.#id;
  }

  /**
   * Whether the interpreter is kept from acting on the process; `false` for the main one.
   *
   * @throws {InterpreterNotFoundError} The handle came in an item, and the interpreter is closed.
   */
  get isolated(): boolean {
    return this.#isolated ??= describe(this.#id).isolated;
  }

  /**
   * The name that `create` was given, `"interpreter 3"` if none; `"main"` for the main one.
   *
   * @throws {InterpreterNotFoundError} The handle came in an item, and the interpreter is closed.
   */
  get name(): string {
    return this.#name ??= describe(this.#id).name;
  }

  /**
   * Whether a run is in progress. The main interpreter always is; timers and
   * promises that an earlier run left do not count.
   *
   * @throws {InterpreterNotFoundError} The interpreter is closed.
   */
  isRunning(): boolean {
    return realm().isRunning(this.#id);
  }

  /**
   * Runs source and resolves when it is done; everything that it did is visible then.
   *
   * What the source declares at top level stays for the next run, which may
   * declare it again. Timers and promises that it leaves go on.
   *
   * @param source TypeScript or JavaScript with top-level `await` and imports.
   * @param options Channels and values for the source, and what may end the run.
   * @throws {RunFailedError} The source threw, has a syntax error, or takes longer to compile than
   *   `limits.compileMs`; the interpreter stays usable.
   * @throws {InterpreterTerminatedError} The interpreter ended: terminated, timed out, exited.
   * @throws {InterpreterError} A run is in progress; also for the main interpreter.
   * @throws {InterpreterNotFoundError} The interpreter is closed.
   * @throws {TypeError} The source is not a string, or an option has the wrong type.
   * @throws {RangeError} `timeout` is out of range, or `values` have more bytes than
   *   `limits.messageBytes` of the caller.
   * @throws {NotShareableError} A part of `options.values` cannot cross; nothing ran.
   * @throws `options.signal.reason`, when aborted; the interpreter is terminated.
   * @see PEP 734 `Interpreter.exec`.
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
    await this.#run(source, checkRunOptions(this.#what(source), options, false));
  }

  /**
   * Runs source, blocking this thread until it is done.
   *
   * In the main interpreter requests of other interpreters are served meanwhile.
   *
   * @param source As for `run`.
   * @param options As for `run`, without a signal.
   * @throws As `run`.
   */
  runSync(source: string, options?: RunSyncOptions): void {
    this.#runSync(source, checkRunOptions(this.#what(source), options, false));
  }

  /**
   * Runs source and resolves to a copy of the value of its last expression.
   *
   * A promise is awaited first. Source that ends in no expression gives `undefined`.
   *
   * @typeParam T What the caller knows the value to be; nothing checks it.
   * @param source As for `run`. One object literal and nothing else, `{ a: 1 }`, is that object,
   *   as at Node's prompt; any other statement that begins with a brace is a block.
   * @param options As for `run`.
   * @returns The value, copied.
   * @throws {NotShareableError} The value cannot cross; the run itself succeeded.
   * @throws As `run` otherwise.
   *
   * @example A value
   * ```ts
   * import { create } from "subinterpreters";
   * import assert from "node:assert/strict";
   *
   * await using interpreter = await create();
   * assert.deepEqual(await interpreter.evaluate("[1, 2].map((n) => n * 2)"), [2, 4]);
   * ```
   */
  async evaluate<T = unknown>(source: string, options?: RunOptions): Promise<T> {
    const value = await this.#run(source, checkRunOptions(this.#what(source), options, true));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- T is what the caller knows
    return value as T;
  }

  /**
   * As `evaluate`, blocking this thread until the value is there.
   *
   * @typeParam T What the caller knows the value to be; nothing checks it.
   * @param source As for `evaluate`.
   * @param options As for `run`, without a signal.
   * @returns The value, copied.
   * @throws As `evaluate`.
   */
  evaluateSync<T = unknown>(source: string, options?: RunSyncOptions): T {
    const value = this.#runSync(source, checkRunOptions(this.#what(source), options, true));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- T is what the caller knows
    return value as T;
  }

  /**
   * Ends an idle interpreter. Timers and promises that its runs left end with it.
   *
   * @throws {InterpreterError} It is running, current or main; nothing changed.
   * @throws {InterpreterNotFoundError} It is closed already.
   * @see PEP 734 `Interpreter.close`.
   */
  async close(): Promise<void> {
    await pointing(() => realm().close(this.#id));
  }

  /**
   * As `close`, without a promise.
   *
   * @throws As `close`.
   */
  closeSync(): void {
    try {
      realm().closeSync(this.#id);
    } catch (error) {
      throw atCaller(error, callerHere());
    }
  }

  /**
   * Ends an interpreter at once, idle or running, infinite loops included. A run
   * in progress rejects with an `InterpreterTerminatedError`. One that has ended
   * already is fine, so that a `finally` can call this whatever has happened.
   *
   * @param reason What the error says as its `reason`.
   * @throws {InterpreterError} It is the current or the main one.
   * @throws {TypeError} The reason is not a string.
   */
  async terminate(reason = "terminated"): Promise<void> {
    if (typeof reason !== "string") {
      throw new TypeError(
        `Cannot terminate interpreter ${this.#id}: reason must be a string, received ${
          show(reason)
        }`,
      );
    }
    await pointing(() => realm().terminate(this.#id, reason));
  }

  /**
   * What the interpreter wrote to standard output, if it was created with
   * `stdout: "capture"`; always the same stream. It ends when the interpreter has
   * ended, and what was written before can be read after that.
   *
   * With about 32 MiB unread the interpreter waits until somebody reads. A read that
   * waits keeps the process alive.
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
    return outputOf(this, "stdout") ?? notCaptured(this.#id, "stdout");
  }

  /**
   * As `stdout`, for standard error, with `stderr: "capture"`.
   *
   * @throws {InterpreterError} It was created otherwise, or not by this interpreter.
   */
  get stderr(): ReadableStream<string> {
    return outputOf(this, "stderr") ?? notCaptured(this.#id, "stderr");
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

  /** Whether the other is a handle of the same interpreter. */
  equals(other: unknown): boolean {
    return typeof other === "object" && other !== null && #id in other && other.#id === this.#id;
  }

  /** `Interpreter(3)`, as Python prints it. */
  toString(): string {
    return `Interpreter(${this.#id})`;
  }

  /** Ends the interpreter, running or not; one that is closed already is fine. */
  // oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; isolatedDeclarations wants the global.
  async [Symbol.asyncDispose](): Promise<void> {
    await pointing(() => realm().terminate(this.#id, "disposed"));
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

  async #run(source: string, options: CheckedRunOptions): Promise<unknown> {
    const caller = callerHere();
    try {
      return await realm().run(this.#id, source, options);
    } catch (error) {
      throw atCaller(error, caller, options.signal);
    }
  }

  #runSync(source: string, options: CheckedRunOptions): unknown {
    refuseSignal(this.#what(source), options.signal);
    try {
      return realm().runSync(this.#id, source, options);
    } catch (error) {
      throw atCaller(error, callerHere());
    }
  }

  #what(source: unknown): string {
    const what = `Cannot run source in interpreter ${this.#id}`;
    if (typeof source !== "string") {
      throw new TypeError(`${what}: source must be a string, received ${show(source)}`);
    }
    return what;
  }
}

/** Does what takes a while; its errors have the frames of whoever calls now. */
async function pointing(operation: () => Promise<void>): Promise<void> {
  const caller = callerHere();
  try {
    await operation();
  } catch (error) {
    throw atCaller(error, caller);
  }
}

function describe(id: number): InterpreterInfo {
  const info = realm().describe(id);
  if (info === undefined) {
    throw new InterpreterNotFoundError(`Cannot find interpreter ${id}: no interpreter has that id`);
  }
  return info;
}

function remember(handle: Interpreter, id: number): void {
  handles.set(id, new WeakRef(handle));
  forgotten.register(handle, id);
}

function notCaptured(id: number, stream: string): never {
  throw new InterpreterError(
    `Cannot read ${stream} of interpreter ${id}: it is not captured here; create it with ${stream}: "capture"`,
  );
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
