// The pool behind an executor in the program: its queue, its workers, and the actor whose state
// tells what it takes. A task is run at most once; the death of a worker is that of the task
// that ran in it, and of no other.

import { createActor } from "xstate";
import {
  type PoolActorRef,
  type PoolEvent,
  poolMachine,
  refusalOfTask,
} from "../../actors/pool.ts";
import type { PoolShutdownOptions, PoolStats } from "../api/pool/options.ts";
import type { CheckedPoolOptions, Pool } from "../api/pool/pool.ts";
import { prepareRun, type RunJob } from "../api/pool/run_job.ts";
import type { Task } from "../api/task.ts";
import { BrokenInterpreterPoolError } from "../errors.ts";
import { QueueFullError } from "../queue_errors.ts";
import type { InContext } from "../runtime/async_context.ts";
import { hold, release } from "../runtime/keep_alive.ts";
import { reportError } from "../runtime/program.ts";
import { contextFor } from "./context.ts";
import { DurationRecorder } from "./durations.ts";
import { Entry, type EntryOwner } from "./entry.ts";
import { IdleWatch } from "./idle_watch.ts";
import { type Given, prepareJob } from "./job.ts";
import { Kinds } from "./kinds.ts";
import { mostWorkers } from "./most_workers.ts";
import { Relief } from "./relief.ts";
import { shutDownError } from "./shut_down.ts";
import { TaskQueue } from "./task_queue.ts";
import { PoolWorker, type WorkerMake, type WorkerOwner } from "./worker.ts";

/** So many tasks go to a busy worker together. */
const BATCH = 32;
/** Less work than this is not taken from another worker, in milliseconds. */
const SHARED_MS = 0.5;

const RETIRE = { type: "WORKER.RETIRE" } as const;

let pools = 0;

/** A pool of the program's. */
export class WorkerPool implements Pool, EntryOwner, WorkerOwner {
  readonly maxWorkers: number;
  readonly #options: CheckedPoolOptions;
  readonly name: string;
  readonly #initializer: RunJob | undefined;
  readonly #actor: PoolActorRef;
  readonly #queue = new TaskQueue<Entry>();
  readonly #workers = new Set<PoolWorker>();
  /** Those with nothing to do; the one that worked last is the last. */
  readonly #idle: PoolWorker[] = [];
  /** Those that have been let go, and end when they have nothing in hand. */
  readonly #leaving = new Set<PoolWorker>();
  readonly #idleWatch: IdleWatch;
  readonly #relief = new Relief((longMs) => this.#relieve(longMs));
  readonly #kinds = new Kinds();
  readonly #waitingTime = new DurationRecorder();
  readonly #runningTime = new DurationRecorder();
  readonly #counts = { done: 0, failed: 0, cancelled: 0 };
  /** Tasks that are in the queue and not over. */
  #queued = 0;
  /** Tasks that are not over. */
  #outstanding = 0;
  #starting = 0;
  /** Whether busy workers are given more at the end of this turn. */
  #isFilling = false;
  #startedWorkers = 0;
  /** Why it takes no task; `undefined` if it does. */
  #refusal: ReturnType<typeof refusalOfTask>;
  #onShut: (() => void)[] = [];
  readonly #inContext: InContext;

  constructor(options: CheckedPoolOptions) {
    const { maxWorkers, minWorkers, name, idleTimeoutMs } = options;
    this.maxWorkers = maxWorkers ?? mostWorkers(minWorkers);
    this.#options = options;
    this.name = name ?? `InterpreterPoolExecutor-${pools++}`;
    this.#actor = createActor(poolMachine, { input: { maxWorkers: this.maxWorkers, minWorkers } });
    // Without an observer XState throws an actor's error from a timer, which ends the process.
    this.#actor.subscribe({ error: (error) => reportError("a pool", error) });
    this.#actor.start();
    this.#idleWatch = new IdleWatch(idleTimeoutMs, () => this.#letGo());
    this.#initializer = this.#packInitializer();
    this.#inContext = contextFor(options.create);
  }

  get size(): number {
    return this.#workers.size;
  }

  get state(): string {
    return this.#actor.getSnapshot().value;
  }

  get stats(): PoolStats {
    let running = 0;
    for (const worker of this.#workers) if (worker.inHand > 0) running++;
    return {
      workers: this.#workers.size,
      queued: Math.max(this.#outstanding - running, 0),
      running,
      ...this.#counts,
      waitingTime: this.#waitingTime.describe(),
      runningTime: this.#runningTime.describe(),
    };
  }

  submit(submission: Given): Task<unknown> {
    this.#throwIfClosed();
    const { signal, waits } = submission;
    const entry = new Entry(this, submission);
    if (this.#outstanding++ === 0) hold();
    entry.isQueued = true;
    this.#queued++;
    const most = this.maxWorkers + this.#options.maxQueue;
    if (signal?.aborted === true) entry.fail(signal.reason);
    else if (this.#outstanding > most && !waits) {
      entry.fail(
        new QueueFullError(
          `Cannot submit a task: ${
            this.#outstanding - 1
          } are there already, and maxQueue is ${this.#options.maxQueue}; wait for some of them, or submit with wait: true`,
        ),
      );
    } else {
      try {
        entry.job = prepareJob(submission, this.#kinds, this.#idle.length > 0);
        this.#queue.push(entry);
        this.#dispatch();
      } catch (error) {
        entry.fail(error);
      }
    }
    return entry.task;
  }

  async shutdown({ wait, cancelFutures }: Required<PoolShutdownOptions>): Promise<void> {
    this.#send({ type: "SHUTDOWN" });
    if (cancelFutures) { for (const entry of this.#queue.list()) entry.task.cancel(); }
    this.#windUp();
    if (!wait || this.#isShut()) return;
    // Ends of workers need no more than a moment.
    hold();
    await new Promise<void>((resolve) => this.#onShut.push(resolve));
    release();
  }

  abandon(): void {
    void this.shutdown({ wait: false, cancelFutures: false });
  }

  onOver(entry: Entry, end: "done" | "failed" | "cancelled"): void {
    const { begunMs, submittedMs, worker } = entry;
    if (entry.isQueued) {
      entry.isQueued = false;
      this.#queued--;
    } else if (begunMs > 0) {
      this.#waitingTime.record(begunMs - submittedMs);
      this.#runningTime.record(performance.now() - begunMs);
    }
    this.#counts[end]++;
    if (begunMs === 0) worker?.drop(entry);
    if (--this.#outstanding > 0) return;
    release();
    this.#windUp();
  }

  onAborted({ worker }: Entry): void {
    worker?.kill("aborted");
  }

  onReady(worker: PoolWorker): void {
    this.#starting--;
    this.#idle.push(worker);
    this.#dispatch();
    this.#afterwards();
  }

  onRoom(worker: PoolWorker): void {
    if (worker.tasks === 1) this.#send({ type: "WORKER.WORKED" });
    if (worker.isLow) this.#fill(worker);
    if (worker.inHand > 0) return;
    worker.rest();
    if (!worker.isIdle) return;
    this.#idle.push(worker);
    this.#share();
    this.#afterwards();
  }

  onNotMade(_: PoolWorker, error: unknown, isFinal: boolean): void {
    if (isFinal) this.#broken(error);
    else this.#send({ type: "WORKER.LOST", error });
    if (this.state === "broken") this.#failAll();
  }

  onLeft(entries: readonly Entry[]): void {
    for (const entry of entries) entry.isQueued = true;
    this.#queued += entries.length;
    this.#queue.putBack(entries);
    this.#dispatch();
  }

  onGone(worker: PoolWorker): void {
    if (!worker.wasReady) this.#starting--;
    this.#workers.delete(worker);
    this.#forgetIdle(worker);
    this.#send({ type: "WORKER.GONE", wasLetGo: this.#leaving.delete(worker) });
    this.#dispatch();
    this.#windUp();
  }

  /** Gives tasks to workers that have nothing to do, and starts workers for the rest. */
  #dispatch(): void {
    while (this.#queued > 0) {
      const worker = this.#idle.pop();
      if (worker === undefined) break;
      this.#fill(worker);
      // What waits is not for it.
      if (worker.inHand === 0) {
        this.#idle.push(worker);
        break;
      }
    }
    if (this.#queued > 0) this.#fillSoon();
    const isShort = () => this.#starting < this.#queued && this.#workers.size < this.maxWorkers;
    while (isShort() && this.#startWorker());
  }

  /** Gives a worker what it takes; one task if it has nothing in hand and others wait, too. */
  #fill(worker: PoolWorker): void {
    do {
      const entry = this.#queue.peek();
      if (entry === undefined || !worker.takes(entry)) return;
      this.#queue.shift();
      entry.isQueued = false;
      this.#queued--;
      worker.give(entry);
      if (worker.inHand > 1) this.#relief.watch();
    } while (this.#idle.length === 0);
  }

  /** Gives busy workers more when some tasks have come together: each batch wakes a worker up. */
  #fillSoon(): void {
    if (this.#queued % BATCH === 0) this.#fillBusy();
    if (this.#isFilling) return;
    this.#isFilling = true;
    queueMicrotask(() => {
      this.#isFilling = false;
      this.#fillBusy();
    });
  }

  #fillBusy(): void {
    for (const worker of this.#workers) {
      if (worker.inHand > 0 && worker.isLow) this.#fill(worker);
    }
  }

  /** Gives a worker with nothing to do half of what waits longest in the hands of another. */
  #share(): void {
    let richest: PoolWorker | undefined;
    for (const worker of this.#workers) {
      if (worker.waitingMs > (richest?.waitingMs ?? SHARED_MS)) richest = worker;
    }
    if (richest === undefined) return;
    this.onLeft(richest.takeBack(Math.ceil((richest.inHand - 1) / 2)));
  }

  /** Takes back what waits behind tasks that take long; whether there is more to watch. */
  #relieve(longMs: number): boolean {
    let isMore = false;
    for (const worker of this.#workers) {
      const left = worker.relieve(longMs);
      if (left.length > 0) this.onLeft(left);
      if (worker.inHand > 1) isMore = true;
    }
    return isMore;
  }

  /** Starts one more worker; `false` if there may be no more. */
  #startWorker(): boolean {
    const event = { type: "WORKER.START" } as const;
    if (!this.#actor.getSnapshot().can(event)) return false;
    this.#send(event);
    this.#starting++;
    this.#workers.add(new PoolWorker(this, this.#make()));
    return true;
  }

  #make(): WorkerMake {
    const { create, recycleAfter: { tasks = Infinity, heapMiB = Infinity } } = this.#options;
    return {
      create: { ...create, name: `${this.name}_${this.#startedWorkers++}` },
      initializer: this.#initializer,
      inContext: this.#inContext,
      mostTasks: tasks,
      mostHeapMiB: heapMiB,
    };
  }

  #packInitializer(): RunJob | undefined {
    const { initializer, initializerTimeoutMs } = this.#options;
    if (initializer === undefined) return undefined;
    try {
      return prepareRun(initializer, {
        what: "Cannot initialize a worker",
        timeoutMs: initializerTimeoutMs,
        moved: undefined,
      });
    } catch (error) {
      this.#broken(error);
      return undefined;
    }
  }

  /** Workers rest: they are let go if there is nothing to come. */
  #afterwards(): void {
    if (this.#idle.length === 0) return;
    if (this.#refusal === undefined) this.#idleWatch.look(this.#idle[0]?.idleSinceMs ?? 0);
    else this.#windUp();
  }

  /** Lets go whoever has had nothing to do for long; gives since when the next has rested. */
  #letGo(): number | undefined {
    for (const worker of [...this.#idle]) {
      if (!this.#actor.getSnapshot().can(RETIRE)) return undefined;
      if (performance.now() - worker.idleSinceMs < this.#options.idleTimeoutMs) {
        return worker.idleSinceMs;
      }
      this.#retire(worker);
    }
    return undefined;
  }

  #retire(worker: PoolWorker): void {
    this.#forgetIdle(worker);
    if (this.#leaving.has(worker)) return;
    this.#leaving.add(worker);
    this.#send(RETIRE);
    worker.retire();
  }

  #forgetIdle(worker: PoolWorker): void {
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  /** Ends workers that nothing is left for, and then itself. */
  #windUp(): void {
    if (this.#refusal === undefined || this.#queued > 0) return;
    for (const worker of [...this.#workers]) this.#retire(worker);
    if (this.#outstanding > 0 || this.#workers.size > 0) return;
    this.#idleWatch.stop();
    this.#relief.stop();
    this.#send({ type: "EMPTY" });
    const waiting = this.#onShut;
    this.#onShut = [];
    for (const resolve of waiting) resolve();
  }

  #isShut(): boolean {
    return this.#outstanding === 0 && this.#workers.size === 0;
  }

  #broken(error: unknown): void {
    reportError("the interpreter that a pool initializes", error);
    this.#send({ type: "BREAK", error });
  }

  /** Nothing that waits can ever run. */
  #failAll(): void {
    for (const entry of this.#queue.list()) entry.fail(this.#brokenError());
    this.#windUp();
  }

  #brokenError(): BrokenInterpreterPoolError {
    const { error } = this.#actor.getSnapshot().context;
    return new BrokenInterpreterPoolError(
      "Cannot run a task: the pool is broken, because its initializer failed or its workers end as fast as they start; the cause says why",
      { cause: error },
    );
  }

  #throwIfClosed(): void {
    if (this.#refusal === undefined) return;
    if (this.#refusal === "broken") throw this.#brokenError();
    throw shutDownError();
  }

  #send(event: PoolEvent): void {
    this.#actor.send(event);
    this.#refusal = refusalOfTask(this.#actor.getSnapshot());
  }
}
