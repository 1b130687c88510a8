// Runs what the host sends, one run at a time, and reports how it ended. Timers and promises
// that a run leaves behind go on. An error that nobody caught fails the run in progress, or
// is reported if there is none.

import type { Channel } from "../channel/channel.ts";
import { ringHost } from "../channel/wake/host_bell.ts";
import { RecvChannel } from "../api/recv_channel.ts";
import { SendChannel } from "../api/send_channel.ts";
import { encode } from "../codec/encode.ts";
import { receive } from "../codec/receive.ts";
import { checkMessage } from "../codec/limit.ts";
import { detach, movedOf } from "../codec/pieces.ts";
import { notedFor } from "../codec/transfers.ts";
import { InterpreterTerminatedError, NotShareableError } from "../errors.ts";
import { copyOf } from "../primordials.ts";
import { CHUNK } from "../protocol/chunk.ts";
import type {
  GuestFrame,
  HostFrame,
  InterruptReason,
  Packed,
  PackedValues,
  PassedChannels,
  PassedEnd,
} from "../protocol/frames.ts";
import { fieldsOf } from "../protocol/check.ts";
import { toFailure } from "../protocol/failure.ts";
import { readOutline } from "../protocol/outline.ts";
import { setInnerTrace } from "../api/tracing.ts";
import { fireSignal, renewSignal, signal } from "../api/signal.ts";
import { isInCriticalSection } from "../channel/critical_section.ts";
import { type Compiled, type Evaluator, INTERRUPTION } from "./evaluate.ts";
import { forHost } from "./large.ts";
import { mapped } from "./lists.ts";
import { excinfoOf, isThenable, refersTo, Refused } from "./outcome.ts";
import type { GuestRealm } from "./realm.ts";
import { notedInResults, salvaged } from "./salvage.ts";
import { RunTracing } from "./tracing.ts";
import { endAborted } from "./waits.ts";
import type { Wire } from "./wire.ts";

// Taken now: source may declare names of its own that hide these.
const { Promise, Uint8Array } = globalThis;

type RunFrame = Extract<HostFrame, { type: "run" }>;
type DoneFrame = Extract<GuestFrame, { type: "done" }>;
type UnshareableFrame = Extract<GuestFrame, { type: "unshareable" }>;

type Callable = (...args: unknown[]) => unknown;

interface Run {
  readonly call: number;
  readonly wantsValue: boolean;
  readonly answers: Channel | undefined;
  /** Whether it is a chunk of calls, of whose results as many as can cross are sent. */
  isChunk: boolean;
  /** How many frames the guest had posted when it began. */
  readonly posted: number;
  /** Its trace, if somebody traces it. */
  readonly trace: RunTracing | undefined;
}

/** The runs of one guest. */
export class Runner {
  readonly #wire: Wire;
  readonly #realm: GuestRealm;
  readonly #evaluator: Evaluator;
  readonly #slots: Compiled[] = [];
  #current: Run | undefined;
  #isStopping = false;

  constructor(
    evaluator: Evaluator,
    { wire, realm }: { readonly wire: Wire; readonly realm: GuestRealm },
  ) {
    this.#evaluator = evaluator;
    this.#wire = wire;
    this.#realm = realm;
  }

  /**
   * Runs one source.
   *
   * @param answers Where the host takes the value, if it does not take it from the port.
   */
  onRun(frame: RunFrame, answers?: Channel): void {
    const { call, channels, values, args, budgetMs } = frame;
    const compiled = this.#load(frame);
    const { script: { isAsync }, wantsValue } = compiled;
    const trace = this.#traceOf(frame);
    const run: Run = {
      call,
      wantsValue,
      answers,
      isChunk: false,
      posted: this.#wire.posted,
      trace,
    };
    this.#current = run;
    try {
      if (channels !== null) this.#bind(channels);
      if (values !== null) this.#bindValues(values);
      if (args !== null) {
        this.#call(run, compiled, { args, budgetMs });
        return;
      }
      const value = this.#evaluator.run(compiled, budgetMs);
      if (isAsync || (wantsValue && value instanceof Promise)) void this.#settle(run, value);
      else this.#done(run, value);
    } catch (error) {
      if (Refused.is(error)) this.#unshareable(run, error);
      else this.#failed(run, error);
    }
  }

  /** Begins the trace of a run; `undefined` if nobody traces it. */
  #traceOf({ call, traceparent }: RunFrame): RunTracing | undefined {
    if (traceparent === undefined) return undefined;
    const run = { call, traceparent, id: this.#realm.currentId };
    const trace = new RunTracing(run, (spans) => this.#wire.post(spans));
    setInnerTrace(trace.forSource);
    return trace;
  }

  /** The script's value is a function: that is called, and what it gives is the value. */
  #call(
    run: Run,
    compiled: Compiled,
    { args, budgetMs }: { readonly args: Packed; readonly budgetMs: number | null },
  ): void {
    const { needs = [] } = compiled.outline;
    const missing = this.#evaluator.missing(needs);
    if (missing !== undefined) {
      throw new Refused("TypeError", refersTo(this.#realm.currentId, missing));
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The script of a call has a function as its value.
    const fn = this.#evaluator.run(compiled, budgetMs) as Callable;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The host has encoded a list.
    const given = received(this.#realm.currentId, "the arguments", args) as unknown[];
    run.isChunk = given[1] === CHUNK;
    const value = this.#evaluator.call(fn, given, budgetMs);
    if (value instanceof Promise || isThenable(value)) void this.#settle(run, value);
    else this.#done(run, value);
  }

  /** An error that source did not catch, from a timer or a promise. */
  onStrayError(error: unknown): void {
    if (this.#current !== undefined) this.#failed(this.#current, error);
    else this.#wire.post({ type: "uncaught", excinfo: excinfoOf(error) });
  }

  /**
   * The thread is to stop. Source that uses `signal` has until its run is done, or until the
   * host kills the thread.
   *
   * @param leave Calls the `exit` handlers, if the interpreter is being closed.
   */
  onStop(reason: string, leave: () => void): void {
    this.#isStopping = true;
    const message = `Interpreter ${this.#realm.currentId} is about to end: ${reason}`;
    const isTold = fireSignal(() => new InterpreterTerminatedError(message, { reason }));
    leave();
    if (!isTold) this.#wire.awaitKill();
  }

  /** Abandons a run that awaits; what it has begun goes on. */
  onInterrupt(call: number, reason: InterruptReason): void {
    if (this.#current?.call === call) this.#interrupted(this.#current, reason);
  }

  #load({ slot, load }: RunFrame): Compiled {
    // oxlint-disable-next-line typescript/no-non-null-assertion -- The host has sent what it takes to be in the slot.
    if (load === null) return this.#slots[slot]!;
    const compiled: Compiled = { ...load, outline: readOutline(load.script.outline) };
    if (slot >= 0) this.#slots[slot] = compiled;
    return compiled;
  }

  async #settle(run: Run, value: unknown): Promise<void> {
    try {
      this.#done(run, await value);
    } catch (error) {
      this.#failed(run, error);
    }
  }

  #done(run: Run, value: unknown): void {
    if (this.#current !== run) return;
    const { call } = run;
    if (!run.wantsValue || value === undefined) {
      this.#end({ type: "done", call, value: null });
      return;
    }
    let packed: Packed;
    try {
      const noted = run.isChunk ? notedInResults(value) : notedFor(value);
      const { bytes, shared, channels } = encode(value, undefined, noted);
      packed = { bytes: copyOf(bytes), shared, channels };
    } catch (error) {
      if (!(error instanceof NotShareableError)) {
        this.#failed(run, error);
        return;
      }
      const part = run.isChunk ? salvaged(value) : undefined;
      if (part !== undefined) {
        this.#done(run, part);
        return;
      }
      this.#unshareable(run, { tag: "NotShareableError", message: error.message });
      return;
    }
    const what = "Cannot return the value of the source";
    try {
      checkMessage(what, packed.bytes);
    } catch (error) {
      this.#unshareable(run, { tag: "RangeError", message: toFailure(error).message });
      return;
    }
    let shared: Packed["shared"];
    try {
      shared = detach(packed.shared, what);
    } catch (error) {
      this.#unshareable(run, { tag: "TypeError", message: toFailure(error).message });
      return;
    }
    this.#end({ type: "done", call, value: forHost({ ...packed, shared }) }, movedOf(shared));
  }

  #unshareable(
    { call }: Run,
    { tag, message }: Pick<UnshareableFrame, "tag" | "message">,
  ): void {
    this.#end({ type: "unshareable", call, tag, message });
  }

  #failed(run: Run, error: unknown): void {
    if (this.#current !== run) return;
    if (error === INTERRUPTION) {
      this.#interrupted(run, "timeout");
      return;
    }
    this.#end({ type: "failed", call: run.call, excinfo: excinfoOf(error) });
  }

  #interrupted({ call }: Run, reason: InterruptReason): void {
    // It was in the middle of an operation on a channel. Without an answer the host terminates
    // the interpreter, and repairs the channel.
    if (isInCriticalSection()) return;
    this.#forget();
    endAborted();
    this.#fireAndRenew(reason);
    this.#wire.post({ type: "interrupted", call });
  }

  /** Tells source that its run is over; the interpreter goes on. */
  #fireAndRenew(reason: InterruptReason): void {
    const why = reason === "aborted" ? "it was aborted" : "it took longer than its timeout";
    const message = `The run is over: ${why}; its interpreter goes on`;
    const details = { reason, isInterpreterAlive: true };
    const old = signal;
    if (!fireSignal(() => new InterpreterTerminatedError(message, details))) return;
    renewSignal();
    this.#evaluator.rebindSignal(old, signal);
  }

  /** Ends the run in progress. When the thread is to stop, nobody waits to hear how it ended. */
  #end(frame: GuestFrame, moved?: readonly ArrayBuffer[]): void {
    const run = this.#forget();
    if (!this.#isStopping) {
      const isAnswered = frame.type === "done" && run !== undefined && this.#answer(run, frame);
      if (!isAnswered) this.#wire.post(frame, moved);
      return;
    }
    // Whatever else is due in this turn is still done.
    this.#wire.awaitKill();
  }

  /** No run is in progress any more. Its trace ends before the host hears of its end. */
  #forget(): Run | undefined {
    const run = this.#current;
    this.#current = undefined;
    if (run?.trace === undefined) return run;
    setInnerTrace(undefined);
    run.trace.end();
    return run;
  }

  /** Sends the value the way that the run has come; `false` if it must be a frame. */
  #answer({ answers, posted }: Run, { call, value }: DoneFrame): boolean {
    // What it has posted, output for example, has to arrive before its end.
    if (answers === undefined || this.#wire.posted !== posted) return false;
    if (value !== null && !isPlain(value)) return false;
    this.#wire.lookForKill();
    try {
      answers.post([call, value === null ? null : value.bytes]);
    } catch {
      // Closed or damaged, or the value is too long together with its number.
      return false;
    }
    // A host that blocks looks then.
    ringHost();
    return true;
  }

  #bind(channels: PassedChannels): void {
    if (channels.kind === "pair") {
      const [recv, send] = channels.pair;
      this.#evaluator.assign(["channels"], [[this.#toEnd(recv), this.#toEnd(send)]]);
    } else {
      this.#evaluator.assign(channels.names, mapped(channels.ends, (end) => this.#toEnd(end)));
    }
  }

  #toEnd({ end, buffer }: PassedEnd): RecvChannel | SendChannel {
    const { id } = this.#realm.meet(buffer);
    return end === "recv" ? new RecvChannel(id) : new SendChannel(id);
  }

  #bindValues({ names, packed }: PackedValues): void {
    const values = fieldsOf(received(this.#realm.currentId, "the values", packed));
    this.#evaluator.assign(names, mapped(names, (name) => values[name]));
  }
}

/** Whether a value is bytes and nothing else. */
function isPlain({ bytes, shared, channels = [] }: Packed): boolean {
  return bytes instanceof Uint8Array && shared.length === 0 && channels.length === 0;
}

/** What came along with a run, decoded. */
function received(id: number, name: string, packed: Packed): unknown {
  try {
    return receive(`Cannot begin a run in interpreter ${id}: ${name}`, packed);
  } catch (error) {
    throw new Refused("NotShareableError", toFailure(error).message);
  }
}
