// One worker of a pool: an interpreter, what it has in hand, and the actor whose state tells what
// it may be given.

import { createActor } from "xstate";
import {
  type PoolWorkerActorRef,
  type PoolWorkerEvent,
  poolWorkerMachine,
} from "../../actors/pool_worker.ts";
import { create } from "../api/create.ts";
import type { CreateOptions } from "../api/create_options.ts";
import type { Interpreter } from "../api/interpreter.ts";
import { InterpreterError, InterpreterNotFoundError } from "../errors.ts";
import { reportError } from "../runtime/program.ts";
import { type Connection, runsIn } from "./connection.ts";
import type { Entry } from "./entry.ts";
import type { PackedJob } from "./packed_job.ts";

/** Who is told how a worker stands. */
export interface WorkerOwner {
  /** It is there, and idle. */
  onReady(worker: PoolWorker): void;
  /** It has done a task. */
  onDone(worker: PoolWorker, entry: Entry): void;
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
  readonly initializer: PackedJob | undefined;
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
  readonly #actor: PoolWorkerActorRef;
  readonly #creation = new AbortController();
  readonly #inHand = new Set<Entry>();
  #interpreter: Interpreter | undefined;
  #connection: Connection | undefined;
  #unwatch: () => void = () => {};
  #takesWork = false;

  constructor(owner: WorkerOwner, make: WorkerMake) {
    this.#owner = owner;
    this.#actor = createActor(poolWorkerMachine, {
      input: {
        end: () => void this.#end(),
        bury: () => {
          this.#unwatch();
          this.#owner.onLeft(this.#takeBack());
          this.#owner.onGone(this);
        },
      },
    });
    // Without an observer XState throws an actor's error from a timer, which ends the process.
    this.#actor.subscribe({ error: (error) => reportError("a worker of a pool", error) });
    this.#actor.start();
    void this.#start(make);
  }

  /** Whether it may be given one more task. */
  get takesWork(): boolean {
    return this.#takesWork && this.#inHand.size === 0;
  }

  get isBusy(): boolean {
    return this.#inHand.size > 0;
  }

  get isIdle(): boolean {
    return this.#actor.getSnapshot().value === "idle";
  }

  get id(): number | undefined {
    return this.#interpreter?.id;
  }

  has(entry: Entry): boolean {
    return this.#inHand.has(entry);
  }

  /** Gives it a task. */
  give(entry: Entry): void {
    const connection = this.#connection;
    if (connection === undefined) throw new Error("Invariant: a worker that starts has no tasks");
    if (this.#inHand.size === 0 && this.isIdle) this.#send({ type: "WORK" });
    this.#inHand.add(entry);
    entry.begin();
    entry.post(connection.post(entry.packed, {
      succeed: (value) => {
        entry.succeed(value);
        this.#done(entry);
      },
      fail: (error) => {
        if (error instanceof InterpreterNotFoundError) this.#return(entry);
        else {
          entry.fail(error);
          this.#done(entry);
        }
      },
    }));
  }

  /** It has nothing to do. */
  rest(): void {
    this.idleSinceMs = performance.now();
    this.#send({ type: "REST" });
  }

  /** Ends it as soon as it has nothing in hand. */
  retire(): void {
    this.#send({ type: "RETIRE" });
  }

  /** Lets it make room for a fresh one. */
  recycle(): void {
    this.#send({ type: "RECYCLE" });
  }

  /** Ends it at once, with what it has in hand. */
  kill(reason: string): void {
    void this.#interpreter?.terminate(reason);
  }

  /** The interpreter was gone before the task could begin. */
  #return(entry: Entry): void {
    this.#inHand.delete(entry);
    this.#owner.onLeft([entry]);
    this.#send({ type: "DIED" });
  }

  #done(entry: Entry): void {
    if (!this.#inHand.delete(entry)) return;
    this.tasks++;
    this.#owner.onDone(this, entry);
  }

  async #start({ create: options, initializer }: WorkerMake): Promise<void> {
    try {
      const interpreter = await create({ ...options, signal: this.#creation.signal });
      this.#interpreter = interpreter;
      const { id } = interpreter;
      this.#watch(interpreter);
      this.#connection = runsIn(id);
      if (initializer !== undefined) await this.#initialize(this.#connection, initializer);
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

  #initialize(connection: Connection, job: PackedJob): Promise<void> {
    return new Promise((resolve, reject) => {
      connection.post(job, { succeed: () => resolve(), fail: reject });
    });
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

  /** What has not begun, in its order; what has begun ends by itself. */
  #takeBack(): Entry[] {
    const left = [...this.#inHand].filter((entry) => entry.takeBack());
    this.#inHand.clear();
    return left;
  }
}
