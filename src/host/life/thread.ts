// One running thread, seen from the host: its port, what it says, and its end. The run in
// progress hears how it ended. Nothing is decided here: whether the thread ends its own actor
// decides (thread_actor.ts), and whether the interpreter runs that of the interpreter.

import { LOADING_MS, type StopOrder } from "../../../actors/thread.ts";
import type { OutputSink } from "../../api/create_options.ts";
import type { RunTrace } from "../../api/tracing.ts";
import type { Channel } from "../../channel/channel.ts";
import { ring } from "../../channel/wake/doorbell.ts";
import { condemn, createGuestBell } from "../../channel/wake/frame_window.ts";
import { ReadShapes } from "../../codec/shapes.ts";
import type { InterpreterTerminatedError } from "../../errors.ts";
import { checkGuestFrame } from "../../protocol/check.ts";
import type { Boot, GuestFrame, HostFrame, Outcome, OutputStream } from "../../protocol/frames.ts";
import { FRAME_WEIGHT, weightOf } from "../../protocol/weight.ts";
import type {
  SpawnOptions,
  Thread,
  ThreadEnd,
  ThreadLimits,
  ThreadUsage,
} from "../../runtime/adapter.ts";
import { adapter } from "../../runtime/detect.ts";
import { ownFile } from "../../runtime/own_files.ts";
import { letProgramExit } from "./exit.ts";
import { Forwarding } from "../stdio/forwarding.ts";
import { Liveness } from "./liveness.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { RunLane } from "../runs/run_lane.ts";
import { ScriptCache } from "../runs/script_cache.ts";
import type { Spare } from "./spares.ts";
import { type Ending, ThreadActor } from "./thread_actor.ts";

/** Frames that end a run. */
export type RunEndFrame = Extract<
  GuestFrame,
  { type: "done" | "failed" | "interrupted" | "unshareable" }
>;
/** Frames that ask something. */
export type RequestFrame = Extract<GuestFrame, { type: "request" }>;
/** Frames about channels, and the shared memory that their items refer to. */
export type ChannelFrame = Extract<
  GuestFrame,
  { type: "deposit" | "discard" | "channelClosed" | "channelsCollected" }
>;
/** Frames that carry output. */
export type OutputFrame = Extract<GuestFrame, { type: "output" }>;
/** Frames that report an error that nobody caught. */
export type UncaughtFrame = Extract<GuestFrame, { type: "uncaught" }>;
/** Frames that answer a call of an interpreter that the guest created. */
export type AnswerFrame = Extract<GuestFrame, { type: "answer" }>;
/** The weight of a frame that makes no sense: no guest of ours sends any. */
const NONSENSE_WEIGHT = 4 * FRAME_WEIGHT;
/** How long a host that blocks waits for a guest to load; it hears of no failure. */
const MAX_LOADING_MS = 2 * LOADING_MS;

type StartFrame = Extract<HostFrame, { type: "run" }>;
type RunFrame = StartFrame | Extract<HostFrame, { type: "interrupt" }>;
/** Whoever runs less often gets no lane. */
const RUNS_BEFORE_LANE = 16;

/** Is told what a thread says. A promise means: no more of that before it is fulfilled. */
export interface ThreadListener {
  onReady(thread: GuestThread): void;
  onUncaught(thread: GuestThread, frame: UncaughtFrame): PromiseLike<void> | undefined;
  onOutput(thread: GuestThread, frame: OutputFrame): PromiseLike<void> | undefined;
  onExit(thread: GuestThread, code: number): void;
  onOutOfMemory(thread: GuestThread): void;
  onRequest(thread: GuestThread, frame: RequestFrame): void;
  onChannel(thread: GuestThread, frame: ChannelFrame): void;
  onAnswer(thread: GuestThread, frame: AnswerFrame): void;
  /** It ended without being asked to. */
  onCrash(thread: GuestThread, end: ThreadEnd): void;
  /** It executes no further instruction, but for native work that nobody can cut short. */
  onEnded(thread: GuestThread, error: InterpreterTerminatedError): void;
  /** It posts more than it may have outstanding. */
  onFlood(thread: GuestThread): void;
  /** It executes no further instruction. */
  onGone(thread: GuestThread): void;
}

/** The run in progress, as its thread sees it. */
export interface RunInProgress {
  /** Its number, which the frames about it name. */
  readonly number: number;
  /** Who hears of its spans, if it is traced. */
  readonly trace: RunTrace | undefined;
  /** The guest says how it ended. */
  onEnd(frame: RunEndFrame): void;
  /** The thread is about to be stopped: a source that is still being compiled will not run. */
  onStopping(): void;
  /** The thread is gone, and the run ends with it. */
  onThreadEnd(error: InterpreterTerminatedError): void;
}

/** The first file of every thread. */
export const ENTRY: URL = ownFile("guest/entry.js");

/** What a thread is started with. */
export interface ThreadOptions {
  readonly id: number;
  readonly name: string;
  readonly boot: Omit<Boot, "guestBell">;
  readonly limits: ThreadLimits;
  readonly permissions: SpawnOptions["permissions"];
  /** A thread that waits for its interpreter; else one is started. */
  readonly spare: Spare | undefined;
  readonly listener: ThreadListener;
}

/** One guest's thread. */
export class GuestThread {
  readonly id: number;
  /** What is remembered of its messages, and of nobody else's. */
  readonly shapes: ReadShapes = new ReadShapes();
  /** The scripts that the guest has. */
  readonly scripts: ScriptCache = new ScriptCache();
  readonly #listener: ThreadListener;
  readonly #thread: Thread;
  readonly #actor: ThreadActor;
  readonly #bell = createGuestBell();
  readonly #acknowledgements = new Acknowledgements(this.#bell);
  readonly #forwarding = new Forwarding((frame) => {
    this.#thread.port.post(frame);
    ring(this.#bell);
  });
  readonly #liveness = new Liveness();
  #letExit: () => void = () => {};
  readonly #usage: Thread["usage"];
  /** Called back when the guest has loaded. */
  readonly #onLoaded: (() => void)[] = [];
  /** A host that blocks waits so long for that, and no longer. */
  readonly #loadedBy: number = performance.now() + MAX_LOADING_MS;
  #run: RunInProgress | undefined;
  /** The last run that was traced: what it has left may still tell of spans. */
  #traced: RunInProgress | undefined;
  #runs = 0;
  #lane: RunLane | undefined;

  constructor({ id, boot: given, listener, spare, ...options }: ThreadOptions) {
    this.id = id;
    this.#listener = listener;
    const boot: Boot = { ...given, guestBell: this.#bell.buffer };
    const onEnd = (end: ThreadEnd) => this.#onEnd(end);
    const thread = spare?.take(onEnd) ??
      adapter.spawn({ ...options, entry: ENTRY, boot, onEnd });
    this.#usage = thread.usage;
    this.#thread = {
      port: thread.port,
      terminate: () => thread.terminate().then(() => this.#letExit()),
    };
    this.#letExit = letProgramExit({
      id,
      kill: () => void thread.terminate(),
      isLeft: () => this.#liveness.isThere() ?? this.#actor.isLost,
    });
    this.#actor = new ThreadActor(this.#thread, {
      hasStopped: () => this.#liveness.hasStopped(),
      onKill: () => condemn(this.#bell),
      onSettled: (order) => {
        // Its last output may still be on the way.
        this.#hearAll();
        const run = this.#run;
        this.#run = undefined;
        if (order === undefined) return;
        run?.onThreadEnd(order.error);
        listener.onEnded(this, order.error);
      },
      onGone: () => {
        this.#hearAll();
        this.#thread.port.close();
        this.#forwarding.abandon();
        listener.onGone(this);
      },
    });
    this.#thread.port.listen((frame) => this.#hear(frame));
    if (spare === undefined) return;
    // It has said "ready" already, to somebody else.
    if (spare.isWarm) this.#acknowledgements.give(0, undefined);
    this.#thread.port.post({ type: "boot", boot });
  }

  /** A run begins; it says itself when it has ended. */
  begin(run: RunInProgress): void {
    this.#run = run;
    this.#runs++;
    if (run.trace !== undefined) this.#traced = run;
  }

  /** The trace of the last run that was traced. */
  get trace(): RunTrace | undefined {
    return this.#traced?.trace;
  }

  /** The run has ended. */
  finish(run: RunInProgress): void {
    if (this.#run === run) this.#run = undefined;
    this.#lane?.finish();
  }

  /** Sends a frame that a guest handles at its next turn; `post` wakes one that blocks. */
  send(frame: RunFrame, moved?: readonly ArrayBuffer[]): void {
    if (frame.type === "run" && moved === undefined && this.#sendOverLane(frame)) return;
    this.#thread.port.post(frame, moved);
  }

  /** Whether a lane is worth its memory: it has run often, and has none. */
  get wantsLane(): boolean {
    return this.#runs === RUNS_BEFORE_LANE;
  }

  /** Sends runs over a lane from now on, as far as they can go there. */
  useLane(calls: Channel, answers: Channel): RunLane {
    return this.#lane = new RunLane({ calls, answers }, (call, bytes) => {
      if (this.isEnding || this.#run?.number !== call) return;
      const value = bytes === null ? null : { bytes, shared: [] };
      this.#run.onEnd({ type: "done", call, value });
    });
  }

  #sendOverLane(frame: StartFrame): boolean {
    const { call, slot, load, channels, values, args, budgetMs, traceparent } = frame;
    if (this.#lane === undefined || load !== null || budgetMs !== null) return false;
    if (
      traceparent !== undefined || channels !== null || values !== null ||
      (args?.shared.length ?? 0) > 0
    ) return false;
    return this.#lane.post([call, slot, args?.bytes ?? null]);
  }

  /** Calls back when the guest has loaded and source can run: now, if it has. */
  whenLoaded(callback: () => void): void {
    if (this.#actor.isLoading) this.#onLoaded.push(callback);
    else callback();
  }

  /** What it uses, as far as the runtime tells; a busy thread tells it late, or never. */
  async usage(): Promise<ThreadUsage> {
    return await this.#usage?.() ?? { heapUsed: null, heapTotal: null, cpuTime: null };
  }

  /** How its end will go on when it has begun. */
  get ending(): Ending {
    return this.#actor.ending;
  }

  /** Whether its end has begun: what is posted to it may not be read any more. */
  get isEnding(): boolean {
    return this.#actor.isEnding;
  }

  /** Answers a request, and wakes the guest if it blocks on it. */
  reply(call: number, outcome: Outcome, moved?: readonly ArrayBuffer[]): void {
    this.post({ type: "reply", call, outcome }, moved);
  }

  /** Sends a frame, and wakes the guest if it blocks. */
  post(frame: HostFrame, moved?: readonly ArrayBuffer[]): void {
    this.#thread.port.post(frame, moved);
    ring(this.#bell);
  }

  /** A sink for output of an interpreter that this one created; `creation` is its own number. */
  forward(creation: number, stream: OutputStream): OutputSink {
    return this.#forwarding.open(creation, stream);
  }

  /** Handles the frames that have arrived, without the event loop. */
  drain(): void {
    this.#acknowledgements.flush();
    this.#hearAll();
    this.#lane?.read();
    this.#actor.check();
    this.#checkLoading();
    if (!this.isEnding && this.#liveness.hasStopped()) this.#onEnd({});
  }

  /** Before it has loaded nobody tells a host that blocks that it has ended. */
  #checkLoading(): void {
    if (this.isEnding || !this.#actor.isLoading || performance.now() < this.#loadedBy) return;
    this.#onEnd({ error: new Error(`it did not load within ${MAX_LOADING_MS} ms`) });
  }

  /**
   * Stops the thread, unless its end has begun. The run in progress, if any, ends with the
   * error when the thread is gone: until then it might still do something. Only native work is
   * not waited for.
   */
  stop(order: StopOrder): void {
    this.#run?.onStopping();
    this.#actor.stop(order);
  }

  /** Whether it was killed, and runs no more, though nobody may have heard of its end yet. */
  get isLost(): boolean {
    return this.#actor.isLost;
  }

  /** Sees a stop that has begun through, without the event loop. */
  finishStopSync(): void {
    this.#actor.finishSync();
  }

  /** The thread ended, or could not load, and nobody had killed it. */
  #onEnd(end: ThreadEnd): void {
    this.#letExit();
    // What it said last may be why.
    this.#hearAll();
    if (!this.isEnding) this.#listener.onCrash(this, end);
    this.#actor.tell("ENDED");
  }

  #hearAll(): void {
    for (let next = this.#thread.port.take(); next !== undefined; next = this.#thread.port.take()) {
      this.#hear(next.frame);
    }
  }

  #hear(raw: unknown): void {
    if (this.#acknowledgements.isFlood) {
      if (!this.isEnding) this.#listener.onFlood(this);
      return;
    }
    const frame = checkGuestFrame(raw);
    const isRunEnd = frame !== undefined && isEndOfRun(frame) && frame.call === this.#run?.number;
    const until = frame === undefined ? undefined : this.#handle(frame);
    // There is one end of a run for each run, and it waits for no room.
    const weight = frame === undefined ? NONSENSE_WEIGHT : isRunEnd ? 0 : weightOf(frame);
    this.#acknowledgements.give(weight, until ?? undefined);
  }

  #handle(frame: GuestFrame): PromiseLike<void> | undefined | void {
    if (frame.type === "loaded") {
      this.#liveness.watch(frame.thread);
      this.#actor.tell("LOADED");
      for (const callback of this.#onLoaded.splice(0)) callback();
      return;
    }
    if (frame.type === "asleep") return this.#actor.tell("ASLEEP");
    if (frame.type === "heeding") return this.#actor.tell("HEEDING");
    if (frame.type === "output") return this.#listener.onOutput(this, frame);
    // What handlers for an exit throw is reported.
    if (frame.type === "uncaught" && this.#actor.isClosing) {
      return this.#listener.onUncaught(this, frame);
    }
    // What else a thread says after its end has begun must not count any more.
    if (this.isEnding) return;
    switch (frame.type) {
      case "ready":
        return this.#listener.onReady(this);
      case "uncaught":
        return this.#listener.onUncaught(this, frame);
      case "spans":
        if (this.#traced?.number === frame.call) this.#traced.trace?.onSpans(frame.text);
        return;
      case "taken":
        return this.#forwarding.taken(frame.creation, frame.stream);
      case "exit":
        return this.#listener.onExit(this, frame.code);
      case "outOfMemory":
        return this.#listener.onOutOfMemory(this);
      case "request":
        return this.#listener.onRequest(this, frame);
      case "deposit":
      case "discard":
      case "channelClosed":
      case "channelsCollected":
        return this.#listener.onChannel(this, frame);
      case "answer":
        return this.#listener.onAnswer(this, frame);
      case "done":
      case "failed":
      case "interrupted":
      case "unshareable":
        if (this.#run?.number === frame.call) this.#run.onEnd(frame);
        return;
    }
  }
}

function isEndOfRun(frame: GuestFrame): frame is RunEndFrame {
  const { type } = frame;
  return type === "done" || type === "failed" || type === "interrupted" || type === "unshareable";
}
