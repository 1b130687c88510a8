// The guest's use of its port: frames out, requests and their replies. A request
// may block the thread: then the reply is taken from the port directly, and what
// else arrives meanwhile waits its turn in a backlog.

import { guestSleep, readBell } from "../channel/doorbell.ts";
import { ringHost } from "../channel/host_bell.ts";
import { InterpreterError } from "../errors.ts";
import { fromFailure } from "../protocol/failure.ts";
import type { GuestFrame, HostFrame, Outcome, RequestOperation } from "../protocol/frames.ts";
import { SafeMap } from "../primordials.ts";
import type { Port } from "../runtime/adapter.ts";
import { threadName } from "../runtime/system_thread.ts";

// Taken now: source may declare names of its own that hide these.
const { Int32Array, Promise, String, setTimeout } = globalThis;

type RunFrame = Extract<HostFrame, { type: "run" }>;
type InterruptFrame = Extract<HostFrame, { type: "interrupt" }>;
type Reply = (outcome: Outcome) => void;

// A lost ring would delay a blocked request by this much, not for ever.
const SLICE_MS = 1000;

/** The wire of one guest. */
export class Wire {
  readonly #port: Port;
  readonly #bell: Int32Array;
  readonly #pending = new SafeMap<number, Reply>();
  #backlog: HostFrame[] = [];
  #lastCall = 0;
  #onRun: (frame: RunFrame | InterruptFrame) => void = () => {};

  constructor(port: Port, guestBell: SharedArrayBuffer) {
    this.#port = port;
    this.#bell = new Int32Array(guestBell);
  }

  /** Starts reading frames: the guest has loaded. */
  listen(onRun: (frame: RunFrame | InterruptFrame) => void): void {
    this.#onRun = onRun;
    this.#port.listen((frame) => {
      this.#drainBacklog();
      this.#dispatch(frame as HostFrame);
    });
    this.post({ type: "loaded", thread: threadName() });
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

  /** Asks the host and blocks until it answers. */
  requestSync(operation: RequestOperation, argument: unknown): unknown {
    const call = ++this.#lastCall;
    let answer: Outcome | undefined;
    this.#pending.set(call, (outcome) => {
      answer = outcome;
    });
    this.post({ type: "request", call, operation, argument });
    while (answer === undefined) {
      // Read before the port: a reply that comes in between changes the bell.
      const heard = readBell(this.#bell);
      const received = this.#port.take();
      if (received === undefined) guestSleep(this.#bell, heard, SLICE_MS);
      else this.#hold(received.frame as HostFrame);
    }
    if (answer.ok) return answer.value;
    throw fromFailure(answer.failure);
  }

  /** Tells the host that source called `exit`, and stays until the thread is killed. */
  exit(code: number): never {
    this.post({ type: "exit", code });
    return this.#sleep();
  }

  /** Tells the host that the memory is used up, and stays until the thread is killed. */
  outOfMemory(): never {
    this.post({ type: "outOfMemory" });
    return this.#sleep();
  }

  #sleep(): never {
    this.post({ type: "asleep" });
    for (;;) guestSleep(this.#bell, readBell(this.#bell), SLICE_MS);
  }

  /** The reply that a blocked request waits for is handled at once, all else later. */
  #hold(frame: HostFrame): void {
    if (frame.type === "stop" || (frame.type === "reply" && frame.call === this.#lastCall)) {
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
    for (let i = 0; i < frames.length; i++) this.#dispatch(frames[i]!);
  }

  #dispatch(frame: HostFrame): void {
    if (frame.type === "stop") this.#sleep();
    if (frame.type === "run" || frame.type === "interrupt") {
      this.#onRun(frame);
      return;
    }
    const reply = this.#pending.get(frame.call);
    this.#pending.delete(frame.call);
    reply?.(frame.outcome);
  }
}

/** Narrows what the host answered; the host is trusted, so a mismatch is a mistake of ours. */
export function expectObject<T extends object>(answer: unknown, what: string): T {
  if (typeof answer !== "object" || answer === null) {
    throw new InterpreterError(`Invariant: the host answered ${what} with ${String(answer)}`);
  }
  return answer as T;
}
