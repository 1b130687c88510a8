// An iterator that is read elsewhere. It runs as far ahead as it has credit, and its values go
// in batches: what it gives within one turn of the event loop is one message.

import { whenFulfilled } from "../primordials.ts";
import { fieldsOf } from "../protocol/check.ts";

// Taken now: source may declare names of its own that hide these.
const { Promise, performance, setImmediate } = globalThis;
const now = performance.now.bind(performance);

/** Values of one message. */
const BATCH = 256;
/** The longest that values follow each other without a turn of the event loop. */
const LONGEST_MS = 10;

/** What an iterator has to have. */
export interface Iterating {
  next(): unknown;
  return(value: unknown): unknown;
  throw(error: unknown): unknown;
}

/** Hears what an iterator gives. */
export interface Consumer {
  /** `false` if the values cannot cross: then the iterator is left. */
  values(values: readonly unknown[]): boolean;
  resumed(value: unknown): void;
  /** It is at its end; nothing follows. */
  succeed(value: unknown): void;
  fail(error: unknown): void;
}

/** Whether a value is the iterator of a generator, or one like it. */
export function isIterating(value: unknown): value is Iterating {
  const { next, return: leave, throw: raise } = fieldsOf(value);
  return typeof next === "function" && typeof leave === "function" && typeof raise === "function";
}

/** One iterator. */
export class Producer {
  readonly #iterator: Iterating;
  readonly #consumer: Consumer;
  #credit = 0;
  #values: unknown[] = [];
  #isFlushing = false;
  /** A `next` has been called whose promise is pending. */
  #isBusy = false;
  #isOver = false;
  #turnBy = 0;

  constructor(iterator: Iterating, consumer: Consumer) {
    this.#iterator = iterator;
    this.#consumer = consumer;
  }

  /** Lets it give so many more values. */
  pull(credit: number): void {
    this.#credit += credit;
    this.#turnBy = now() + LONGEST_MS;
    this.#run();
  }

  /** Ends it by its `return`, which runs its `finally`. */
  leave(value: unknown): void {
    this.#resume(() => this.#iterator.return(value));
  }

  /** Throws an error where it stands. */
  raise(error: unknown): void {
    this.#resume(() => this.#iterator.throw(error));
  }

  #run(): void {
    while (this.#credit > 0 && !this.#isBusy && !this.#isOver) {
      let result: unknown;
      try {
        result = this.#iterator.next();
      } catch (error) {
        this.#fail(error);
        return;
      }
      if (result instanceof Promise) {
        this.#isBusy = true;
        whenFulfilled(result, (settled) => {
          this.#isBusy = false;
          this.#take(settled);
          this.#run();
        }, (error) => this.#fail(error));
        return;
      }
      this.#take(result);
      if (now() < this.#turnBy) continue;
      this.#flush();
      setImmediate(() => this.pull(0));
      return;
    }
  }

  #take(result: unknown): void {
    if (this.#isOver) return;
    const { done, value } = fieldsOf(result);
    if (done === true) {
      this.#succeed(value);
      return;
    }
    const { length } = this.#values;
    this.#values[length] = value;
    if (this.#credit > 0) this.#credit--;
    if (length + 1 >= BATCH || this.#credit <= 0) this.#flush();
    else if (!this.#isFlushing) {
      this.#isFlushing = true;
      setImmediate(() => {
        this.#isFlushing = false;
        this.#flush();
      });
    }
  }

  #flush(): void {
    const values = this.#values;
    if (values.length === 0 || this.#isOver) return;
    this.#values = [];
    if (this.#consumer.values(values)) return;
    this.#isOver = true;
    try {
      const left = this.#iterator.return(undefined);
      if (left instanceof Promise) whenFulfilled(left, () => {}, () => {});
    } catch {
      // The caller has heard already why it ends.
    }
  }

  /** The consumer drops what nobody waits for, and asks anew for more. */
  #resume(resume: () => unknown): void {
    if (this.#isOver) return;
    this.#flush();
    if (this.#isOver) return;
    this.#credit = 0;
    let result: unknown;
    try {
      result = resume();
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (result instanceof Promise) {
      whenFulfilled(result, (settled) => this.#resumed(settled), (error) => this.#fail(error));
    } else this.#resumed(result);
  }

  #resumed(result: unknown): void {
    if (this.#isOver) return;
    const { done, value } = fieldsOf(result);
    if (done === true) this.#succeed(value);
    else this.#consumer.resumed(value);
  }

  #succeed(value: unknown): void {
    this.#flush();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#consumer.succeed(value);
  }

  #fail(error: unknown): void {
    this.#flush();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#consumer.fail(error);
  }
}
