// The realm of the main interpreter. It has the parts of the host, each of which does one
// thing, and turns their callbacks into promises or into waits that block.

import type { CreatorCallbacks } from "../api/create_options.ts";
import type { InterpreterActor } from "../api/interpreter_actor.ts";
import type { StoredChannelOptions, StoredQueueOptions } from "../api/options.ts";
import type { LaneEnds, NumberedPool, Pull, Realm, Start, WaitLimits } from "../api/realm.ts";
import type { CheckedPoolOptions, Pool } from "../api/pool/pool.ts";
import type { CheckedRunOptions } from "../api/run_options.ts";
import { begunTrace, type RunTrace } from "../api/tracing.ts";
import type { Channel } from "../channel/channel.ts";
import { setHost } from "../channel/wake/doorbell.ts";
import { isPoolKey } from "../codec/handles.ts";
import { receive } from "../codec/receive.ts";
import type { ReadShapes } from "../codec/shapes.ts";
import { type Excinfo, InterpreterError } from "../errors.ts";
import type { LoadedScript, Packed } from "../protocol/frames.ts";
import type { CheckedCreateOptions, InterpreterInfo } from "../protocol/options.ts";
import { captureContext } from "../runtime/async_context.ts";
import { hold, release } from "../runtime/keep_alive.ts";
import { Access } from "./access.ts";
import { creates } from "./diagnostics.ts";
import { HostChannels } from "./channels/channels.ts";
import { Compiler } from "./runs/compiler.ts";
import { FunctionCalls } from "./calls/calls.ts";
import { Lanes } from "./calls/lanes.ts";
import { mapExcinfo } from "../source/positions.ts";
import { prepareFunction, prepareFunctionQuickly } from "./runs/functions.ts";
import { ended } from "../../actors/ended.ts";
import { notFound } from "./life/ends.ts";
import { type Creation, Interpreters } from "./life/interpreters.ts";
import { block, type Done, toPromise } from "./outcome.ts";
import { Pools } from "./pools/pools.ts";
import { serve } from "./requests.ts";
import { Reservations } from "./reservations.ts";
import { type Run, type RunRequest, startRun } from "./runs/run.ts";
import type { ChannelFrame } from "./life/thread.ts";
import { Timers } from "./timers.ts";
import { CreationQueue } from "./life/creation_queue.ts";
import { HostPull, waitWithin } from "./channels/waits.ts";

const MAIN: InterpreterInfo = { id: 0, isolated: false, name: "main", whence: "main" };

/** The realm of the main interpreter. */
export class HostRealm implements Realm {
  readonly currentId = 0;
  readonly channels: HostChannels = new HostChannels(
    () => this.drain(),
    (guest, channel) => this.interpreters.tell(guest, { type: "channelClosed", id: channel }),
  );
  readonly access: Access = new Access((key) =>
    isPoolKey(key) ? this.pools.isThere(key) : this.channels.isOpen(key)
  );
  readonly pools: Pools = new Pools();
  readonly reservations: Reservations = new Reservations();
  /** Interpreters that others create. */
  readonly creations: CreationQueue = new CreationQueue();
  readonly functions: FunctionCalls = new FunctionCalls({
    creationOf: (id) => this.interpreters.get(id),
    isRunning: (id) => this.interpreters.isRunning(id),
    onHanded: (from, to, channels) => {
      for (const channel of channels) {
        if (from === 0 || this.access.reaches(from, channel)) this.access.grant(to, channel);
      }
    },
  });
  readonly compiler: Compiler = new Compiler();
  readonly timers: Timers = new Timers();
  /** Runs that interpreters have asked for and may abort. */
  readonly #asked = new Map<string, Run>();
  readonly interpreters: Interpreters = new Interpreters({
    onRequest: (thread, frame) => serve(this, thread, frame),
    onChannel: ({ id }, frame) => this.#onChannel(id, frame),
    onAnswer: (thread, frame) => this.functions.onAnswer(thread, frame),
    onEnded: ({ id }, error) => this.lanes.onEnded(id, error),
    onGone: (thread, creation) => {
      this.channels.bury(thread.id);
      this.lanes.onGone(thread.id);
      this.reservations.bury(thread.id);
      this.functions.onGone(thread, creation);
      this.pools.onGone(thread.id);
      this.access.remove(thread.id);
    },
    onCreate: (id, creation) => {
      this.access.add(id, creation.creator, creation.options);
      this.functions.onCreate(creation);
    },
  });

  readonly lanes: Lanes = new Lanes({
    interpreters: this.interpreters,
    channels: this.channels,
    countsFor: (id) => this.access.rootOf(id) ?? id,
  });

  constructor() {
    setHost({
      serve: () => this.#serveBlocked(),
      isAlive: (id) => this.interpreters.isAlive(id),
    });
  }

  create(
    options: CheckedCreateOptions,
    { callbacks, signal }: {
      readonly callbacks: CreatorCallbacks;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<InterpreterInfo> {
    return toPromise<InterpreterInfo>((done) => {
      const onAbort = () => {
        giveUp();
        done({ ok: false, error: signal?.reason });
      };
      let isDone = false;
      const giveUp = this.interpreters.create(ownCreation(options, callbacks), (settled) => {
        isDone = true;
        signal?.removeEventListener("abort", onAbort);
        done(settled);
      });
      // With a spare it is done at once.
      if (!isDone) signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  createSync(options: CheckedCreateOptions, callbacks: CreatorCallbacks): InterpreterInfo {
    const creation = ownCreation(options, callbacks);
    return block<InterpreterInfo>((done) => void this.interpreters.create(creation, done, true));
  }

  configure(spares: number): void {
    this.interpreters.configure(spares);
  }

  /** `create` as a callback. */
  startCreate(creation: Creation, done: Done<InterpreterInfo>): void {
    this.interpreters.create(creation, done);
  }

  list(): readonly InterpreterInfo[] {
    return [MAIN, ...this.interpreters.list()];
  }

  describe(id: number): InterpreterInfo | undefined {
    return id === 0 ? MAIN : this.interpreters.describe(id);
  }

  isRunning(id: number): boolean {
    if (id === 0) return true;
    this.interpreters.get(id);
    return this.interpreters.isRunning(id);
  }

  async run(id: number, source: string, options: CheckedRunOptions): Promise<unknown> {
    options.signal?.throwIfAborted();
    const shapes = this.interpreters.shapesOf(id);
    const request = { id, source, options, trace: begunTrace() };
    return unpack(
      await toPromise<Packed | null>((done) => void startRun(this, request, done)),
      shapes,
    );
  }

  runSync(id: number, source: string, options: CheckedRunOptions): unknown {
    const shapes = this.interpreters.shapesOf(id);
    const packed = this.functions.whileBlocked(
      id,
      () => block<Packed | null>((done) => void startRun(this, { id, source, options }, done)),
    );
    return unpack(packed, shapes);
  }

  /**
   * Starts a run that an interpreter asks for, which may abort it by its key.
   *
   * @param key The asking interpreter and the number of its request.
   */
  startAskedRun(key: string, request: RunRequest, done: Done<Packed | null>): void {
    const run = startRun(this, request, (settled) => {
      this.#asked.delete(key);
      done(settled);
    });
    if (!run.isOver) this.#asked.set(key, run);
  }

  /** Aborts a run that `startAskedRun` started; ignored if it has ended. */
  abort(key: string): void {
    this.#asked.get(key)?.abort();
  }

  async close(id: number): Promise<void> {
    if (id === 0) {
      throw new InterpreterError("Cannot close interpreter 0: it is the main interpreter");
    }
    await held(this.interpreters.close(id));
  }

  closeSync(id: number): void {
    if (id === 0) {
      throw new InterpreterError("Cannot close interpreter 0: it is the main interpreter");
    }
    this.interpreters.closeSync(id);
  }

  async terminate(id: number, reason: string): Promise<void> {
    if (id === 0) {
      throw new InterpreterError("Cannot terminate interpreter 0: it is the main interpreter");
    }
    await held(this.interpreters.end(id, ended(id, reason)));
  }

  actor(id: number): InterpreterActor {
    if (id === 0) {
      throw new InterpreterError(
        "Cannot get the actor of interpreter 0: the main interpreter has none",
      );
    }
    const actor = this.interpreters.find(id);
    if (actor === undefined) throw notFound(id);
    return actor;
  }

  /** Reads the next bytes of an interpreter's standard input. */
  readInput(id: number, length: number, done: Done<Uint8Array | null>): void {
    const input = this.interpreters.inputOf(id);
    if (input === undefined) done({ ok: true, value: null });
    else input.read(length, this.functions.isBlockedOn(id), done);
  }

  openLane(id: number, isInTurn: boolean, onEnd: (error: Error) => void): LaneEnds {
    return this.lanes.open(id, isInTurn, onEnd);
  }

  prepare(id: number, source: string, filename: string): LoadedScript | Promise<LoadedScript> {
    const request = { id, source, filename, caller: id };
    return prepareFunctionQuickly(this, request) ??
      toPromise<LoadedScript>((done) => prepareFunction(this, request, done));
  }

  trace(excinfo: Excinfo): Excinfo {
    return mapExcinfo(excinfo);
  }

  createPool(options: CheckedPoolOptions): NumberedPool {
    return this.pools.create(options);
  }

  findPool(id: number): Pool {
    return this.pools.find(id);
  }

  createChannel(options: StoredChannelOptions): number {
    return this.channels.create(options).id;
  }

  createQueue(options: StoredQueueOptions): number {
    return this.channels.createQueue(options).id;
  }

  openChannel(id: number): Channel | undefined {
    return this.channels.open(id);
  }

  listChannels(): readonly number[] {
    return this.channels.list();
  }

  wait<A>(start: Start<A>, limits: WaitLimits): Promise<A> {
    return waitWithin(start, limits);
  }

  pull(channel: Channel): Pull {
    return new HostPull(channel);
  }

  /** Answers a guest when a thread is gone. */
  whenGone(id: number, gone: Promise<void>, done: Done<null>): void {
    let isAnswered = false;
    const answer: Done<null> = (settled) => {
      if (isAnswered) return;
      isAnswered = true;
      unwatch();
      done(settled);
    };
    const unwatch = this.timers.watch(() => {
      if (!this.interpreters.isAlive(id)) answer({ ok: true, value: null });
    });
    gone.then(
      () => answer({ ok: true, value: null }),
      (error: unknown) => answer({ ok: false, error }),
    );
  }

  /** The trace of a run that an interpreter asks for: what hears of the caller's spans hears of its. */
  traceOf(caller: number, traceparent: string | undefined): RunTrace | undefined {
    if (traceparent === undefined) return undefined;
    const trace = this.interpreters.get(caller).thread.trace;
    return trace === undefined ? undefined : { ...trace, traceparent };
  }

  /** What an interpreter was created with. */
  optionsOf(id: number): CheckedCreateOptions {
    return this.interpreters.get(id).options;
  }

  /** Handles the frames that have arrived, in the middle of something else: no function is called. */
  drain(): void {
    this.functions.deferring(() => this.interpreters.drain());
  }

  #onChannel(id: number, frame: ChannelFrame): void {
    switch (frame.type) {
      case "deposit": {
        const channels = frame.channels.filter((channel) => this.access.reaches(id, channel));
        return this.channels.deposit(id, { ...frame, channels });
      }
      case "discard":
        return this.channels.discard(id, frame.token);
      case "channelClosed":
        return this.channels.onClosed(frame.id, id);
      case "channelsCollected":
        return this.channels.onCollected(frame.ids, id);
    }
  }

  #serveBlocked(): void {
    this.compiler.check();
    this.interpreters.drain();
    this.functions.flush();
    this.timers.check();
  }
}

/** What the program creates. Functions and listeners ask where it did so. */
function ownCreation(options: CheckedCreateOptions, callbacks: CreatorCallbacks): Creation {
  const isContextNeeded = options.functions.length > 0 || creates.isHeard;
  const context = isContextNeeded ? captureContext() : undefined;
  return { creator: 0, options, callbacks: { ...callbacks, context } };
}

function unpack(packed: Packed | null, shapes: ReadShapes | undefined): unknown {
  return packed === null ? undefined : receive("The result", packed, { shapes });
}

async function held(promise: Promise<void>): Promise<void> {
  hold();
  try {
    await promise;
  } finally {
    release();
  }
}
