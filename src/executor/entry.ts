// One task of a pool, from `submit` to its end.

import { errorOfTask, settleValid } from "../api/pool/outcome.ts";
import type { Caller } from "../api/caller.ts";
import type { EndSignal } from "../api/pool/ending.ts";
import type { RunJob } from "../api/pool/run_job.ts";
import { newTask, type Task, type TaskControl, type TaskHooks } from "../api/task.ts";
import type { Validator } from "../api/validation.ts";
import type { Posted } from "./connection.ts";
import type { CallJob, Given } from "./job.ts";
import type { PoolWorker } from "./worker.ts";

/** Who is told what becomes of a task. */
export interface EntryOwner {
  /** It has ended, and waits or runs no more. */
  onOver(entry: Entry, end: "done" | "failed" | "cancelled"): void;
  /** It is to end although it runs. */
  onAborted(entry: Entry): void;
}

/** One task. */
export class Entry implements TaskHooks {
  readonly priority: number;
  readonly submittedMs: number = performance.now();
  /** When it began; 0 before that. */
  begunMs = 0;
  /** Whether it waits in the queue. */
  isQueued = false;
  /** Who has it in hand. */
  worker: PoolWorker | undefined;
  readonly #owner: EntryOwner;
  readonly #control: TaskControl<unknown>;
  readonly #signal: EndSignal | undefined;
  #validator: Validator<unknown> | undefined;
  #caller: Caller | undefined;
  #job: CallJob | RunJob | undefined;
  #posted: Posted | undefined;
  #isOver = false;
  #onAbort: (() => void) | undefined;

  constructor(owner: EntryOwner, { priority, signal, validator, caller }: Given) {
    this.#owner = owner;
    this.#validator = validator;
    this.#caller = caller;
    this.priority = priority;
    this.#signal = signal;
    this.#control = newTask(this);
    if (signal === undefined) return;
    this.#onAbort = () => {
      if (!this.takeBack()) this.#owner.onAborted(this);
      this.fail(signal.reason);
    };
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  get task(): Task<unknown> {
    return this.#control.task;
  }

  /** Whether it has a result, an error, or was cancelled. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What it does; there until it is over. */
  get job(): CallJob | RunJob {
    if (this.#job === undefined) throw new Error("Invariant: a task that is over has no job");
    return this.#job;
  }

  set job(job: CallJob | RunJob) {
    this.#job = job;
  }

  /** It is on its way to a worker, and can be withdrawn until it begins. */
  post(posted: Posted): void {
    this.#posted = posted;
  }

  /** It runs from now on, unless it can be taken back. */
  begin(nowMs: number): void {
    this.begunMs = nowMs;
  }

  /** Takes it back from its worker; `false` if it has begun. */
  takeBack(): boolean {
    if (this.#posted?.withdraw() === false) return false;
    this.#posted = undefined;
    this.begunMs = 0;
    return true;
  }

  withdraw(): boolean {
    if (this.#isOver || !this.takeBack()) return false;
    this.#leave("cancelled");
    return true;
  }

  hasBegun(): boolean {
    return this.#posted?.hasBegun() === true;
  }

  /** It has a result, which must fit its schema if it has one. */
  succeed(value: unknown): void {
    if (this.#isOver) return;
    const validator = this.#validator;
    if (validator === undefined) {
      this.#finish(value);
      return;
    }
    settleValid(value, validator, {
      succeed: (valid) => this.#finish(valid),
      fail: (error) => this.fail(error),
    });
  }

  #finish(value: unknown): void {
    if (this.#isOver) return;
    this.#leave("done");
    this.#control.succeed(value);
  }

  fail(error: unknown): void {
    if (this.#isOver) return;
    const caller = this.#caller;
    this.#leave("failed");
    const isReason = this.#signal?.aborted === true && error === this.#signal.reason;
    this.#control.fail(caller === undefined || isReason ? error : errorOfTask(error, caller));
  }

  /** Nothing of what it was given is kept. */
  #leave(end: "done" | "failed" | "cancelled"): void {
    this.#isOver = true;
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#validator = undefined;
    this.#caller = undefined;
    this.#job = undefined;
    this.#posted = undefined;
    this.#owner.onOver(this, end);
  }
}
