// A pool of the program's, as an interpreter uses it that was handed it: the host does what is
// asked for. A task is a request, which is answered when the task has ended.

import { errorOfTask, settleValid } from "../api/pool/outcome.ts";
import type { PoolStats } from "../api/pool/options.ts";
import type { Pool, Submission } from "../api/pool/pool.ts";
import { prepareRun } from "../api/pool/run_job.ts";
import { movedWith } from "../api/run_options.ts";
import { newTask, type Task, type TaskControl, type TaskHooks } from "../api/task.ts";
import { receive } from "../codec/receive.ts";
import { CancelledError, InterpreterError } from "../errors.ts";
import type { Packed } from "../protocol/frames.ts";
import { optionsForHost } from "./large.ts";
import type { Wire } from "./wire.ts";

/** A pool that an interpreter was handed. */
export class GuestPool implements Pool {
  readonly #wire: Wire;
  readonly #id: number;
  #maxWorkers: number | undefined;

  constructor(wire: Wire, id: number) {
    this.#wire = wire;
    this.#id = id;
  }

  get maxWorkers(): number {
    return this.#maxWorkers ??= this.#wire.requestSync("describePool", this.#id).maxWorkers;
  }

  get size(): number {
    return this.#wire.requestSync("describePool", this.#id).size;
  }

  get stats(): PoolStats {
    return this.#wire.requestSync("describePool", this.#id).stats;
  }

  get state(): string {
    return this.#wire.requestSync("describePool", this.#id).state;
  }

  submit(submission: Submission): Task<unknown> {
    const submitted = new Submitted(this.#wire, submission);
    submitted.send(this.#id);
    return submitted.task;
  }

  async shutdown(): Promise<never> {
    throw new InterpreterError(
      `Cannot shut down pool ${this.#id} from inside an interpreter: the program made it and ends it`,
    );
  }

  /** The pool is the program's, whoever else has it. */
  abandon(): void {}
}

/** One task, until it ends. */
class Submitted implements TaskHooks {
  readonly #wire: Wire;
  readonly #submission: Submission;
  readonly #control: TaskControl<unknown>;
  /** The number of the request; `undefined` before it is sent. */
  #call: number | undefined;
  #isOver = false;
  readonly #onAbort = (): void => {
    this.#steer("abort");
    this.#end();
    this.#control.fail(this.#submission.signal?.reason);
  };

  constructor(wire: Wire, submission: Submission) {
    this.#wire = wire;
    this.#submission = submission;
    this.#control = newTask(this);
  }

  get task(): Task<unknown> {
    return this.#control.task;
  }

  send(pool: number): void {
    const { job, signal, timeoutMs, moved, priority, waits } = this.#submission;
    if (signal?.aborted === true) {
      this.#onAbort();
      return;
    }
    try {
      const prepared = prepareRun(job, { what: "Cannot submit a task", timeoutMs, moved });
      const { signal: _, ...rest } = prepared.options;
      const options = optionsForHost(rest);
      const { call, answer } = this.#wire.request(
        "submit",
        { pool, source: prepared.source, options, priority, waits },
        movedWith(options),
      );
      this.#call = call;
      signal?.addEventListener("abort", this.#onAbort, { once: true });
      void answer.then((packed) => this.#succeed(packed), (error) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  withdraw(): boolean {
    const isWithdrawn = this.#isOver || this.#steerSync("cancel");
    if (isWithdrawn) this.#end();
    return isWithdrawn;
  }

  hasBegun(): boolean {
    return !this.#isOver && this.#steerSync("ask");
  }

  #succeed(packed: Packed | null): void {
    if (this.#isOver) return;
    this.#end();
    try {
      const value = packed === null ? undefined : receive("The result", packed);
      const { validator } = this.#submission;
      if (validator === undefined) {
        this.#control.succeed(value);
        return;
      }
      settleValid(value, validator, {
        succeed: (valid) => this.#control.succeed(valid),
        fail: (error) => this.#fail(error),
      });
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#end();
    // The program has shut the pool down, and cancelled what waited.
    if (error instanceof CancelledError) this.#control.task.cancel();
    else this.#control.fail(errorOfTask(error, this.#submission.caller));
  }

  #end(): void {
    this.#isOver = true;
    this.#submission.signal?.removeEventListener("abort", this.#onAbort);
  }

  #steerSync(action: "cancel" | "ask"): boolean {
    return this.#call !== undefined &&
      this.#wire.requestSync("steerTask", { call: this.#call, action });
  }

  #steer(action: "abort"): void {
    if (this.#call === undefined) return;
    // Nobody asks how that went: the task has ended here.
    this.#wire.request("steerTask", { call: this.#call, action }).answer.catch(() => {});
  }
}
