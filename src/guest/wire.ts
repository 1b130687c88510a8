// The guest's end of the port: frames out, requests and their replies. A request may block the
// thread. Then the wire takes the reply from the port directly, and puts off what else arrives
// in a backlog.

import { guestSleep, pause, readBell } from "../channel/wake/doorbell.ts";
import { ringHost } from "../channel/wake/host_bell.ts";
import { FrameWindow, isCondemned } from "../channel/wake/frame_window.ts";
import { fromFailure } from "../protocol/failure.ts";
import type { GuestFrame, HostFrame, Outcome, OutputFrame } from "../protocol/frames.ts";
import type { AnswerOf, ArgumentOf, Operation } from "../protocol/requests.ts";
import { weightOf, weightOfArgument } from "../protocol/weight.ts";
import { SafeMap, SafeSet } from "../primordials.ts";
import type { Port } from "../runtime/adapter.ts";
import { endLostThread } from "../confine/lost_kills.ts";
import { threadName } from "../runtime/os_thread.ts";
import { each } from "./lists.ts";

// Taken now: source may declare names of its own that hide these.
const { Int32Array, Promise, RangeError, setTimeout } = globalThis;

export type RunFrame = Extract<HostFrame, { type: "run" }>;
type StopFrame = Extract<HostFrame, { type: "stop" }>;
type InterruptFrame = Extract<HostFrame, { type: "interrupt" }>;
/** Frames about the functions that this guest gave to interpreters that it created. */
export type CallFrame = Extract<HostFrame, { type: "call" | "runEnded" | "callerEnded" }>;

type ServeFrame = Extract<HostFrame, { type: "serve" }>;
type ServeRunsFrame = Extract<HostFrame, { type: "serveRuns" }>;
type LaneEndedFrame = Extract<HostFrame, { type: "laneEnded" }>;

/** Called for each frame that comes in, other than replies and output. */
export interface WireListener {
  onStop(frame: StopFrame): void;
  onRun(frame: RunFrame): void;
  onInterrupt(frame: InterruptFrame): void;
  onCall(frame: CallFrame): void;
  onChannelClosed(id: number): void;
  onServe(frame: ServeFrame): void;
  onServeRuns(frame: ServeRunsFrame): void;
  onLaneEnded(frame: LaneEndedFrame): void;
}
type Reply = (outcome: Outcome) => void;

/** A request that has been sent. */
export interface Asked<Name extends Operation> {
  /** Its number. */
  readonly call: number;
  readonly answer: Promise<AnswerOf<Name>>;
}

/** Frames that end a run. There is one run at a time, so these never pile up. */
const RUN_ENDS: ReadonlySet<string> = new SafeSet(["done", "failed", "interrupted", "unshareable"]);
// If a ring of the bell got lost, a blocked request would wait so long, and not for ever.
const SLICE_MS = 1000;
/** How long a guest that sleeps waits to be killed before it ends by itself. */
const KILL_MS = 1_000;

/** The wire of one guest. */
export class Wire {
  readonly #port: Port;
  readonly #bell: Int32Array;
  readonly #endThread: () => void;
  readonly #window: FrameWindow;
  readonly #pending = new SafeMap<number, Reply>();
  #backlog: HostFrame[] = [];
  #lastCall = 0;
  /** How many frames were posted so far. */
  posted = 0;
  #isStopped = false;
  /** Requests that this thread blocks on. A function that is called meanwhile may block too. */
  readonly #awaited = new SafeSet<number>();
  #listener: WireListener | undefined;
  #onOutput: (frame: OutputFrame) => void = () => {};

  /** @param endThread Ends the thread from inside. */
  constructor(port: Port, guestBell: SharedArrayBuffer, endThread: () => void) {
    this.#port = port;
    this.#bell = new Int32Array(guestBell);
    this.#endThread = endThread;
    this.#window = new FrameWindow(this.#bell);
  }

  /** Starts reading frames: the guest has loaded. */
  listen(listener: WireListener): void {
    this.#listener = listener;
    this.#port.listen((frame) => {
      this.#drainBacklog();
      this.#dispatch(hostFrame(frame));
    });
    this.post({ type: "loaded", thread: threadName() });
  }

  /** Calls back with output of interpreters that this one created. */
  onOutput(listener: (frame: OutputFrame) => void): void {
    this.#onOutput = listener;
  }

  /**
   * Sends a frame, and wakes the host if it sleeps. Blocks while the host has too
   * much to handle; the end of a run never waits.
   *
   * @param moved Buffers in it that move instead of being copied. Absent: none.
   */
  post(frame: GuestFrame, moved?: readonly ArrayBuffer[]): void {
    const { type } = frame;
    this.lookForKill();
    if (!RUN_ENDS.has(type)) this.#window.waitForRoom();
    this.#postNow(frame, moved);
  }

  #postNow(frame: GuestFrame, moved?: readonly ArrayBuffer[]): void {
    this.posted++;
    this.#port.post(frame, moved);
    this.#window.add(weightOf(frame));
    ringHost();
  }

  /** Asks the host; the number is what a later request may name it by. */
  request<Name extends Operation>(
    operation: Name,
    argument: ArgumentOf<Name>,
    moved?: readonly ArrayBuffer[],
  ): Asked<Name> {
    const call = ++this.#lastCall;
    const answer = new Promise<AnswerOf<Name>>((resolve, reject) => {
      checkArgument(operation, argument);
      this.#pending.set(call, (outcome) => {
        if (outcome.ok) resolve(answerOf<Name>(outcome));
        else reject(fromFailure(outcome.failure));
      });
      this.post({ type: "request", call, operation, argument }, moved);
    });
    return { call, answer };
  }

  /** Asks the host and blocks until it answers; a run may call functions meanwhile. */
  requestSync<Name extends Operation>(
    operation: Name,
    argument: ArgumentOf<Name>,
    moved?: readonly ArrayBuffer[],
  ): AnswerOf<Name> {
    checkArgument(operation, argument);
    const call = ++this.#lastCall;
    let answer: Outcome | undefined;
    this.#awaited.add(call);
    this.#pending.set(call, (outcome) => {
      this.#awaited.delete(call);
      answer = outcome;
    });
    this.post({ type: "request", call, operation, argument }, moved);
    while (answer === undefined) {
      // Read before the port: a reply that comes in between changes the bell.
      const heard = readBell(this.#bell);
      const received = this.#port.take();
      if (received === undefined) guestSleep(this.#bell, heard, SLICE_MS);
      else this.#hold(hostFrame(received.frame), operation === "run");
    }
    if (answer.ok) return answerOf<Name>(answer);
    throw fromFailure(answer.failure);
  }

  /** Tells the host that source called `exit`, and stays until the thread is killed. */
  exit(code: number): never {
    this.#postNow({ type: "exit", code });
    return this.#sleep();
  }

  /** Tells the host that the memory is used up, and stays until the thread is killed. */
  outOfMemory(): never {
    this.#postNow({ type: "outOfMemory" });
    return this.#sleep();
  }

  /** Never returns to the source that runs. */
  #sleep(): never {
    for (;;) this.awaitKill();
  }

  /** Ends the thread if the host has killed it and it still runs: the kill may have got lost. */
  lookForKill(): void {
    if (isCondemned(this.#bell)) endLostThread(this.#endThread);
  }

  /**
   * Does nothing until the thread is killed, or has waited for long. Deno's kill ends what
   * executes at that moment: if the request to stop is handled after that, in the same turn
   * of the event loop, the thread must come to the end of the turn to end (measured).
   */
  awaitKill(): void {
    this.#isStopped = true;
    this.#postNow({ type: "asleep" });
    pause(KILL_MS);
    this.#endThread();
  }

  /**
   * Handles at once what a blocked request waits for, and output, whose writer may be waiting
   * until it is taken in. Everything else is put off.
   */
  #hold(frame: HostFrame, servesCalls: boolean): void {
    const { type } = frame;
    const isAwaited = type === "reply"
      ? this.#awaited.has(frame.call)
      : type === "output" || (servesCalls && type === "call");
    if (type === "stop") this.#sleep();
    if (isAwaited) {
      this.#dispatch(frame);
      return;
    }
    const { length } = this.#backlog;
    this.#backlog[length] = frame;
    if (length === 0) setTimeout(() => this.#drainBacklog(), 0);
  }

  #drainBacklog(): void {
    const frames = this.#backlog;
    this.#backlog = [];
    each(frames, (frame) => this.#dispatch(frame));
  }

  #dispatch(frame: HostFrame): void {
    if (this.#isStopped) return;
    switch (frame.type) {
      case "stop":
        return this.#listener?.onStop(frame);
      case "run":
        return this.#listener?.onRun(frame);
      case "interrupt":
        return this.#listener?.onInterrupt(frame);
      case "output":
        return this.#onOutput(frame);
      case "reply": {
        const reply = this.#pending.get(frame.call);
        this.#pending.delete(frame.call);
        return reply?.(frame.outcome);
      }
      case "channelClosed":
        return this.#listener?.onChannelClosed(frame.id);
      case "serve":
        return this.#listener?.onServe(frame);
      case "serveRuns":
        return this.#listener?.onServeRuns(frame);
      case "laneEnded":
        return this.#listener?.onLaneEnded(frame);
      case "call":
      case "runEnded":
      case "callerEnded":
        return this.#listener?.onCall(frame);
    }
  }
}

/** Refuses an argument that the host would not read. */
function checkArgument(operation: Operation, argument: unknown): void {
  if (weightOfArgument(argument) !== undefined) return;
  throw new RangeError(
    `Cannot ask the main interpreter to ${operation}: the request has too many parts or more than 32 MiB of text`,
  );
}

function hostFrame(frame: unknown): HostFrame {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The host alone has the other end of the port.
  return frame as HostFrame;
}

function answerOf<Name extends Operation>({ value }: { readonly value: unknown }): AnswerOf<Name> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The host's handlers are typed by the same table (host/requests.ts).
  return value as AnswerOf<Name>;
}
