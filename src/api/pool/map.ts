// `map`: calls of a function for each item of some iterables, in all workers, with the results
// in the order of the items. Items go in chunks. How many are on their way is bounded by
// `buffersize`; with chunks that measure themselves also by what the workers can do.

import { fromExcinfo, toExcinfo } from "../../codec/excinfo.ts";
import { NotShareableError, RunFailedError, RuntimeError } from "../../errors.ts";
import { atCaller, type Caller, callerHere } from "../caller.ts";
import { realm } from "../realm.ts";
import { hasFailed, type Task } from "../task.ts";
import { inTurn } from "../turns.ts";
import type { CheckedMap } from "./check_map.ts";
import { Ending } from "./ending.ts";
import { argumentsFor, chunkJob, notesOf, readChunk, refusedItem, type Rows } from "./chunk.ts";
import { errorOfTask } from "./outcome.ts";
import { type ItemSource, itemSource } from "./item_source.ts";
import type { Job, Pool } from "./pool.ts";
import { wait } from "./wait.ts";

// Taken now: source may declare names of its own that hide these.
const { DOMException, Infinity: UNLIMITED, Math, Promise: PromiseClass, performance } = globalThis;

/** How long a chunk that measures itself is to take. */
const CHUNK_MS = 8;
/** Most items of such a chunk, and how much larger it may be than the last one. */
const LARGEST = 65_536;
const GROWTH = 8;
/** Such chunks that are on their way, for each worker: one runs, one waits. */
const CHUNKS_EACH = 2;

/** One chunk on its way. */
interface Chunk {
  readonly task: Task<unknown>;
  readonly rows: Rows;
  readonly length: number;
  /** Why the item behind these was not sent. */
  readonly refusal: Failure | undefined;
}

/** Why no more is sent. */
interface Failure {
  readonly error: unknown;
}

/** The results of a `map`. */
export class Mapping<R> implements AsyncIterableIterator<R> {
  readonly #pool: Pool;
  readonly #map: CheckedMap;
  readonly #job: Job;
  readonly #caller: Caller;
  readonly #deadline: number;
  readonly #items: ItemSource;
  readonly #chunks: Chunk[] = [];
  #results: ArrayLike<unknown> = [];
  #at = 0;
  /** Makes the error behind the last of these results. */
  #behind: (() => unknown) | undefined;
  /** Items that were taken and whose results nobody has asked for yet. */
  #waiting = 0;
  /** Chunks that have not ended. */
  #open = 0;
  /** Items that were sent, and results that have come. */
  #sent = 0;
  #received = 0;
  #size: number;
  #isExhausted: boolean;
  /** Why no more is sent: what an iterable threw, or the pool's refusal. */
  #failure: Failure | undefined;
  #isOver = false;
  /** Ends the chunks; none if nobody can abort. */
  readonly #ending: Ending | undefined;
  readonly #onAbort = (): void => this.#abort();
  /** The last `next` that waits; those that come meanwhile wait for it. */
  #last: Promise<unknown> | undefined;

  constructor(pool: Pool, map: CheckedMap) {
    this.#pool = pool;
    this.#map = map;
    this.#caller = callerHere();
    this.#job = chunkJob(map.job, map.iterables.length);
    this.#deadline = performance.now() + map.timeoutMs;
    this.#isExhausted = map.iterables.length === 0;
    this.#size = map.chunksize === "auto" ? 1 : map.chunksize;
    const { signal } = map;
    signal?.throwIfAborted();
    this.#ending = signal === undefined ? undefined : new Ending();
    this.#items = itemSource(map.iterables, map.buffersize);
    signal?.addEventListener("abort", this.#onAbort);
    this.#fill();
    // Nobody has the iteration yet, and so nobody could leave it.
    if (this.#failure === undefined) return;
    this.#stop();
    throw this.#failure.error;
  }

  // oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; isolatedDeclarations wants the global.
  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<R, undefined>> {
    if (this.#last === undefined && this.#at < this.#results.length) {
      return PromiseClass.resolve({ value: this.#take(), done: false });
    }
    const last = this.#last ?? PromiseClass.resolve();
    const step = last.then(() => this.#step(), () => this.#step());
    this.#last = step;
    void step.catch(() => {}).then(() => {
      if (this.#last === step) this.#last = undefined;
    });
    return step;
  }

  return(): Promise<IteratorResult<R, undefined>> {
    this.#stop();
    return PromiseClass.resolve({ value: undefined, done: true });
  }

  async #step(): Promise<IteratorResult<R, undefined>> {
    try {
      while (this.#at >= this.#results.length) {
        if (this.#behind !== undefined) throw await this.#behind();
        if (this.#isOver || this.#chunks.length === 0) {
          if (!this.#isOver && this.#failure !== undefined) throw this.#failure.error;
          this.#stop();
          return { value: undefined, done: true };
        }
        await this.#receive();
      }
      return { value: this.#take(), done: false };
    } catch (error) {
      this.#stop();
      throw error;
    }
  }

  /** Ends what is on its way; whoever waits for it hears the signal's reason. */
  #abort(): void {
    const reason: unknown = this.#map.signal?.reason;
    this.#failure = { error: reason };
    if (!this.#isExhausted) {
      this.#isExhausted = true;
      this.#items.close();
    }
    this.#ending?.abort(reason);
  }

  #take(): R {
    const value = this.#results[this.#at++];
    this.#waiting--;
    if (this.#map.buffersize !== UNLIMITED) this.#fill();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the function gives is an R
    return value as R;
  }

  /** Waits for the chunk that is next. */
  async #receive(): Promise<void> {
    const [chunk] = this.#chunks;
    if (chunk === undefined) return;
    let value: unknown;
    try {
      value = await inTurn(this.#within(chunk.task));
    } catch (error) {
      if (this.#isOver || !this.#sendPart(chunk, error)) throw error;
      return;
    }
    // Somebody has left meanwhile.
    if (this.#isOver) return;
    this.#chunks.shift();
    const end = readChunk(value);
    if (end === undefined || end.results.length > chunk.length) {
      throw new RuntimeError("Cannot map: a worker gave something else than results");
    }
    const { results, thrown, refusal } = end;
    this.#results = results;
    this.#at = 0;
    this.#received += results.length;
    const item = this.#received;
    if (thrown !== undefined) this.#behind = () => this.#errorOf(thrown.value);
    else if (refusal !== undefined) this.#behind = () => this.#refused(item, refusal);
    else if (chunk.refusal !== undefined) this.#behind = () => chunk.refusal?.error;
    // Of those behind what was thrown there is no result.
    this.#waiting -= chunk.length - results.length;
  }

  /** If a chunk was not sent because of an item, sends what comes before that; else `false`. */
  #sendPart({ rows, length }: Chunk, error: unknown): boolean {
    const refused = error instanceof NotShareableError ? refusedItem(rows) : undefined;
    if (refused === undefined) return false;
    const refusal = { error: atCaller(refused.error, this.#caller) };
    this.#chunks.shift();
    this.#waiting -= length;
    if (refused.before.columns[0]?.length === 0) this.#behind = () => refusal.error;
    else this.#chunks.unshift(this.#begin(refused.before, refusal));
    return true;
  }

  async #within(task: Task<unknown>): Promise<unknown> {
    const { timeoutMs } = this.#map;
    if (timeoutMs === UNLIMITED) return await task;
    if (!task.done()) {
      const left = this.#deadline - performance.now();
      const { done } = await wait([task], { timeout: Math.max(left, 0) });
      if (done.size === 0) {
        throw new DOMException(
          `The results of map have not come within ${timeoutMs} ms`,
          "TimeoutError",
        );
      }
    }
    return await task;
  }

  #refused(item: number, why: string): unknown {
    const error = new NotShareableError(
      `Cannot map: the result of item ${item} cannot cross: ${why}`,
    );
    return atCaller(error, this.#caller);
  }

  async #errorOf(value: unknown): Promise<unknown> {
    const excinfo = await realm().trace(toExcinfo(value));
    const error = new RunFailedError(excinfo, { cause: fromExcinfo(excinfo) });
    return errorOfTask(error, this.#caller);
  }

  /** Sends what may be on its way. What fails here is thrown behind the results before it. */
  #fill(): void {
    try {
      this.#sendMore();
    } catch (error) {
      this.#failure = { error };
      this.#isExhausted = true;
      this.#items.closeAfterError();
    }
  }

  #sendMore(): void {
    const { buffersize, chunksize } = this.#map;
    const most = this.#pool.maxWorkers * CHUNKS_EACH;
    while (!this.#isExhausted && !this.#isOver) {
      if (chunksize === "auto" && this.#open >= most) return;
      const room = buffersize - this.#waiting;
      // A chunk that would be small waits for more room, unless none is on its way.
      const size = Math.min(this.#size, buffersize);
      if (room < size && (room <= 0 || this.#open > 0)) return;
      const columns = this.#takeRows(Math.min(size, room));
      if (columns !== undefined) this.#send(columns);
    }
  }

  #send(columns: readonly (readonly unknown[])[]): void {
    const rows = { columns, start: this.#sent, notes: notesOf(columns) };
    this.#chunks.push(this.#begin(rows, undefined));
    this.#sent += columns[0]?.length ?? 0;
  }

  #begin(rows: Rows, refusal: Failure | undefined): Chunk {
    const length = rows.columns[0]?.length ?? 0;
    const moved = rows.notes.flatMap(({ buffers }) => buffers);
    const task = this.#pool.submit({
      job: { ...this.#job, args: argumentsFor(rows) },
      signal: this.#ending,
      timeoutMs: UNLIMITED,
      moved: moved.length === 0 ? undefined : moved,
      priority: 0,
      waits: true,
      validator: undefined,
      caller: this.#caller,
    });
    this.#waiting += length;
    this.#open++;
    task.addDoneCallback(() => {
      this.#open--;
      this.#letGoOfSignal();
      if (this.#map.chunksize === "auto" && !this.#isOver) this.#measure(task);
    });
    return { task, rows, length, refusal };
  }

  /** Takes so many rows, or what is left; `undefined` if nothing is. */
  #takeRows(size: number): unknown[][] | undefined {
    const { columns, end } = this.#items.take(size);
    if (end === undefined) return columns;
    this.#isExhausted = true;
    this.#failure = end.failure;
    return columns[0]?.length === 0 ? undefined : columns;
  }

  /** Learns from a chunk how many items the next ones should have. */
  #measure(task: Task<unknown>): void {
    if (hasFailed(task) || task.cancelled()) return;
    void task.then((value) => {
      const end = readChunk(value);
      if (end === undefined || this.#isOver) return;
      const each = end.ms / Math.max(end.results.length, 1);
      const wanted = Math.round(CHUNK_MS / Math.max(each, CHUNK_MS / LARGEST));
      this.#size = Math.max(1, Math.min(wanted, this.#size * GROWTH, LARGEST));
      this.#fill();
    });
  }

  /** There is nothing more to come. */
  #stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#results = [];
    this.#behind = undefined;
    for (const { task } of this.#chunks.splice(0)) task.cancel();
    this.#letGoOfSignal();
    if (this.#isExhausted) return;
    this.#isExhausted = true;
    this.#items.close();
  }
  /** The signal is heard for as long as calls run, also if nobody waits for their results. */
  #letGoOfSignal(): void {
    if (!this.#isOver || this.#open > 0) return;
    this.#map.signal?.removeEventListener("abort", this.#onAbort);
  }
}
