// One thread that compiles, seen from the host: what it says, and its limits of time and
// memory. Where the runtime cannot limit a thread's memory, the host watches the process grow.

import { hostBell } from "../../channel/wake/host_bell.ts";
import type { Thread, ThreadEnd } from "../../runtime/adapter.ts";
import { adapter } from "../../runtime/detect.ts";
import { ownSource } from "../../runtime/own_files.ts";
import { LOCK_PREFIX } from "../../confine/deno/locks.ts";
import { residentBytes } from "../../runtime/memory.ts";
import { COMPILER_MIB } from "../../source/bounds.ts";
import { processorMs } from "../../runtime/os_thread.ts";
import type { CompileOrder, CompileReport } from "../../source/compiler_entry.ts";
import { NotCallable } from "../../source/functions.ts";
import type { RewriteOptions, Rewritten } from "../../source/rewrite.ts";
import type { Settled } from "../outcome.ts";

/** A thread that waits for a processor on a busy machine has so many times its limit, no more. */
const MAX_WAIT = 4;
/** How long a thread may take to load, on whatever machine. */
const LOADING_MS = 30_000;
/** How often the process's memory is looked at while a source is compiled. */
const LOOK_MS = 20;

/** The first file of the thread. */
const ENTRY = ownSource("source/compiler_entry");

/** A source to compile. */
export interface CompileRequest {
  readonly source: string;
  readonly options: RewriteOptions;
  /** Milliseconds that it may take. */
  readonly limitMs: number;
}

/** Whom a thread tells. */
export interface CompilerListener {
  onReady(): void;
  onResult(settled: Settled<Rewritten>): void;
  /** The source took more than it may; the thread is still at it. */
  onLimit(limit: "time" | "memory"): void;
  /** The thread ended without being killed. */
  onEnd(end: ThreadEnd): void;
}

/** One thread that compiles. */
export class CompilerThread {
  readonly #thread: Thread;
  readonly #listener: CompilerListener;
  #isReady = false;
  #number = 0;
  #isBusy = false;
  // A host that blocks does not hear of a thread that ended before it said anything.
  #loadedBy = performance.now() + LOADING_MS;
  #begun = 0;
  #deadline = Infinity;
  #limitMs = Infinity;
  #bytesBefore = 0;
  /** The system's name of the thread, where it has one. */
  #name: string | null = null;
  #processorMsBefore: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: CompilerListener) {
    this.#listener = listener;
    const { memoryLimit } = adapter.capabilities;
    this.#thread = adapter.spawn({
      entry: ENTRY,
      name: "subinterpreters compiler",
      boot: { hostBell: hostBell(), lockName: `${LOCK_PREFIX}${crypto.randomUUID()}` },
      limits: { memoryMiB: memoryLimit ? COMPILER_MIB : undefined, stackMiB: undefined },
      permissions: "inherit",
      onEnd: (end) => this.#listener.onEnd(end),
    });
    this.#thread.port.listen((frame) => this.#hear(frame));
    this.#timer = setTimeout(() => this.check(), LOADING_MS);
    this.#timer.unref();
  }

  /** Whether it has loaded, and can be given a source. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** How long it has been compiling its source. */
  get elapsedMs(): number {
    return performance.now() - this.#begun;
  }

  /** Compiles a source. */
  compile({ source, options, limitMs }: CompileRequest): void {
    clearTimeout(this.#timer);
    this.#isBusy = true;
    this.#begun = performance.now();
    this.#deadline = this.#begun + limitMs;
    this.#limitMs = limitMs;
    this.#processorMsBefore = this.#processorMs();
    this.#bytesBefore = residentBytes();
    const order: CompileOrder = {
      number: ++this.#number,
      limitMs: MAX_WAIT * limitMs,
      source,
      options,
    };
    this.#thread.port.post(order);
    this.#look();
  }

  /** Handles what has arrived and checks the limits, without the event loop. */
  check(): void {
    for (let next = this.#thread.port.take(); next !== undefined; next = this.#thread.port.take()) {
      this.#hear(next.frame);
    }
    this.#checkLimits();
  }

  /** Calls back if nothing is compiled for so long. */
  whenIdle(ms: number, callback: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(callback, ms);
    this.#timer.unref();
  }

  /** Ends it, whatever it is doing; only once it has loaded. */
  kill(): void {
    this.#idle();
    void this.#thread.terminate().then(() => this.#thread.port.close());
  }

  #look(): void {
    if (!this.#isBusy) return;
    const left = this.#deadline - performance.now();
    const wait = adapter.capabilities.memoryLimit ? left : Math.min(left, LOOK_MS);
    this.#timer = setTimeout(() => {
      // A host that was busy may not have handled its answer yet.
      this.check();
      this.#look();
    }, Math.max(wait, 1));
    this.#timer.unref();
  }

  #checkLimits(): void {
    if (!this.#isReady && performance.now() >= this.#loadedBy) {
      this.#loadedBy = Infinity;
      this.#listener.onEnd({ error: new Error(`it did not load within ${LOADING_MS} ms`) });
    }
    if (!this.#isBusy) return;
    this.#postpone();
    if (performance.now() >= this.#deadline) this.#exceed("time");
    else if (!adapter.capabilities.memoryLimit) {
      const grown = residentBytes() - this.#bytesBefore;
      if (grown > COMPILER_MIB * 2 ** 20) this.#exceed("memory");
    }
  }

  /** Puts the deadline off by the time in which it waited for a processor. */
  #postpone(): void {
    const now = performance.now();
    if (now < this.#deadline) return;
    const [used, before] = [this.#processorMs(), this.#processorMsBefore];
    if (used === undefined || before === undefined) return;
    const left = this.#limitMs - (used - before);
    const latest = this.#begun + MAX_WAIT * this.#limitMs;
    if (left > 0) this.#deadline = Math.min(now + left, latest);
  }

  #processorMs(): number | undefined {
    return this.#name === null ? undefined : processorMs(this.#name);
  }

  #exceed(limit: "time" | "memory"): void {
    this.#idle();
    this.#listener.onLimit(limit);
  }

  #idle(): void {
    clearTimeout(this.#timer);
    this.#isBusy = false;
    this.#deadline = Infinity;
  }

  #hear(frame: unknown): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The thread runs no source; nobody else has its port.
    const report = frame as CompileReport;
    switch (report.type) {
      case "ready":
        this.#isReady = true;
        clearTimeout(this.#timer);
        this.#name = report.thread;
        return this.#listener.onReady();
      case "outOfMemory":
        return this.#isBusy ? this.#exceed("memory") : undefined;
      case "outOfTime":
        return this.#isBusy ? this.#exceed("time") : undefined;
      case "done":
        return this.#onResult(report.number, { ok: true, value: report.rewritten });
      case "failed":
        return this.#onResult(report.number, { ok: false, error: toError(report) });
    }
  }

  #onResult(number: number, settled: Settled<Rewritten>): void {
    if (!this.#isBusy || number !== this.#number) return;
    this.#idle();
    this.#listener.onResult(settled);
  }
}

function toError(
  { kind, message, stack }: Extract<CompileReport, { type: "failed" }>,
): Error {
  const Class = { SyntaxError, NotCallable, Error }[kind];
  const error = new Class(message);
  error.stack = stack;
  return error;
}
