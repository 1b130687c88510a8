// Interpreters for tests: they run source in this thread, in a namespace of their own, and take
// and give copies as real ones do. What only a thread can do is refused.

import { ended } from "../../../actors/ended.ts";
import { outputOf } from "../../api/captured_output.ts";
import { checkCall, checkExec } from "../../api/calls.ts";
import { show } from "../../api/checks.ts";
import { checkMainValues, type MainValues } from "../../api/main_values.ts";
import { checkCallLimits, checkModule, tooLate } from "../../api/remote.ts";
import type { Remote, RemoteCallOptions } from "../../api/remote_types.ts";
import { type CheckedRunOptions, checkRunOptions, type RunOptions } from "../../api/run_options.ts";
import { LONGEST_DELAY_MS } from "../../api/realm.ts";
import { InterpreterTerminatedError, NotShareableError } from "../../errors.ts";
import { notFound, refused } from "../../host/life/ends.ts";
import { compileError, failed, interrupted } from "../../host/runs/results.ts";
import { isThenable, refersTo, Refused } from "../../guest/outcome.ts";
import { loadLibraries } from "../../source/libraries.ts";
import { keep, type Prepared, prepareQuickly } from "../../source/prepared.ts";
import { rewrite, type RewriteOptions } from "../../source/rewrite.ts";
import type { Interpreter } from "../handle.ts";
import { copied, unpacked } from "./copies.ts";
import { endsOf } from "./ends.ts";
import { excinfoOf, type TestEvaluator, TookTooLong, within } from "./evaluator.ts";
import { remoteOf } from "./modules.ts";

/** What an interpreter is made of. */
export interface Parts {
  readonly id: number;
  readonly name: string;
  readonly isolated: boolean;
  readonly language: string;
  readonly evaluator: TestEvaluator;
  /** There will be no more output. */
  readonly onEnd: () => void;
}

/** What may end a run or a call, and what else ends with it. */
interface Limits {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly onAbort: "terminate" | "interrupt" | "abandon";
  readonly onTimeout: "terminate" | "interrupt" | "abandon";
}

const FOR_EVER: Limits = {
  signal: undefined,
  timeoutMs: Infinity,
  onAbort: "abandon",
  onTimeout: "abandon",
};

/** An interpreter in this thread. */
export class TestInterpreter implements Interpreter {
  readonly #parts: Parts;
  /** Aborted when it ends. */
  readonly #life = new AbortController();
  /** The run in progress: aborted when that is over. */
  #run: AbortController | undefined;
  /** They fail runs and calls for whoever awaits them. What those have begun goes on, unheard. */
  readonly #pending = new Set<(error: unknown) => void>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get id(): number {
    return this.#parts.id;
  }

  get name(): string {
    return this.#parts.name;
  }

  get isolated(): boolean {
    return this.#parts.isolated;
  }

  get whence(): "host" {
    return "host";
  }

  get stdout(): ReadableStream<string> {
    return outputOf(this, "stdout");
  }

  get stderr(): ReadableStream<string> {
    return outputOf(this, "stderr");
  }

  /** Fires when the run in progress is over, or when the interpreter ends. */
  get signal(): AbortSignal {
    return (this.#run ?? this.#life).signal;
  }

  isRunning(): boolean {
    this.#checkAlive();
    return this.#run !== undefined;
  }

  async run(source: string, options?: RunOptions): Promise<void> {
    await this.#runSource(source, options, false);
  }

  async evaluate<T = unknown>(source: string, options?: RunOptions): Promise<T> {
    return await this.#runSource(source, options, true) as T;
  }

  async exec(code: string | Uint8Array | (() => void), options?: RunOptions): Promise<void> {
    const { source, options: checked } = checkExec(this.#doing("run code in"), code, options);
    await this.#perform(source, checked);
  }

  async call<R>(...given: unknown[]): Promise<Awaited<R>> {
    const { source, options } = checkCall(this.#doing("call a function in"), given);
    return await this.#perform(source, options) as Awaited<R>;
  }

  async prepareMain(values: MainValues, more?: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#perform("", checkMainValues(this.#doing("prepare"), values, more));
  }

  async import<T>(module: string | URL, options?: RemoteCallOptions): Promise<Remote<T>> {
    const specifier = checkModule(`Cannot import into interpreter ${this.id}`, module);
    const exports = await this.#call(() => this.#parts.evaluator.import({ specifier }), options);
    const imported = { id: this.id, module: specifier, isGivenUp: false };
    return remoteOf(exports, imported, (begin, how) => this.#call(begin, how)) as Remote<T>;
  }

  async close(): Promise<void> {
    this.#checkAlive();
    if (this.#run !== undefined) throw refused(this.id, { event: "CLOSE", state: "running" });
    this.#end("closed");
  }

  async terminate(reason = "terminated"): Promise<void> {
    if (typeof reason !== "string") {
      const what = this.#doing("terminate");
      throw new TypeError(`${what}: reason must be a string, received ${show(reason)}`);
    }
    this.#end(reason);
  }

  /** Ends it as `exit` in source does. */
  exit(exitCode: number): void {
    const message = `Interpreter ${this.id} exited with code ${exitCode}`;
    this.#end("exit", new InterpreterTerminatedError(message, { reason: "exit", exitCode }));
  }

  equals(other: unknown): boolean {
    return other === this;
  }

  toString(): string {
    return `Interpreter(${this.id})`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate();
  }

  async #runSource(
    source: string,
    options: RunOptions | undefined,
    wantsValue: boolean,
  ): Promise<unknown> {
    const what = this.#doing("run source in");
    if (typeof source !== "string") {
      throw new TypeError(`${what}: source must be a string, received ${show(source)}`);
    }
    return await this.#perform(source, checkRunOptions(what, options, wantsValue));
  }

  /** Does one thing with source, and gives a copy of its value. */
  async #perform(source: string, options: CheckedRunOptions): Promise<unknown> {
    options.signal?.throwIfAborted();
    this.#checkAlive();
    if (this.#run !== undefined) throw refused(this.id, { event: "RUN", state: "running" });
    const run = new AbortController();
    this.#run = run;
    try {
      return await this.#within(options, () => this.#evaluate(source, options, run));
    } finally {
      run.abort();
      if (this.#run === run) this.#run = undefined;
    }
  }

  async #evaluate(
    source: string,
    options: CheckedRunOptions,
    run: AbortController,
  ): Promise<unknown> {
    const { id, language, evaluator } = this.#parts;
    const { filename = `<interpreter ${id}>`, wantsValue, args, timeoutMs } = options;
    const deadline = performance.now() + timeoutMs;
    this.#bind(options);
    const isFunction = args !== null;
    const script = await this.#prepare(source, {
      language,
      wantsValue: wantsValue && !isFunction,
      filename,
      isFunction,
    });
    if (run.signal.aborted) return undefined;
    let value: unknown;
    try {
      if (args === null) {
        value = evaluator.run(script, filename, deadline);
      } else {
        const missing = evaluator.missing(script);
        if (missing !== undefined) throw new Refused("TypeError", refersTo(id, missing));
        const fn = evaluator.run(script, filename, deadline) as (...given: unknown[]) => unknown;
        const given = unpacked<unknown[]>(`${this.#doing("begin a run in")}: the arguments`, args);
        value = within(deadline, () => fn(...given));
      }
      if (script.isAsync || (wantsValue && isThenable(value))) value = await value;
    } catch (error) {
      throw this.#errorOf(error);
    }
    return wantsValue ? copied(value) : undefined;
  }

  /** Binds what a run is given. */
  #bind({ channels, values }: CheckedRunOptions): void {
    const { evaluator } = this.#parts;
    if (channels !== null) {
      const ends = endsOf(channels);
      evaluator.assign(ends.names, ends.values);
    }
    if (values === null) return;
    const given = unpacked<Record<string, unknown>>(
      `${this.#doing("begin a run in")}: the values`,
      values.packed,
    );
    evaluator.assign(values.names, values.names.map((name) => given[name]));
  }

  async #prepare(source: string, how: RewriteOptions): Promise<Prepared["script"]> {
    try {
      const quick = prepareQuickly(source, how);
      if (quick !== undefined) return quick.script;
      await loadLibraries();
      return keep(source, how, rewrite(source, { ...how, isBounded: false })).script;
    } catch (error) {
      throw compileError(this.id, error);
    }
  }

  /** A call that is no run: several interleave. */
  async #call<T>(operation: () => Promise<T>, options?: RemoteCallOptions): Promise<T> {
    const limits = checkCallLimits(this.#doing("call a function in"), options) ?? FOR_EVER;
    limits.signal?.throwIfAborted();
    this.#checkAlive();
    return await this.#within(limits, async () => {
      try {
        return await operation();
      } catch (error) {
        throw error instanceof NotShareableError ? error : this.#errorOf(error);
      }
    });
  }

  /** What source threw, or why it was refused. */
  #errorOf(error: unknown): unknown {
    if (error instanceof TookTooLong) return error;
    return Refused.is(error) ? new TypeError(error.message) : failed(excinfoOf(error));
  }

  /** Does something that its limits and the end of the interpreter may end. */
  async #within<T>(limits: Limits, operation: () => Promise<T>): Promise<T> {
    const { signal, timeoutMs, onAbort, onTimeout } = limits;
    let fail: (error: unknown) => void = () => {};
    const isOver = new Promise<never>((_, reject) => fail = reject);
    this.#pending.add(fail);
    const stop = (how: Limits["onAbort"], reason: string, error: unknown) => {
      fail(error);
      if (how === "terminate") this.#end(reason);
    };
    const abort = () => stop(onAbort, "aborted", signal?.reason);
    const late = () => stop(onTimeout, "timeout", this.#tooLate(onTimeout));
    const timer = timeoutMs < LONGEST_DELAY_MS ? setTimeout(late, timeoutMs) : undefined;
    signal?.addEventListener("abort", abort);
    try {
      return await Promise.race([operation(), isOver]);
    } catch (error) {
      if (!(error instanceof TookTooLong)) throw error;
      late();
      return await isOver;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      this.#pending.delete(fail);
    }
  }

  #tooLate(how: Limits["onTimeout"]): InterpreterTerminatedError {
    if (how === "interrupt") return interrupted(this.id, "timeout");
    return how === "abandon" ? tooLate(this.id) : ended(this.id, "timeout");
  }

  #end(reason: string, error: unknown = ended(this.id, reason)): void {
    if (this.#life.signal.aborted) return;
    this.#life.abort();
    this.#parts.onEnd();
    for (const fail of this.#pending) fail(error);
  }

  #checkAlive(): void {
    if (this.#life.signal.aborted) throw notFound(this.id);
  }

  /** What cannot be done, for messages. */
  #doing(action: string): string {
    return `Cannot ${action} interpreter ${this.id}`;
  }
}
