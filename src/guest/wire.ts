// The guest's use of its port: frames out, requests and their replies. A request
// may block the thread: then the reply is taken from the port directly, and what
// else arrives meanwhile waits its turn in a backlog.

import { guestSleep, readBell } from "../channel/doorbell.ts";
import { ringHost } from "../channel/host_bell.ts";
import { InterpreterError } from "../errors.ts";
import { fromFailure } from "../protocol/failure.ts";
import type { GuestFrame, HostFrame, Outcome, RequestOperation } from "../protocol/frames.ts";
import type { Port } from "../runtime/adapter.ts";

// Taken now: source may declare names of its own that hide these.
const { Int32Array, Map, Promise, Set, String, setTimeout } = globalThis;

type RunFrame = Extract<HostFrame, { type: "run" }>;
/** Frames about the functions that this guest gave to interpreters that it created. */
export type CallFrame = Extract<HostFrame, { type: "call" | "runEnded" | "callerEnded" }>;

/** Whom the wire tells what comes in, replies aside. */
export interface WireListener {
  onRun(frame: RunFrame): void;
  onCall(frame: CallFrame): void;
}
type Reply = (outcome: Outcome) => void;

// A lost ring would delay a blocked request by this much, not for ever.
const SLICE_MS = 1000;

/** The wire of one guest. */
export class Wire {
  readonly #port: Port;
  readonly #bell: Int32Array;
  readonly #pending = new Map<number, Reply>();
  #backlog: HostFrame[] = [];
  #lastCall = 0;
  /** Requests that this thread blocks on: a function that is called meanwhile may block too. */
  readonly #awaited = new Set<number>();
  #listener: WireListener | undefined;

  constructor(port: Port, guestBell: SharedArrayBuffer) {
    this.#port = port;
    this.#bell = new Int32Array(guestBell);
  }

  /** Starts reading frames: the guest has loaded. */
  listen(listener: WireListener): void {
    this.#listener = listener;
    this.#port.listen((frame) => {
      this.#drainBacklog();
      this.#dispatch(frame as HostFrame);
    });
    this.post({ type: "loaded" });
  }

  /** Sends a frame, and wakes the host if it sleeps. */
  post(frame: GuestFrame): void {
    this.#port.post(frame);
    ringHost();
  }

  /** Number of the last request. */
  get lastCall(): number {
    return this.#lastCall;
  }

  /** Asks the host and resolves to its answer. */
  request(operation: RequestOperation, argument: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = ++this.#lastCall;
      this.#pending.set(call, (outcome) => {
        if (outcome.ok) resolve(outcome.value);
        else reject(fromFailure(outcome.failure));
      });
      this.post({ type: "request", call, operation, argument });
    });
  }

  /** Asks the host and blocks until it answers; a run may call functions meanwhile. */
  requestSync(operation: RequestOperation, argument: unknown): unknown {
    const call = ++this.#lastCall;
    let answer: Outcome | undefined;
    this.#awaited.add(call);
    this.#pending.set(call, (outcome) => {
      this.#awaited.delete(call);
      answer = outcome;
    });
    this.post({ type: "request", call, operation, argument });
    while (answer === undefined) {
      // Read before the port: a reply that comes in between changes the bell.
      const heard = readBell(this.#bell);
      const received = this.#port.take();
      if (received === undefined) guestSleep(this.#bell, heard, SLICE_MS);
      else this.#hold(received.frame as HostFrame, operation === "run");
    }
    if (answer.ok) return answer.value;
    throw fromFailure(answer.failure);
  }

  /** Tells the host that source called `exit`, and stays until the thread is killed. */
  exit(code: number): never {
    this.post({ type: "exit", code });
    return this.#sleep();
  }

  #sleep(): never {
    this.post({ type: "asleep" });
    for (;;) guestSleep(this.#bell, readBell(this.#bell), SLICE_MS);
  }

  /** What a blocked request waits for is handled at once, all else later. */
  #hold(frame: HostFrame, servesCalls: boolean): void {
    const isAwaited = frame.type === "reply"
      ? this.#awaited.has(frame.call)
      : frame.type === "stop" || (servesCalls && frame.type === "call");
    if (isAwaited) {
      this.#dispatch(frame);
      return;
    }
    if (this.#backlog.push(frame) === 1) setTimeout(() => this.#drainBacklog(), 0);
  }

  #drainBacklog(): void {
    const frames = this.#backlog;
    this.#backlog = [];
    for (const frame of frames) this.#dispatch(frame);
  }

  #dispatch(frame: HostFrame): void {
    switch (frame.type) {
      case "stop":
        return this.#sleep();
      case "run":
        return this.#listener?.onRun(frame);
      case "reply": {
        const reply = this.#pending.get(frame.call);
        this.#pending.delete(frame.call);
        return reply?.(frame.outcome);
      }
      case "call":
      case "runEnded":
      case "callerEnded":
        return this.#listener?.onCall(frame);
    }
  }
}

/** Narrows what the host answered; the host is trusted, so a mismatch is a mistake of ours. */
export function expectObject<T extends object>(answer: unknown, what: string): T {
  if (typeof answer !== "object" || answer === null) {
    throw new InterpreterError(`Invariant: the host answered ${what} with ${String(answer)}`);
  }
  return answer as T;
}
