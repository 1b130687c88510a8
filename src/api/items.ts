// The items of a channel or queue one after the other: iterators and streams. They take an item only
// when they are asked for one. Whoever leaves one leaves no item behind in it: what it waits
// for is withdrawn, and what has come without being seen returns to the channel.

import { type Channel, NOTHING, type Received } from "../channel/channel.ts";
import { isClosedError } from "../channel/names.ts";
import { whenFulfilled } from "../primordials.ts";
import { atCaller, type Caller, callerHere } from "./caller.ts";
import { LEFT, type Pull, realm } from "./realm.ts";
import { inTurn } from "./turns.ts";
import type { Validator } from "./validation.ts";

// Taken now: source may declare names of its own that hide these.
const { Map, Object, Promise, ReadableStream, clearInterval, setInterval } = globalThis;

/** How often a stream that waits looks whether its reader is still there. */
const LOOK_MS = 50;

/** What one `next` resolves to. */
interface Result {
  done: boolean;
  value: unknown;
}

/** An iterator over the items, until the channel is closed. */
export class Items<T> implements AsyncIterableIterator<T> {
  readonly #open: () => Channel;
  readonly #validator: Validator<T> | undefined;
  #channel: Channel | undefined;
  #pull: Pull | undefined;
  #waits = 0;
  /**
   * Results on their way to whoever asked, with the places that their items return to. A
   * result that a schema made of an item has the item beside it.
   */
  readonly #unseen = new Map<Result, number | Received>();
  /** The place of the item that was handed out last. */
  #place = 0;
  /** That item, if it was validated. */
  #validated: Received | undefined;
  #isLeft = false;
  #isEnded = false;

  /**
   * @param open Gives the channel, or throws if it is closed.
   * @param validator What the items must fit.
   */
  constructor(open: () => Channel, validator: Validator<T> | undefined) {
    this.#open = open;
    this.#validator = validator;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#isLeft) return Promise.resolve(end());
    let result: Promise<Result>;
    try {
      const channel = this.#channel = this.#open();
      const item = channel.tryRecv();
      // An item that is there needs no wait, and fewer promises.
      result = item === NOTHING
        ? this.#wait(channel)
        : inTurn(Promise.resolve(this.#hand(item, channel.place, callerHere)));
    } catch (error) {
      result = Promise.reject(error).catch((cause: unknown) => this.#end(cause));
    }
    // Just before the caller of `next` goes on. An error returns nothing to the channel.
    whenFulfilled(result, (seen) => this.#unseen.delete(seen), () => {});
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type is a claim of the user's; an ended result has no value
    return result as Promise<IteratorResult<T, undefined>>;
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
    return this.#waits > 0;
  }

  /** Whether the channel is closed. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Withdraws the waits, and returns to the channel what has come and nobody has seen. */
  withdraw(): void {
    this.#pull?.leave();
    const unseen = [...this.#unseen];
    this.#unseen.clear();
    for (const [result, kept] of unseen) {
      this.#channel?.putBack(
        typeof kept === "number" ? { item: result.value, place: kept } : kept,
      );
      Object.assign(result, end());
    }
  }

  /** Returns the item that was handed out last to the channel: the next receiver has it. */
  putBackLast(item: unknown): void {
    this.#channel?.putBack(this.#validated ?? { item, place: this.#place });
  }

  /** Hands an item to whoever asked: at once, or when it has been validated. */
  #hand(item: unknown, place: number, caller: () => Caller): Result | Promise<Result> {
    this.#place = place;
    const result = { done: false, value: item };
    const validator = this.#validator;
    if (validator === undefined) {
      this.#unseen.set(result, place);
      return result;
    }
    this.#validated = { item, place };
    this.#unseen.set(result, this.#validated);
    return this.#validate(validator, result, caller());
  }

  async #validate(validator: Validator<T>, result: Result, caller: Caller): Promise<Result> {
    try {
      const { value } = await validator.check(result.value);
      if (this.#unseen.has(result)) result.value = value;
    } catch (error) {
      // Whoever has left meanwhile hears nothing: the item is in the channel again.
      if (this.#unseen.delete(result)) throw atCaller(error, caller);
    }
    return result;
  }

  #wait(channel: Channel): Promise<Result> {
    this.#pull ??= realm().pull(channel);
    this.#waits++;
    const caller = callerHere();
    return inTurn(this.#pull.next(caller)).then((received) => {
      this.#waits--;
      if (!this.#isLeft) return this.#hand(received.item, received.place, () => caller);
      channel.putBack(received);
      return end();
    }, (error: unknown) => {
      this.#waits--;
      return error === LEFT ? end() : this.#end(error);
    });
  }

  #end(error: unknown): Result {
    if (!isClosedError(error)) throw error;
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
export function streamOf<T>(items: Items<T>, release: () => void): ReadableStream<T> {
  const pull = async (controller: ReadableStreamDefaultController<T>): Promise<void> => {
    const next = items.next();
    // A reader that lets go of a stream is not reported to those who fill it.
    const look = () => {
      if (!stream.locked) items.withdraw();
    };
    const timer = items.isWaiting ? setInterval(look, LOOK_MS) : undefined;
    try {
      const { done, value } = await next;
      if (items.isEnded) controller.close();
      if (done === true) return;
      if (stream.locked) controller.enqueue(value);
      else items.putBackLast(value);
    } finally {
      clearInterval(timer);
    }
  };
  const cancel = () => {
    void items.return();
    release();
  };
  const stream = new ReadableStream<T>({ pull, cancel }, { highWaterMark: 0 });
  return stream;
}
