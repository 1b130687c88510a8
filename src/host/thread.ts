// One running thread, seen from the host: its port, the run in progress, and its
// end. It decides nothing about the interpreter's state; the actor does.

import { createBell, ring } from "../channel/doorbell.ts";
import type { InterpreterTerminatedError } from "../errors.ts";
import { checkGuestFrame } from "../protocol/check.ts";
import type { Boot, GuestFrame, HostFrame, Outcome, PassedChannels } from "../protocol/frames.ts";
import type { Thread, ThreadEnd } from "../runtime/adapter.ts";
import { adapter } from "../runtime/detect.ts";
import type { Prepared } from "../source/rewrite.ts";
import { ScriptSlots } from "./slots.ts";
import { Stopping } from "./stopping.ts";

/** Frames that end a run. */
export type RunEndFrame = Extract<GuestFrame, { type: "done" | "failed" | "unshareable" }>;
/** Frames that ask something. */
export type RequestFrame = Extract<GuestFrame, { type: "request" }>;
/** Frames that hand over shared memory on behalf of an item, or take it back. */
export type DepositFrame = Extract<GuestFrame, { type: "deposit" | "discard" }>;
/** Frames that answer a call of an interpreter that the guest created. */
export type AnswerFrame = Extract<GuestFrame, { type: "answer" }>;
type RunFrame = Extract<HostFrame, { type: "run" }>;

/** Whom a thread tells what it hears. */
export interface ThreadListener {
  onReady(thread: GuestThread): void;
  onRunEnd(thread: GuestThread, ok: boolean): void;
  onUncaught(thread: GuestThread, frame: Extract<GuestFrame, { type: "uncaught" }>): void;
  onExit(thread: GuestThread, code: number): void;
  onRequest(thread: GuestThread, frame: RequestFrame): void;
  onDeposit(thread: GuestThread, frame: DepositFrame): void;
  onAnswer(thread: GuestThread, frame: AnswerFrame): void;
  /** It ended without being asked to. */
  onCrash(thread: GuestThread, end: ThreadEnd): void;
  /** It executes no further instruction. */
  onGone(thread: GuestThread): void;
}

/** How a run ended, before its value is decoded. */
export type RunEnd = RunEndFrame | {
  readonly type: "ended";
  readonly error: InterpreterTerminatedError;
};

/** What a run starts with. */
export interface RunStart {
  readonly prepared: Prepared;
  readonly filename: string;
  readonly wantsValue: boolean;
  readonly channels: PassedChannels | null;
}

interface Run {
  readonly call: number;
  readonly done: (end: RunEnd) => void;
}

const ENTRY = new URL(
  `../guest/entry${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`,
  import.meta.url,
);

/** What a thread is started with. */
export interface ThreadOptions {
  readonly id: number;
  readonly name: string;
  readonly boot: Omit<Boot, "guestBell">;
  readonly listener: ThreadListener;
}

/** One guest's thread. */
export class GuestThread {
  readonly id: number;
  readonly #listener: ThreadListener;
  readonly #thread: Thread;
  readonly #stopping: Stopping;
  readonly #bell: Int32Array = createBell();
  readonly #slots = new ScriptSlots();
  #lastCall = 0;
  #run: Run | undefined;
  #gone: Promise<void> | undefined;

  constructor({ id, name, boot, listener }: ThreadOptions) {
    this.id = id;
    this.#listener = listener;
    this.#thread = adapter.spawn({
      entry: ENTRY,
      name,
      boot: { ...boot, guestBell: this.#bell.buffer as SharedArrayBuffer },
      onEnd: (end) => listener.onCrash(this, end),
    });
    this.#stopping = new Stopping(this.#thread);
    this.#thread.port.listen((frame) => this.#hear(frame));
  }

  /** Hands a script to the guest; `done` is called exactly once. */
  run({ prepared, filename, wantsValue, channels }: RunStart, done: (end: RunEnd) => void): void {
    const call = ++this.#lastCall;
    this.#run = { call, done };
    const { slot, isSent } = this.#slots.take(prepared, filename);
    const load = isSent ? null : { script: prepared.script, filename, wantsValue };
    const frame: RunFrame = { type: "run", call, slot, load, channels };
    this.#thread.port.post(frame);
  }

  /** Whether a run is in progress. */
  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  /** Whether its end has begun: what is posted to it may not be read any more. */
  get isEnding(): boolean {
    return this.#gone !== undefined;
  }

  /** Answers a request, and wakes the guest if it blocks on it. */
  reply(call: number, outcome: Outcome): void {
    this.post({ type: "reply", call, outcome });
  }

  /** Sends a frame, and wakes the guest if it blocks. */
  post(frame: HostFrame): void {
    this.#thread.port.post(frame);
    ring(this.#bell);
  }

  /** Handles the frames that have arrived, without the event loop. */
  drain(): void {
    for (let next = this.#thread.port.take(); next !== undefined; next = this.#thread.port.take()) {
      this.#hear(next.frame);
    }
    this.#stopping.check();
  }

  /**
   * Stops the thread. The run in progress, if any, ends with the error, but only
   * when the thread is gone: until then it might still do something.
   *
   * @returns When it is gone.
   */
  stop(error: InterpreterTerminatedError): Promise<void> {
    return this.#gone ??= this.#stopping.begin(() => this.#finish(error));
  }

  /** Sees a stop that has begun through, without the event loop. */
  finishStopSync(): void {
    this.#stopping.finishSync();
  }

  #finish(error: InterpreterTerminatedError): void {
    this.#thread.port.close();
    this.#listener.onGone(this);
    const run = this.#run;
    this.#run = undefined;
    run?.done({ type: "ended", error });
  }

  #hear(raw: unknown): void {
    const frame = checkGuestFrame(raw);
    if (frame === undefined) return;
    if (frame.type === "loaded") return this.#stopping.onLoaded();
    if (frame.type === "asleep") return this.#stopping.onAsleep();
    // What else a thread says after its end has begun must not count any more.
    if (this.#gone !== undefined) return;
    switch (frame.type) {
      case "ready":
        return this.#listener.onReady(this);
      case "uncaught":
        return this.#listener.onUncaught(this, frame);
      case "exit":
        return this.#listener.onExit(this, frame.code);
      case "request":
        return this.#listener.onRequest(this, frame);
      case "deposit":
      case "discard":
        return this.#listener.onDeposit(this, frame);
      case "answer":
        return this.#listener.onAnswer(this, frame);
      case "done":
      case "failed":
      case "unshareable":
        return this.#endRun(frame);
    }
  }

  #endRun(frame: RunEndFrame): void {
    const run = this.#run;
    if (run === undefined || run.call !== frame.call) return;
    this.#run = undefined;
    this.#listener.onRunEnd(this, frame.type !== "failed");
    run.done(frame);
  }
}
