// One run, from the call to its end: whether it may begin, its script, the hand-over to the
// guest, timeout, interrupt and abort, and how it ended. All runs go this way: those of the
// program, blocking or not, and those that interpreters ask for. Its value stays encoded.

import { ended } from "../../../actors/ended.ts";
import type { InterpreterActorRef } from "../../../actors/events.ts";
import { refusalOf } from "../../../actors/interpreter.ts";
import { DEFAULT_COMPILE_MS } from "../../api/check_create_options.ts";
import { LONGEST_DELAY_MS } from "../../api/realm.ts";
import type { RunTrace } from "../../api/tracing.ts";
import { type CheckedRunOptions, detachMoved, movedWith } from "../../api/run_options.ts";
import { InterpreterError, InterpreterTerminatedError } from "../../errors.ts";
import type { InterruptReason, Packed, PassedChannels } from "../../protocol/frames.ts";
import { NotCallable } from "../../source/functions.ts";
import { keep, type Prepared, prepareQuickly } from "../../source/prepared.ts";
import type { RewriteOptions } from "../../source/rewrite.ts";
import type { Access } from "../access.ts";
import type { FunctionCalls } from "../calls/calls.ts";
import type { Lanes } from "../calls/lanes.ts";
import type { HostChannels } from "../channels/channels.ts";
import {
  type PublishEnd,
  publishStart,
  type RunDetails,
  type RunOutcome,
  runs,
} from "../diagnostics.ts";
import { refused } from "../life/ends.ts";
import type { Creation, Interpreters } from "../life/interpreters.ts";
import type { GuestThread, RunEndFrame, RunInProgress } from "../life/thread.ts";
import type { Done, Settled } from "../outcome.ts";
import type { Timers } from "../timers.ts";
import type { Compiler } from "./compiler.ts";
import { handedChannels, passChannels } from "./passing.ts";
import { compileError, interrupted, notCallable, resultOf, syntaxError } from "./results.ts";

/** How long a guest may take to abandon a run: it answers within milliseconds, or later on a busy machine. */
const GRACE_MS = 200;

/** What is to be run, and where. */
export interface RunRequest {
  /** The interpreter that runs it. */
  readonly id: number;
  readonly source: string;
  readonly options: CheckedRunOptions;
  /** The interpreter that asks for it; absent: the program. */
  readonly caller?: number;
  /** The trace that it belongs to, if somebody traces it. */
  readonly trace?: RunTrace | undefined;
}

/** What a run needs of the rest of the host. */
export interface RunHost {
  readonly interpreters: Pick<Interpreters, "get" | "end">;
  readonly compiler: Pick<Compiler, "compile" | "whenStarted">;
  readonly channels: Pick<HostChannels, "lend">;
  readonly access: Pick<Access, "grant" | "rootOf">;
  readonly functions: Pick<FunctionCalls, "onRunStart" | "onRunEnd">;
  readonly timers: Pick<Timers, "after">;
  readonly lanes: Pick<Lanes, "openRuns">;
}

/** What a run begins with once nothing refuses it. */
interface Start {
  readonly actor: InterpreterActorRef;
  readonly thread: GuestThread;
  readonly limits: Creation["options"]["limits"];
  readonly rewriting: RewriteOptions;
  readonly channels: PassedChannels | null;
}

const RUN = { type: "RUN" } as const;

/** Runs have numbers of their own, by which the frames of host and guest name them. */
let lastNumber = 0;

/**
 * Starts a run.
 *
 * @param done Called once, with the encoded value or `null`; before this returns if the source is
 *   known to take too long to compile.
 * @throws The run cannot begin: nothing has changed, and `done` is not called.
 */
export function startRun(host: RunHost, request: RunRequest, done: Done<Packed | null>): Run {
  const { id, options } = request;
  if (id === 0) {
    throw new InterpreterError(
      "Cannot run source in interpreter 0: the main interpreter already running",
    );
  }
  const { actor, thread, options: { language, limits } } = host.interpreters.get(id);
  const refusal = refusalOf(actor.getSnapshot(), RUN);
  if (refusal !== undefined) throw refused(id, refusal);
  const { wantsValue, filename = `<interpreter ${id}>` } = options;
  const rewriting = { language, wantsValue, isFunction: options.args !== null, filename };
  const prepared = prepareOrThrow(request, rewriting);
  const channels = passChannels(options, (channel) => host.channels.lend(channel, id));
  // Nothing refuses the run any more. What a guest moves has been its own no more since it asked.
  const own = request.caller === undefined
    ? { ...request, options: detachMoved(options) }
    : request;
  const run = new Run(host, own, { actor, thread, limits, rewriting, channels });
  run.begin(prepared, done);
  return run;
}

function prepareOrThrow(
  request: RunRequest,
  rewriting: RewriteOptions,
): Prepared | undefined {
  const { id, source } = request;
  try {
    return prepareQuickly(source, rewriting);
  } catch (error) {
    if (error instanceof NotCallable) throw notCallable(id, error);
    if (!(error instanceof SyntaxError)) throw error;
    const failure = syntaxError(error);
    // As if it had been found while the source was compiled beside the host.
    if (runs.isHeard) publishStart(detailsOf(++lastNumber, request, rewriting))("failed", failure);
    throw failure;
  }
}

/** What is published about a run. */
function detailsOf(
  run: number,
  { id, source, caller = 0 }: RunRequest,
  { wantsValue, isFunction, filename }: RewriteOptions,
): Omit<RunDetails, "time"> {
  const kind = isFunction ? "call" : wantsValue ? "evaluate" : "run";
  return { run, id, caller, kind, source, filename };
}

function outcomeOf(settled: Settled<unknown>): RunOutcome {
  if (settled.ok) return "done";
  if (!(settled.error instanceof InterpreterTerminatedError)) return "failed";
  return settled.error.isInterpreterAlive ? "interrupted" : "terminated";
}

/** One run. */
export class Run implements RunInProgress {
  readonly number: number = ++lastNumber;
  readonly #host: RunHost;
  readonly #request: RunRequest;
  readonly #start: Start;
  #done: Done<Packed | null> = () => {};
  /** Gives up compiling; `undefined` unless the source is being compiled. */
  #stopCompiling: (() => void) | undefined;
  #stopTimer: () => void = () => {};
  /** Says how it ended, if anybody listened when it began. */
  #publishEnd: PublishEnd | undefined;
  #isOver = false;
  #isAborted = false;
  readonly #onAbort = (): void => {
    this.#isAborted = true;
    this.abort();
  };

  constructor(host: RunHost, request: RunRequest, start: Start) {
    this.#host = host;
    this.#request = request;
    this.#start = start;
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get trace(): RunTrace | undefined {
    return this.#request.trace;
  }

  /** Begins; without a script the source is compiled first. */
  begin(prepared: Prepared | undefined, done: Done<Packed | null>): void {
    const { id, caller, options } = this.#request;
    const { actor, thread } = this.#start;
    this.#done = done;
    if (thread.wantsLane) this.#host.lanes.openRuns(thread);
    thread.begin(this);
    // The thread wakes up while the actor changes its state.
    if (prepared !== undefined) this.#handOver(prepared, options.timeoutMs);
    actor.send(RUN);
    if (runs.isHeard) {
      const details = detailsOf(this.number, this.#request, this.#start.rewriting);
      this.#publishEnd = publishStart(details);
    }
    for (const channel of handedChannels(options)) this.#host.access.grant(id, channel);
    this.#host.functions.onRunStart(id, caller);
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (prepared === undefined) this.#compile();
    if (options.timeoutMs < LONGEST_DELAY_MS) this.#startTimer(prepared === undefined);
  }

  /** Ends it, and its interpreter with it unless `onAbort` says otherwise. */
  abort(): void {
    if (this.#isOver) return;
    if (this.#request.options.onAbort === "interrupt") this.#interrupt("aborted");
    else this.#terminate("aborted");
  }

  #compile(): void {
    const { id, source, caller = id, options: { timeoutMs } } = this.#request;
    const { limits: { compileMs: limitMs = DEFAULT_COMPILE_MS }, rewriting: options } = this.#start;
    const tenant = this.#host.access.rootOf(caller) ?? id;
    const begun = performance.now();
    this.#stopCompiling = () => {};
    const stop = this.#host.compiler.compile({ source, options, limitMs, tenant }, (compiled) => {
      this.#stopCompiling = undefined;
      if (compiled.ok) {
        const left = timeoutMs - (performance.now() - begun);
        this.#handOver(keep(source, options, compiled.value), left);
      } else this.#end("RUN.FAILED", { ok: false, error: compileError(id, compiled.error) });
    });
    // Known to take too long, it is refused at once.
    if (this.#stopCompiling !== undefined) this.#stopCompiling = stop;
  }

  #giveUpCompiling(): void {
    const stop = this.#stopCompiling;
    this.#stopCompiling = undefined;
    stop?.();
  }

  /** @param leftMs How long the source may run. */
  #handOver(prepared: Prepared, leftMs: number): void {
    const { options: { values, args, onTimeout } } = this.#request;
    const { thread, channels, rewriting: { filename, wantsValue } } = this.#start;
    const { slot, isSent } = thread.scripts.take(prepared, filename);
    const load = isSent ? null : { script: prepared.script, filename, wantsValue };
    const budgetMs = onTimeout === "interrupt" ? leftMs : null;
    const call = this.number;
    const moved = movedWith(this.#request.options);
    const frame = { type: "run", call, slot, load, channels, values, args, budgetMs } as const;
    const { trace } = this;
    thread.send(trace === undefined ? frame : { ...frame, traceparent: trace.traceparent }, moved);
  }

  /** The time in which the guest or the compiler loads does not count. */
  #startTimer(isCompiled: boolean): void {
    const { timeoutMs, onTimeout } = this.#request.options;
    const start = () => {
      if (this.#isOver) return;
      this.#stopTimer = this.#host.timers.after(timeoutMs, () => {
        if (onTimeout === "interrupt") this.#interrupt("timeout");
        else this.#terminate("timeout");
      });
    };
    this.#start.thread.whenLoaded(() => {
      if (isCompiled) this.#host.compiler.whenStarted(start);
      else start();
    });
  }

  /** Asks the guest to abandon it; a guest that does not answer is terminated. */
  #interrupt(reason: InterruptReason): void {
    if (this.#stopCompiling !== undefined) {
      this.#end("RUN.FAILED", { ok: false, error: interrupted(this.#request.id, reason) });
      return;
    }
    this.#stopTimer();
    this.#start.thread.send({ type: "interrupt", call: this.number, reason });
    this.#stopTimer = this.#host.timers.after(GRACE_MS, () => this.#terminate(reason));
  }

  /** The run ends when its thread is gone. */
  #terminate(reason: string): void {
    const { id } = this.#request;
    void this.#host.interpreters.end(id, ended(id, reason));
  }

  onEnd(frame: RunEndFrame): void {
    const isDone = frame.type === "done" || frame.type === "unshareable";
    const { limits: { messageBytes } } = this.#start;
    const { id } = this.#request;
    this.#end(isDone ? "RUN.DONE" : "RUN.FAILED", resultOf(frame, { id, messageBytes }));
  }

  onStopping(): void {
    this.#giveUpCompiling();
  }

  onThreadEnd(error: InterpreterTerminatedError): void {
    this.#settle({ ok: false, error });
  }

  /** The interpreter is idle again before anybody hears of the end. */
  #end(type: "RUN.DONE" | "RUN.FAILED", settled: Settled<Packed | null>): void {
    const { actor, thread } = this.#start;
    thread.finish(this);
    this.#host.functions.onRunEnd(this.#request.id);
    actor.send({ type });
    this.#settle(settled);
  }

  #settle(settled: Settled<Packed | null>): void {
    const { signal } = this.#request.options;
    this.#isOver = true;
    this.#stopTimer();
    // A guest whose port source has got at can say that a run is over that it has not begun.
    this.#giveUpCompiling();
    signal?.removeEventListener("abort", this.#onAbort);
    const told = this.#isAborted
      ? { ok: false as const, error: signal?.reason as unknown }
      : settled;
    this.#publishEnd?.(outcomeOf(settled), told.ok ? undefined : told.error);
    this.#done(told);
  }
}
