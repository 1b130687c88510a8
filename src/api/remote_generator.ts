// A generator that runs in another interpreter. It gets credit for more values while it is
// read: few at first, and more if the reader has to wait. So it runs ahead by that and no
// more, and many values come in one message.

import { atCaller, type Caller } from "./caller.ts";
import type { Answered, PostedCall } from "./posted_call.ts";

// Taken now: source may declare names of its own that hide these.
const { FinalizationRegistry, Math, Promise } = globalThis;

/** The most values that it runs ahead. */
const MAX_AHEAD = 1024;

type Result = IteratorResult<unknown, unknown>;

/** How an iterator ended, or is to end. */
type End = { readonly value: unknown } | { readonly error: unknown };

/** Somebody who waits for what `next`, `return` or `throw` gives. */
interface Waiter {
  readonly isNext: boolean;
  /** Whose it is: an iterator that somebody waits for is in use. */
  readonly generator: RemoteGenerator | undefined;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** What a generator is made with. */
export interface RemoteGeneratorOptions {
  /** Who called the generator function, for its errors. */
  readonly caller: Caller;
  readonly signal: AbortSignal | undefined;
  /** Calls the function, with credit for so many values. */
  readonly start: (
    answered: Omit<Answered, "fail"> & { fail(error: unknown): void },
    credit: number,
  ) => PostedCall;
  /** The iterations of its module that have begun and not ended. */
  readonly open: Set<RemoteIteration>;
}

/** Leaves what nobody can read any more. */
const dropped = new FinalizationRegistry<RemoteIteration>((iteration) => iteration.abandon());

/**
 * The iterator, as whoever reads it has it. Nothing else refers to it while nobody waits: when it
 * is dropped, the generator is left.
 */
export class RemoteGenerator implements AsyncGenerator<unknown, unknown, undefined> {
  readonly #iteration: RemoteIteration;

  constructor(options: RemoteGeneratorOptions) {
    this.#iteration = new RemoteIteration(options);
    dropped.register(this, this.#iteration);
  }

  next(): Promise<Result> {
    return this.#iteration.next(this);
  }

  return(value?: unknown): Promise<Result> {
    return this.#iteration.return(value, this);
  }

  throw(error: unknown): Promise<Result> {
    return this.#iteration.throw(error, this);
  }

  // oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; isolatedDeclarations wants the global.
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Leaves it, as the end of a loop over it does. */
  // oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; isolatedDeclarations wants the global.
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}

/** What one iterator has read, and has still to hear of. */
export class RemoteIteration {
  readonly #options: RemoteGeneratorOptions;
  #call: PostedCall | undefined;
  #state: "new" | "open" | "ended" = "new";
  /** Values that are here; those before `#at` have been read. */
  #values: readonly unknown[] = [];
  #at = 0;
  /** Values that were asked for and are not here. */
  #asked = 0;
  /** How many values it may be ahead. */
  #ahead = 1;
  #waiters: Waiter[] = [];
  /** So many `return` and `throw` have no answer: until then values are for earlier waiters. */
  #leaving = 0;
  /** How it ended, until somebody has heard of it. */
  #end: End | undefined;

  constructor(options: RemoteGeneratorOptions) {
    this.#options = options;
  }

  next(generator: RemoteGenerator): Promise<Result> {
    if (this.#at < this.#values.length) {
      const value = this.#values[this.#at++];
      this.#ask();
      return Promise.resolve({ done: false, value });
    }
    if (this.#state === "ended") return this.#hearEnd();
    return this.#wait({ isNext: true, generator }, () => {
      if (this.#state === "new") {
        this.#start();
        return;
      }
      this.#call?.hold();
      this.#ahead = Math.min(2 * this.#ahead, MAX_AHEAD);
      this.#ask();
    });
  }

  return(value: unknown, generator: RemoteGenerator | undefined): Promise<Result> {
    return this.#leave({ value }, generator, (call) => call.leave(value));
  }

  throw(error: unknown, generator: RemoteGenerator): Promise<Result> {
    return this.#leave({ error }, generator, (call) => call.raise(error));
  }

  /** Nobody can read it any more: the generator is left, and nobody waits for that. */
  abandon(): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    this.#options.open.delete(this);
    const call = this.#call;
    if (call === undefined || call.withdraw()) return;
    call.leave(undefined);
    call.abandon();
  }

  #wait(whose: Pick<Waiter, "isNext" | "generator">, begin: () => void): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ ...whose, resolve, reject });
      begin();
    });
  }

  #start(): void {
    this.#state = "open";
    this.#asked = this.#ahead;
    this.#options.open.add(this);
    try {
      this.#call = this.#options.start({
        values: (values) => this.#add(values),
        resumed: (value) => this.#resume(value),
        succeed: (value) => this.#finish({ value }),
        fail: (error) => this.#finish({ error }),
      }, this.#ahead);
    } catch (error) {
      this.#finish({ error });
    }
  }

  /** Asks for more values if it may be that much further ahead. */
  #ask(): void {
    if (this.#state !== "open" || this.#leaving > 0) return;
    const wanted = this.#ahead - this.#asked - (this.#values.length - this.#at);
    if (2 * wanted < this.#ahead) return;
    this.#asked += wanted;
    this.#call?.pull(wanted);
    if (this.#waiters.length === 0) this.#call?.rest();
  }

  #add(values: readonly unknown[]): void {
    if (this.#state !== "open") return;
    // More than was asked for is of source that has got at what carries calls.
    if (this.#leaving === 0 && values.length > this.#asked) return;
    let at = 0;
    while (at < values.length && this.#waiters[0]?.isNext === true) {
      this.#waiters.shift()?.resolve({ done: false, value: values[at++] });
    }
    if (this.#leaving > 0) return;
    this.#asked -= values.length;
    this.#values = [...this.#values.slice(this.#at), ...values.slice(at)];
    this.#at = 0;
    this.#restIfUnawaited();
  }

  /** It goes on after `return` or `throw`. */
  #resume(value: unknown): void {
    if (this.#leaving === 0) return;
    this.#settleUpTo(this.#waiters.findIndex(({ isNext }) => !isNext), { value }, false);
    this.#leaving--;
    this.#restIfUnawaited();
    if (this.#waiters.length > 0) this.#ask();
  }

  #finish(end: End): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#options.open.delete(this);
    const leaver = this.#waiters.findIndex(({ isNext }) => !isNext);
    if (this.#waiters.length === 0) this.#end = end;
    else this.#settleUpTo(Math.max(leaver, 0), end, true);
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(DONE);
  }

  /** Settles a waiter; what those before it waited for does not come any more. */
  #settleUpTo(index: number, end: End, done: boolean): void {
    const settled = this.#waiters.splice(0, index + 1);
    const waiter = settled.pop();
    for (const earlier of settled) earlier.resolve(DONE);
    if ("value" in end) waiter?.resolve({ done, value: end.value });
    else waiter?.reject(this.#errorOf(end.error));
  }

  #leave(
    given: End,
    generator: RemoteGenerator | undefined,
    tell: (call: PostedCall) => void,
  ): Promise<Result> {
    if (this.#state === "open" && this.#call !== undefined) {
      try {
        tell(this.#call);
      } catch (error) {
        // It cannot cross: the generator has not heard of it, and goes on.
        return Promise.reject(error);
      }
    }
    this.#values = [];
    this.#at = 0;
    if (this.#state === "new") this.#state = "ended";
    if (this.#state === "ended") {
      this.#end = undefined;
      return "value" in given
        ? Promise.resolve({ done: true, value: given.value })
        : Promise.reject(given.error);
    }
    return this.#wait({ isNext: false, generator }, () => {
      this.#leaving++;
      this.#asked = 0;
    });
  }

  #hearEnd(): Promise<Result> {
    const end = this.#end;
    this.#end = undefined;
    if (end === undefined) return Promise.resolve(DONE);
    if ("value" in end) return Promise.resolve({ done: true, value: end.value });
    return Promise.reject(this.#errorOf(end.error));
  }

  /** Nobody waits for it: an iterator that is not read keeps no process alive. */
  #restIfUnawaited(): void {
    if (this.#waiters.length === 0) this.#call?.rest();
  }

  #errorOf(error: unknown): unknown {
    return atCaller(error, this.#options.caller, this.#options.signal);
  }
}

const DONE: Result = { done: true, value: undefined };
