// The threads that compile what may take long (source/bounds.ts), and who is next. A
// thread has one source at a time and is killed if that takes too long: nobody else's
// work is lost, and the next source gets another thread. The first starts when it is
// needed and stays; a second one starts when somebody has to wait for the first. Whoever
// has used much leaves one of them to the others.

import type { ThreadEnd } from "../../runtime/adapter.ts";
import type { Rewritten } from "../../source/rewrite.ts";
import { type CompileRequest, CompilerThread } from "./compiler_thread.ts";
import type { Done } from "../outcome.ts";
import { RefusedSources } from "./refused_sources.ts";

/** A source that waits for its turn. */
export interface TenantRequest extends CompileRequest {
  /** Tenants are served in turn: each is an interpreter of the program's with all that it created. */
  readonly tenant: number;
}

interface Job extends TenantRequest {
  readonly done: Done<Rewritten>;
}

const MAX_THREADS = 2;
/** Threads that those who have used more than one source may take work for. */
const HEAVY_THREADS = MAX_THREADS - 1;
/** A thread more than one that has nothing to do ends after this. */
const IDLE_MS = 10_000;
/** The time that a tenant has had of the threads counts half after so long. */
const HALF_LIFE_MS = 10_000;
/** So many tenants are remembered. */
const MAX_TENANTS = 1_000;

/** Compiles sources off the event loop. */
export class Compiler {
  readonly #waiting: Job[] = [];
  readonly #threads = new Map<CompilerThread, Job | undefined>();
  readonly #used = new Map<number, { readonly ms: number; readonly at: number }>();
  readonly #refusals = new RefusedSources();
  readonly #onStarted: (() => void)[] = [];

  /**
   * Compiles a source. The error is a SyntaxError, a RangeError if it takes more than it may, or
   * the reason why there is no thread.
   *
   * @param done Called before this returns if the source was refused lately.
   * @returns Gives up: `done` is not called after that.
   */
  compile(request: TenantRequest, done: Done<Rewritten>): () => void {
    const refusal = this.#refusals.of(request);
    if (refusal !== undefined) {
      done({ ok: false, error: refusal });
      return () => {};
    }
    const job: Job = { ...request, done };
    this.#waiting.push(job);
    this.#serve();
    return () => this.#giveUp(job);
  }

  /** Calls back when no thread is starting: nobody's timeout counts that time. */
  whenStarted(callback: () => void): void {
    if (this.#isStarting) this.#onStarted.push(callback);
    else callback();
  }

  /** Handles what the threads say and checks their limits, for a host that blocks. */
  check(): void {
    for (const thread of [...this.#threads.keys()]) thread.check();
  }

  #giveUp(job: Job): void {
    const at = this.#waiting.indexOf(job);
    if (at >= 0) this.#waiting.splice(at, 1);
    for (const [thread, its] of this.#threads) if (its === job) this.#kill(thread);
    this.#serve();
  }

  /** Hands out what waits, as far as there are threads. */
  #serve(): void {
    for (const [thread, its] of this.#threads) {
      if (its !== undefined || !thread.isReady) continue;
      const job = this.#takeNext();
      if (job === undefined) return;
      this.#threads.set(thread, job);
      thread.compile(job);
    }
    if (this.#isStarting || this.#threads.size >= MAX_THREADS) return;
    // Also for those who must wait: the next of the others finds a thread that has loaded.
    const busy = this.#busy();
    if (this.#waiting.some(({ tenant }) => !busy.has(tenant))) this.#start();
  }

  get #isStarting(): boolean {
    return [...this.#threads.keys()].some(({ isReady }) => !isReady);
  }

  #start(): void {
    try {
      const thread: CompilerThread = new CompilerThread({
        onReady: () => this.#onReady(),
        onResult: (settled) => this.#settle(thread, settled),
        onLimit: (limit) => this.#refuse(thread, limit),
        onEnd: (end) => this.#onEnd(thread, end),
      });
      this.#threads.set(thread, undefined);
    } catch (error) {
      this.#onNoThread(error);
    }
  }

  #onReady(): void {
    this.#serve();
    for (const [thread, job] of this.#threads) if (job === undefined) this.#rest(thread);
    for (const callback of this.#onStarted.splice(0)) callback();
  }

  /** Who has a thread. */
  #busy(): ReadonlySet<number> {
    const jobs = [...this.#threads.values()];
    return new Set(jobs.flatMap((job) => job === undefined ? [] : [job.tenant]));
  }

  /** Whether its tenant has had as much as this source may take, and more. */
  #isHeavy({ tenant, limitMs }: Job): boolean {
    return this.#usedBy(tenant) >= limitMs;
  }

  /**
   * The next to be served: of those who have no thread, who had the least; of these, who has
   * waited longest.
   */
  #next(): Job | undefined {
    const busy = this.#busy();
    const jobs = [...this.#threads.values()];
    const heavy = jobs.filter((job) => job !== undefined && this.#isHeavy(job)).length;
    let next: Job | undefined;
    let least = Infinity;
    for (const job of this.#waiting) {
      if (busy.has(job.tenant) || (heavy >= HEAVY_THREADS && this.#isHeavy(job))) continue;
      const used = this.#usedBy(job.tenant);
      if (used >= least) continue;
      next = job;
      least = used;
    }
    return next;
  }

  #takeNext(): Job | undefined {
    const next = this.#next();
    if (next !== undefined) this.#waiting.splice(this.#waiting.indexOf(next), 1);
    return next;
  }

  #usedBy(tenant: number): number {
    const { ms, at } = this.#used.get(tenant) ?? { ms: 0, at: 0 };
    return ms * 0.5 ** ((performance.now() - at) / HALF_LIFE_MS);
  }

  #release(thread: CompilerThread): Job | undefined {
    const job = this.#threads.get(thread);
    if (job === undefined) return undefined;
    this.#threads.set(thread, undefined);
    const ms = this.#usedBy(job.tenant) + thread.elapsedMs;
    this.#used.delete(job.tenant);
    this.#used.set(job.tenant, { ms, at: performance.now() });
    for (const [oldest] of this.#used) {
      if (this.#used.size <= MAX_TENANTS) break;
      this.#used.delete(oldest);
    }
    return job;
  }

  #settle(thread: CompilerThread, settled: Parameters<Done<Rewritten>>[0]): void {
    const job = this.#release(thread);
    this.#rest(thread);
    this.#serve();
    job?.done(settled);
  }

  /** It has nothing to do: if that lasts, one thread is enough. */
  #rest(thread: CompilerThread): void {
    thread.whenIdle(IDLE_MS, () => {
      if (this.#threads.size > 1) this.#kill(thread);
    });
  }

  #refuse(thread: CompilerThread, limit: "time" | "memory"): void {
    const job = this.#kill(thread);
    this.#serve();
    if (job !== undefined) job.done({ ok: false, error: this.#refusals.add(job, limit) });
  }

  #kill(thread: CompilerThread): Job | undefined {
    const job = this.#release(thread);
    this.#threads.delete(thread);
    thread.kill();
    return job;
  }

  /** A thread ended by itself: it ran out of memory, or could not load. */
  #onEnd(thread: CompilerThread, { error, isOutOfMemory }: ThreadEnd): void {
    if (isOutOfMemory === true && this.#threads.get(thread) !== undefined) {
      this.#refuse(thread, "memory");
      return;
    }
    const job = this.#kill(thread);
    if (job !== undefined) this.#waiting.push(job);
    this.#onNoThread(error ?? new Error("the thread ended before it was ready"));
  }

  #onNoThread(error: unknown): void {
    // Another thread can do it all.
    if (this.#threads.size > 0) return;
    for (const { done } of this.#waiting.splice(0)) done({ ok: false, error });
    this.#onReady();
  }
}
