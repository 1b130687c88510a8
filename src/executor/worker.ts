// One worker of a pool: an interpreter, what it has in hand, and the actor whose state tells what
// it may be given. It does what it has in hand one by one. All but the first has not begun, and
// can be taken back.

import { createActor } from "xstate";
import {
  type PoolWorkerActorRef,
  type PoolWorkerEvent,
  poolWorkerMachine,
} from "../../actors/pool_worker.ts";
import { create } from "../api/create.ts";
import type { CreateOptions } from "../api/create_options.ts";
import type { Interpreter } from "../api/interpreter.ts";
import type { TaskEnd } from "../api/pool/outcome.ts";
import type { RunJob } from "../api/pool/run_job.ts";
import {
  InterpreterError,
  InterpreterNotFoundError,
  InterpreterTerminatedError,
} from "../errors.ts";
import type { InContext } from "../runtime/async_context.ts";
import { reportError } from "../runtime/program.ts";
import { post, type Posted } from "./connection.ts";
import type { Entry } from "./entry.ts";
import { HeapWatch } from "./heap_watch.ts";

/** Who is told how a worker stands. */
export interface WorkerOwner {
  /** It is there, and idle. */
  onReady(worker: PoolWorker): void;
  /** It has room for one more task. */
  onRoom(worker: PoolWorker): void;
  /** It could not be made: `isFinal` says that no other could. */
  onNotMade(worker: PoolWorker, error: unknown, isFinal: boolean): void;
  /** These have not begun, and never will there. */
  onLeft(entries: readonly Entry[]): void;
  /** It is gone. */
  onGone(worker: PoolWorker): void;
}

/** What a worker is made with. */
export interface WorkerMake {
  readonly create: CreateOptions;
  /** What runs in it first. */
  readonly initializer: RunJob | undefined;
  /** Where it is created and runs source, whoever needs it. */
  readonly inContext: InContext;
  /** It makes room for a fresh one after so many tasks. */
  readonly mostTasks: number;
  /** It makes room for a fresh one when its heap holds more. */
  readonly mostHeapMiB: number;
}

/** One worker. */
export class PoolWorker {
  /** When it came to rest, in milliseconds. */
  idleSinceMs = 0;
  /** How many tasks it has done. */
  tasks = 0;
  /** Whether it has been there. */
  wasReady = false;
  readonly #owner: WorkerOwner;
  readonly #make: WorkerMake;
  readonly #actor: PoolWorkerActorRef;
  readonly #creation = new AbortController();
  /** In the order in which it does them. */
  readonly #inHand = new Set<Entry>();
  /** Tasks that had not begun when it ended. */
  readonly #left: Entry[] = [];
  readonly #heap: HeapWatch | undefined;
  #interpreter: Interpreter | undefined;
  #unwatch: () => void = () => {};
  #takesWork = false;
  /** How many it may have in hand of what it was given last. */
  #depth = 1;
  /** When what is in hand first began. */
  #headSinceMs = 0;

  constructor(owner: WorkerOwner, make: WorkerMake) {
    this.#owner = owner;
    this.#make = make;
    this.#heap = make.mostHeapMiB === Infinity ? undefined : new HeapWatch(make.mostHeapMiB);
    this.#actor = createActor(poolWorkerMachine, {
      input: {
        end: () => void this.#end(),
        bury: () => {
          this.#unwatch();
          const left = [...this.#left, ...this.takeBack(Infinity)];
          this.#inHand.clear();
          this.#owner.onLeft(left);
          this.#owner.onGone(this);
        },
      },
    });
    // Without an observer XState throws an actor's error from a timer, which ends the process.
    this.#actor.subscribe({ error: (error) => reportError("a worker of a pool", error) });
    this.#actor.start();
    void make.inContext(() => this.#start());
  }

  /** How many tasks it has in hand. */
  get inHand(): number {
    return this.#inHand.size;
  }

  get isIdle(): boolean {
    return this.#actor.getSnapshot().value === "idle";
  }

  /** Whether it should be given more: tasks go in batches, because each wakes it up. */
  get isLow(): boolean {
    return this.#inHand.size * 2 <= this.#depth;
  }

  /** What it has in hand is known to take so long, but for the first. */
  get waitingMs(): number {
    const [head] = this.#inHand;
    return head === undefined || head.isOver
      ? 0
      : (this.#inHand.size - 1) * (head.job.kind?.ms ?? 0);
  }

  /** Whether it may be given this task: one at a time, unless all are known to be short. */
  takes(entry: Entry): boolean {
    const { size } = this.#inHand;
    if (!this.#takesWork || this.tasks + size >= this.#make.mostTasks) return false;
    if (size === 0) return true;
    const { kind } = entry.job;
    return kind !== undefined && size < kind.depth && this.#isShort();
  }

  /** Gives it a task. */
  give(entry: Entry): void {
    const { id } = this.#interpreter ?? {};
    if (id === undefined) throw new Error("Invariant: a worker that starts has no tasks");
    if (this.#inHand.size === 0) {
      if (this.isIdle) this.#send({ type: "WORK" });
      this.#headSinceMs = performance.now();
      entry.begin(this.#headSinceMs);
    }
    this.#inHand.add(entry);
    this.#depth = entry.job.kind?.depth ?? 1;
    entry.worker = this;
    try {
      const { job } = entry;
      const send = (): Posted => post(id, job, new Delivery(this, entry));
      entry.post(job.kind === undefined ? this.#make.inContext(send) : send());
    } catch (error) {
      // Whoever gives tasks one after the other must not be called in the middle of that.
      queueMicrotask(() => this.onFailed(entry, error));
    }
  }

  /** Takes back so many tasks that have not begun, the last ones; in their order. */
  takeBack(most: number): Entry[] {
    const taken: Entry[] = [];
    for (const entry of [...this.#inHand].toReversed()) {
      if (taken.length >= most || !entry.takeBack()) break;
      this.#inHand.delete(entry);
      entry.worker = undefined;
      taken.push(entry);
    }
    return taken.toReversed();
  }

  /** Takes back what waits behind a task that takes longer than such tasks did. */
  relieve(longMs: number): Entry[] {
    if (this.#inHand.size < 2 || performance.now() - this.#headSinceMs < longMs) return [];
    const [head] = this.#inHand;
    if (head?.isOver === false) head.job.kind?.isSlow();
    // The first stays, even if it has not been received yet: another could not begin it sooner.
    return this.takeBack(this.#inHand.size - 1);
  }

  /** A task in hand is over before it began. */
  drop(entry: Entry): void {
    if (!this.#inHand.delete(entry)) return;
    this.#beginNext();
    this.#owner.onRoom(this);
  }

  /** It has nothing to do. */
  rest(): void {
    this.idleSinceMs = performance.now();
    if (this.tasks >= this.#make.mostTasks) this.#send({ type: "RECYCLE" });
    this.#send({ type: "REST" });
  }

  /** Ends it as soon as it has nothing in hand. */
  retire(): void {
    this.#send({ type: "RETIRE" });
  }

  /** Ends it at once, with what it has in hand. */
  kill(reason: string): void {
    void this.#interpreter?.terminate(reason);
  }

  #isShort(): boolean {
    for (const entry of this.#inHand) {
      // The last of a kind tells enough: they came by the same rule.
      return !entry.isOver && (entry.job.kind?.depth ?? 1) > 1;
    }
    return true;
  }

  #measure(entry: Entry): void {
    // One that was aborted meanwhile has no job any more.
    if (!entry.isOver) entry.job.kind?.measured(performance.now() - this.#headSinceMs);
  }

  /** A task has a result. */
  onSucceeded(entry: Entry, value: unknown): void {
    this.#measure(entry);
    entry.succeed(value);
    this.#done(entry);
  }

  /** A task failed, or could not begin. */
  onFailed(entry: Entry, error: unknown): void {
    // It was taken back meanwhile.
    if (entry.worker !== this) return;
    const isGone = error instanceof InterpreterNotFoundError;
    const hasEnded = isGone || error instanceof InterpreterTerminatedError;
    if (!hasEnded || entry.isOver || entry.hasBegun()) {
      entry.fail(error);
      this.#done(entry);
      return;
    }
    this.#inHand.delete(entry);
    entry.worker = undefined;
    entry.begunMs = 0;
    if (this.#actor.getSnapshot().status === "done") this.#owner.onLeft([entry]);
    else this.#left.push(entry);
    if (isGone) this.#send({ type: "DIED" });
  }

  #done(entry: Entry): void {
    entry.worker = undefined;
    if (!this.#inHand.delete(entry)) return;
    this.tasks++;
    this.#beginNext();
    if (this.#heap?.isDue(this) === true) void this.#lookAtHeap(this.#heap);
    else this.#owner.onRoom(this);
  }

  #beginNext(): void {
    const [head] = this.#inHand;
    if (head === undefined || head.begunMs > 0) return;
    this.#headSinceMs = performance.now();
    head.begin(this.#headSinceMs);
  }

  /** Looks at the heap before it is given anything else. */
  async #lookAtHeap(heap: HeapWatch): Promise<void> {
    const { id } = this.#interpreter ?? {};
    this.#takesWork = false;
    if (id !== undefined && await heap.isTooMuch(id)) this.#send({ type: "RECYCLE" });
    this.#takesWork = this.#actor.getSnapshot().can({ type: "WORK" });
    this.#owner.onRoom(this);
  }

  async #start(): Promise<void> {
    const { create: options, initializer } = this.#make;
    try {
      const interpreter = await create({ ...options, signal: this.#creation.signal });
      this.#interpreter = interpreter;
      this.#watch(interpreter);
      if (initializer !== undefined) await initialize(interpreter.id, initializer);
      this.#send({ type: "READY" });
      if (this.isIdle) {
        this.wasReady = true;
        this.idleSinceMs = performance.now();
        this.#owner.onReady(this);
      }
    } catch (error) {
      if (this.#creation.signal.aborted) this.#send({ type: "GONE" });
      // Nobody waits for it any more: its initializer was ended with it.
      if (this.#actor.getSnapshot().matches("ending") || this.#creation.signal.aborted) return;
      const hasInterpreter = this.#interpreter !== undefined;
      // Threads may be had again later; what is wrong with the options stays wrong.
      const isFinal = hasInterpreter || !(error instanceof InterpreterError);
      this.#owner.onNotMade(this, error, isFinal);
      this.#send({ type: hasInterpreter ? "RETIRE" : "DIED" });
    }
  }

  #watch({ id, actor }: Interpreter): void {
    const subscription = actor.subscribe(({ value }) => {
      if (value !== "closed") return;
      if (this.isIdle && this.tasks === 0) {
        const error = new InterpreterError(`Interpreter ${id} ended before it had done a task`);
        this.#owner.onNotMade(this, error, false);
      }
      this.#send({ type: "DIED" });
    });
    this.#unwatch = () => subscription.unsubscribe();
  }

  async #end(): Promise<void> {
    this.#unwatch();
    const interpreter = this.#interpreter;
    if (interpreter === undefined) {
      this.#creation.abort();
      return;
    }
    try {
      await interpreter.close();
    } catch {
      // It runs an initializer, or somebody else's source; or it has ended meanwhile.
      await interpreter.terminate("retired");
    }
    this.#send({ type: "GONE" });
  }

  #send(event: PoolWorkerEvent): void {
    this.#actor.send(event);
    this.#takesWork = this.#actor.getSnapshot().can({ type: "WORK" });
  }
}

/** Takes the end of one task; one object is cheaper than two functions. */
class Delivery implements TaskEnd {
  readonly #worker: PoolWorker;
  readonly #entry: Entry;

  constructor(worker: PoolWorker, entry: Entry) {
    this.#worker = worker;
    this.#entry = entry;
  }

  succeed(value: unknown): void {
    this.#worker.onSucceeded(this.#entry, value);
  }

  fail(error: unknown): void {
    this.#worker.onFailed(this.#entry, error);
  }
}

function initialize(id: number, job: RunJob): Promise<void> {
  return new Promise((resolve, reject) => {
    post(id, job, { succeed: () => resolve(), fail: reject });
  });
}
