// The items of a channel one after the other: iterators and streams. Who leaves one may
// leave while it waits: what it waits for is then withdrawn, so that it neither swallows an
// item that nobody sees nor keeps the program alive.

import { type Channel, type GiveUp, NOTHING, type Settle } from "../channel/channel.ts";
import { ChannelClosedError } from "../errors.ts";
import { whenFulfilled } from "../primordials.ts";
import { callerHere } from "./caller.ts";
import { realm } from "./realm.ts";
import { inTurn } from "./turns.ts";

// Taken now: source may declare names of its own that hide these.
const { Error, Map, Object, Promise, ReadableStream, Set, clearInterval, setInterval } = globalThis;

/** How often a stream that waits looks whether its reader is still there. */
const LOOK_MS = 50;

interface Wait {
  readonly giveUp: GiveUp;
  readonly settle: Settle<unknown>;
}

/** What one `next` resolves to. */
interface Result {
  done: boolean;
  value: unknown;
}

/** How a wait ends that was withdrawn. */
const WITHDRAWN = new Error("Invariant: who leaves an iterator hears nothing of it");

/** An iterator over the items, until the channel is closed. */
export class Items implements AsyncIterableIterator<unknown> {
  readonly #open: () => Channel;
  readonly #waits = new Set<Wait>();
  /** Results on their way to whoever asked, with the channel that has their items back if need be. */
  readonly #unseen = new Map<Result, Channel>();
  #isLeft = false;
  #isEnded = false;

  /** @param open Gives the channel, or throws if it is closed. */
  constructor(open: () => Channel) {
    this.#open = open;
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#isLeft) return Promise.resolve(end());
    let result: Promise<Result>;
    try {
      const channel = this.#open();
      const value = channel.tryRecv();
      // What is there needs no wait, and fewer promises.
      result = value === NOTHING
        ? this.#wait(channel)
        : inTurn(Promise.resolve(this.#hand(value, channel)));
    } catch (error) {
      result = Promise.reject(error).catch((cause: unknown) => this.#end(cause));
    }
    // Before whoever asked goes on, and not much before. Of an error it hears by itself.
    whenFulfilled(result, (seen) => this.#unseen.delete(seen), () => {});
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an ended result has no value
    return result as Promise<IteratorResult<unknown, undefined>>;
  }

  return(value?: unknown): Promise<IteratorReturnResult<unknown>> {
    this.#isLeft = true;
    this.withdraw();
    return Promise.resolve({ done: true, value });
  }

  throw(error?: unknown): Promise<never> {
    this.#isLeft = true;
    this.withdraw();
    return Promise.reject(error);
  }

  // oxlint-disable-next-line no-restricted-globals -- Evaluated as the file loads; isolatedDeclarations wants the global.
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Whether a `next` waits for an item. */
  get isWaiting(): boolean {
    return this.#waits.size > 0;
  }

  /** Whether the channel is closed. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Gives up what is waited for, and back what was received and nobody has seen. */
  withdraw(): void {
    for (const { giveUp, settle } of this.#waits) {
      if (giveUp()) settle.reject(WITHDRAWN);
    }
    for (const [result, channel] of this.#unseen) {
      channel.giveBack(result.value);
      Object.assign(result, end());
    }
    this.#unseen.clear();
  }

  #hand(value: unknown, channel: Channel): Result {
    const result = { done: false, value };
    this.#unseen.set(result, channel);
    return result;
  }

  #wait(channel: Channel): Promise<Result> {
    const start = (settle: Settle<unknown>): GiveUp => {
      const giveUp = channel.startRecv(settle);
      wait = { giveUp, settle };
      this.#waits.add(wait);
      return giveUp;
    };
    let wait: Wait | undefined;
    const over = () => {
      if (wait !== undefined) this.#waits.delete(wait);
    };
    const limits = {
      signal: undefined,
      timeoutMs: Infinity,
      onTimeout: () => WITHDRAWN,
      caller: callerHere(),
    };
    return inTurn(realm().wait(start, limits)).then((value) => {
      over();
      if (!this.#isLeft) return this.#hand(value, channel);
      channel.giveBack(value);
      return end();
    }, (error: unknown) => {
      over();
      return error === WITHDRAWN ? end() : this.#end(error);
    });
  }

  #end(error: unknown): Result {
    if (!(error instanceof ChannelClosedError)) throw error;
    this.#isEnded = true;
    return end();
  }
}

function end(): IteratorReturnResult<undefined> {
  return { done: true, value: undefined };
}

/**
 * A stream of the items, which takes one only when it is asked for one.
 *
 * @param release Gives the receiving end up.
 */
export function streamOf(open: () => Channel, release: () => void): ReadableStream<unknown> {
  const items = new Items(open);
  const pull = async (controller: ReadableStreamDefaultController<unknown>): Promise<void> => {
    const next = items.next();
    // That a reader lets go of a stream, nobody tells those who fill it.
    const look = () => {
      if (!stream.locked) items.withdraw();
    };
    const timer = items.isWaiting ? setInterval(look, LOOK_MS) : undefined;
    try {
      const { done, value } = await next;
      if (items.isEnded) controller.close();
      if (done === true) return;
      if (stream.locked) controller.enqueue(value);
      else open().giveBack(value);
    } finally {
      clearInterval(timer);
    }
  };
  const cancel = () => {
    void items.return();
    release();
  };
  const stream = new ReadableStream<unknown>({ pull, cancel }, { highWaterMark: 0 });
  return stream;
}
