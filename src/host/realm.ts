// The realm of the main interpreter: it owns every other interpreter's thread and
// gives channels their ids.

import type { CreatorCallbacks } from "../api/create_options.ts";
import type { InterpreterActor } from "../api/interpreter_actor.ts";
import type { ChannelOptions } from "../api/options.ts";
import { LONGEST_DELAY_MS, type Realm, type WaitLimits } from "../api/realm.ts";
import type { CheckedRunOptions } from "../api/run_options.ts";
import type { Channel, GiveUp, Settle } from "../channel/channel.ts";
import { setHost } from "../channel/wake/doorbell.ts";
import { decode } from "../codec/decode.ts";
import type { ReadShapes } from "../codec/shapes.ts";
import { InterpreterError } from "../errors.ts";
import type { Packed } from "../protocol/frames.ts";
import type { CheckedCreateOptions, InterpreterInfo } from "../protocol/options.ts";
import { hold, release } from "../runtime/keep_alive.ts";
import { Access } from "./access.ts";
import { HostChannels } from "./channels/channels.ts";
import { Compiler } from "./runs/compiler.ts";
import { FunctionCalls } from "./calls/calls.ts";
import { ended } from "../../actors/ended.ts";
import { notFound } from "./life/ends.ts";
import { type Creation, Interpreters } from "./life/interpreters.ts";
import { block, type Done, toPromise, valueOf } from "./outcome.ts";
import { serve } from "./requests.ts";
import { Reservations } from "./reservations.ts";
import { handedChannels, startRun } from "./runs/run.ts";
import type { ChannelFrame } from "./life/thread.ts";
import { Turnstile } from "./life/creation_queue.ts";
import { waitWithin } from "./channels/waits.ts";

/** How long a guest may take to abandon a run: an answer takes some milliseconds, more on a busy machine. */
const GRACE_MS = 200;

const MAIN: InterpreterInfo = { id: 0, isolated: false, name: "main" };

interface RunRequest {
  readonly id: number;
  readonly source: string;
  readonly options: CheckedRunOptions;
  /** The interpreter that asks; absent: the program. */
  readonly caller?: number;
}

/** The host's side. */
export class HostRealm implements Realm {
  readonly currentId = 0;
  readonly channels: HostChannels = new HostChannels(
    () => this.drain(),
    (guest, channel) => this.#interpreters.tell(guest, { type: "channelClosed", id: channel }),
  );
  readonly access: Access = new Access((id) => this.channels.isOpen(id));
  readonly reservations: Reservations = new Reservations();
  /** Interpreters that others create. */
  readonly creations: Turnstile = new Turnstile();
  readonly functions: FunctionCalls = new FunctionCalls({
    creationOf: (id) => this.#interpreters.get(id),
    isRunning: (id) => this.#interpreters.isRunning(id),
    onHanded: (from, to, channels) => {
      for (const channel of channels) {
        if (from === 0 || this.access.reaches(from, channel)) this.access.grant(to, channel);
      }
    },
  });
  readonly #compiler = new Compiler();
  /** What a host that blocks has to look after itself: its timers and promises do not run. */
  readonly #duties = new Set<() => void>();
  /** Runs that guests wait for, by guest and call. */
  readonly #abortable = new Map<string, AbortController>();
  readonly #interpreters: Interpreters = new Interpreters({
    onRequest: (thread, frame) => serve(this, thread, frame),
    onChannel: ({ id }, frame) => this.#onChannel(id, frame),
    onAnswer: (thread, frame) => this.functions.onAnswer(thread, frame),
    onRunEnd: (thread) => this.functions.onRunEnd(thread),
    onGone: (thread, creation) => {
      this.channels.bury(thread.id);
      this.reservations.bury(thread.id);
      this.functions.onGone(thread, creation);
      this.access.remove(thread.id);
    },
    onCreate: (id, { creator, options }) => this.access.add(id, creator, options),
  });

  constructor() {
    setHost({
      serve: () => this.#serveBlocked(),
      isAlive: (id) => this.#interpreters.isAlive(id),
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
      const giveUp = this.#interpreters.create({ creator: 0, options, callbacks }, (settled) => {
        isDone = true;
        signal?.removeEventListener("abort", onAbort);
        done(settled);
      });
      // With a spare it is done at once.
      if (!isDone) signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  createSync(options: CheckedCreateOptions, callbacks: CreatorCallbacks): InterpreterInfo {
    const creation = { creator: 0, options, callbacks };
    const settled = block<InterpreterInfo>((done) => {
      this.#interpreters.create(creation, done, true);
    }, Infinity);
    if (settled === undefined) throw new Error("Invariant: a wait without a limit has an end");
    return valueOf(settled);
  }

  configure(spares: number): void {
    this.#interpreters.configure(spares);
  }

  /** `create` as a callback. */
  startCreate(creation: Creation, done: Done<InterpreterInfo>): void {
    this.#interpreters.create(creation, done);
  }

  list(): readonly InterpreterInfo[] {
    return [MAIN, ...this.#interpreters.list()];
  }

  describe(id: number): InterpreterInfo | undefined {
    return id === 0 ? MAIN : this.#interpreters.describe(id);
  }

  isRunning(id: number): boolean {
    if (id === 0) return true;
    this.#interpreters.get(id);
    return this.#interpreters.isRunning(id);
  }

  async run(id: number, source: string, options: CheckedRunOptions): Promise<unknown> {
    options.signal?.throwIfAborted();
    const shapes = this.#interpreters.shapesOf(id);
    return unpack(
      await toPromise<Packed | null>((done) => this.startRun({ id, source, options }, done)),
      shapes,
    );
  }

  runSync(id: number, source: string, options: CheckedRunOptions): unknown {
    const shapes = this.#interpreters.shapesOf(id);
    // Timeouts are duties: they are seen to, and the thread is seen to go, while this blocks.
    const settled = this.functions.whileBlocked(id, () =>
      block<Packed | null>(
        (done) => this.startRun({ id, source, options }, done),
        Infinity,
      ));
    if (settled === undefined) throw new Error("Invariant: a wait without a limit has an end");
    return unpack(valueOf(settled), shapes);
  }

  /** `startRun` for a guest, which cannot hand its signal over but may abort by a key. */
  startAbortable(
    { caller, call }: { readonly caller: number; readonly call: number },
    request: RunRequest,
    done: Done<Packed | null>,
  ): void {
    const key = `${caller}:${call}`;
    const controller = new AbortController();
    const options = { ...request.options, signal: controller.signal };
    this.startRun({ ...request, options, caller }, (settled) => {
      this.#abortable.delete(key);
      done(settled);
    });
    this.#abortable.set(key, controller);
    this.functions.startedBy(caller, request.id);
  }

  /** Aborts a run that `startAbortable` started; ignored if it has ended. */
  abort(key: string): void {
    this.#abortable.get(key)?.abort();
  }

  /** `run` as a callback, with its timeout and signal; the value comes undecoded. */
  startRun(request: RunRequest, done: Done<Packed | null>): void {
    const { id, caller, options: { signal, timeoutMs, onTimeout } } = request;
    let aborted = false;
    const onAbort = () => {
      aborted = true;
      void this.#interpreters.end(id, ended(id, "aborted"));
    };
    const context = {
      interpreters: this.#interpreters,
      compiler: this.#compiler,
      lendChannel: (channel: number, to: number) => this.channels.lend(channel, to),
    };
    const terminate = () => void this.#interpreters.end(id, ended(id, "timeout"));
    const interrupt = () => {
      this.#interpreters.interrupt(id);
      // One whose source is still being compiled has ended.
      if (!isOver) cancel = this.#after(GRACE_MS, terminate);
    };
    let cancel = () => {};
    let isOver = false;
    const handed = handedChannels(request.options);
    const tenant = this.access.rootOf(caller ?? id) ?? id;
    const isCompiling = startRun(context, { ...request, tenant }, (settled) => {
      isOver = true;
      cancel();
      signal?.removeEventListener("abort", onAbort);
      done(aborted ? { ok: false, error: signal?.reason } : settled);
    });
    for (const channel of handed) this.access.grant(id, channel);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (timeoutMs >= LONGEST_DELAY_MS) return;
    // Guest or compiler may still be loading: that is not the run's time.
    const arm = () => {
      if (isOver) return;
      cancel = this.#after(timeoutMs, onTimeout === "interrupt" ? interrupt : terminate);
    };
    this.#interpreters.get(id).thread.whenLoaded(() => {
      if (isCompiling) this.#compiler.whenStarted(arm);
      else arm();
    });
  }

  /** Calls back after that time, also while the host blocks; the function returned calls it off. */
  #after(ms: number, callback: () => void): () => void {
    const deadline = performance.now() + ms;
    const duty = () => {
      if (performance.now() >= deadline) fire();
    };
    const fire = () => {
      cancel();
      callback();
    };
    const timer = setTimeout(fire, ms);
    const cancel = () => {
      clearTimeout(timer);
      this.#duties.delete(duty);
    };
    this.#duties.add(duty);
    return cancel;
  }

  async close(id: number): Promise<void> {
    if (id === 0) {
      throw new InterpreterError("Cannot close interpreter 0: it is the main interpreter");
    }
    await held(this.#interpreters.close(id));
  }

  closeSync(id: number): void {
    if (id === 0) {
      throw new InterpreterError("Cannot close interpreter 0: it is the main interpreter");
    }
    this.#interpreters.closeSync(id);
  }

  async terminate(id: number, reason: string): Promise<void> {
    if (id === 0) {
      throw new InterpreterError("Cannot terminate interpreter 0: it is the main interpreter");
    }
    await held(this.#interpreters.end(id, ended(id, reason)));
  }

  actor(id: number): InterpreterActor {
    if (id === 0) {
      throw new InterpreterError(
        "Cannot get the actor of interpreter 0: the main interpreter has none",
      );
    }
    const actor = this.#interpreters.find(id);
    if (actor === undefined) throw notFound(id);
    return actor;
  }

  /** Gives an interpreter the next bytes of its standard input. */
  readInput(id: number, length: number, done: Done<Uint8Array | null>): void {
    const input = this.#interpreters.inputOf(id);
    if (input === undefined) done({ ok: true, value: null });
    else input.read(length, this.functions.isBlockedOn(id), done);
  }

  createChannel(options: Required<ChannelOptions>): number {
    return this.channels.create(options).id;
  }

  openChannel(id: number): Channel | undefined {
    return this.channels.open(id);
  }

  listChannels(): readonly number[] {
    return this.channels.list();
  }

  wait<A>(start: (settle: Settle<A>) => GiveUp, limits: WaitLimits): Promise<A> {
    return waitWithin(start, limits);
  }

  /** Answers a guest when a thread is gone. */
  whenGone(id: number, gone: Promise<void>, done: Done<null>): void {
    const answer = (settled: Parameters<typeof done>[0]) => {
      if (this.#duties.delete(duty)) done(settled);
    };
    const duty = () => {
      if (!this.#interpreters.isAlive(id)) answer({ ok: true, value: null });
    };
    this.#duties.add(duty);
    gone.then(
      () => answer({ ok: true, value: null }),
      (error: unknown) => answer({ ok: false, error }),
    );
  }

  /** What an interpreter was created with. */
  optionsOf(id: number): CheckedCreateOptions {
    return this.#interpreters.get(id).options;
  }

  /** Handles the frames that have arrived, in the middle of something else. */
  drain(): void {
    this.functions.deferring(() => this.#interpreters.drain());
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
    this.#compiler.check();
    this.#interpreters.drain();
    this.functions.flush();
    for (const duty of [...this.#duties]) duty();
  }
}

function unpack(packed: Packed | null, shapes: ReadShapes | undefined): unknown {
  return packed === null ? undefined : decode(packed.bytes, packed.shared, { shapes });
}

async function held(promise: Promise<void>): Promise<void> {
  hold();
  try {
    await promise;
  } finally {
    release();
  }
}
