// Answers calls that come through lanes (api/lane.ts). It is no run: the interpreter stays idle
// for its machine, so that a run and calls of a module's functions go on side by side.

import { isTurnDue } from "../api/turns.ts";
import { type Channel, NOTHING, Spinner } from "../channel/channel.ts";
import { beginningOf } from "../codec/decode.ts";
import { encode } from "../codec/encode.ts";
import { asErrorOf } from "../codec/limit.ts";
import { moving, notedFor, notedInside } from "../codec/transfers.ts";
import { NotShareableError } from "../errors.ts";
import { SafeMap, whenFulfilled } from "../primordials.ts";
import { CHUNK } from "../protocol/chunk.ts";
import {
  type AnswerItem,
  CALL,
  type CallItem,
  DEFINE,
  type Definition,
  DESCRIBE,
  ITERATE,
  LEAVE,
  PULL,
  RAISE,
  READ,
  REFUSED,
  RESULT,
  RESUMED,
  THREW,
  VALUES,
} from "../protocol/line.ts";
import { readOutline } from "../protocol/outline.ts";
import type { Compiled, Evaluator } from "./evaluate.ts";
import { callExport, describe, exported, Modules } from "./modules.ts";
import { excinfoOf, isThenable, refersTo, Refused } from "./outcome.ts";
import { type Consumer, isIterating, Producer } from "./producer.ts";
import type { GuestRealm } from "./realm.ts";
import { notedInResults, salvaged } from "./salvage.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Error, Promise, RangeError, queueMicrotask, setImmediate } = globalThis;

type Callable = (...args: unknown[]) => unknown;

const NO_ITERATOR =
  "Cannot iterate: what was called gave no iterator; it must be a generator function";

/** The two channels of a lane, as the host hands them over. */
interface Opened {
  readonly calls: SharedArrayBuffer;
  readonly answers: SharedArrayBuffer;
  readonly isInTurn: boolean;
}

/** What a slot holds: how it is called with arguments. */
type Callee = (args: readonly unknown[]) => unknown;

/** The lanes that end in this interpreter. */
export class Service {
  readonly #evaluator: Evaluator;
  readonly #realm: GuestRealm;

  constructor(evaluator: Evaluator, realm: GuestRealm) {
    this.#evaluator = evaluator;
    this.#realm = realm;
  }

  /** Answers what comes through a lane, until its caller gives it up. */
  open({ calls, answers, isInTurn }: Opened): void {
    const { currentId } = this.#realm;
    const ends = { calls: this.#realm.meet(calls), answers: this.#realm.meet(answers) };
    new ServedLane(ends, { evaluator: this.#evaluator, currentId, isInTurn }).serve();
  }
}

/** One of them. */
class ServedLane {
  readonly #calls: Channel;
  readonly #answers: Channel;
  readonly #evaluator: Evaluator;
  readonly #id: number;
  readonly #isInTurn: boolean;
  readonly #modules: Modules;
  readonly #slots: Callee[] = [];
  /** The iterators that are read elsewhere, by the caller's number of the call. */
  readonly #producers = new SafeMap<number, Producer>();
  readonly #spinner = new Spinner(true);
  /** Calls that have begun and are not answered. */
  #open = 0;

  constructor(
    { calls, answers }: { readonly calls: Channel; readonly answers: Channel },
    { evaluator, currentId, isInTurn }: {
      readonly evaluator: Evaluator;
      readonly currentId: number;
      readonly isInTurn: boolean;
    },
  ) {
    this.#calls = calls;
    this.#answers = answers;
    this.#evaluator = evaluator;
    this.#modules = new Modules((module) => evaluator.import(module));
    this.#id = currentId;
    this.#isInTurn = isInTurn;
  }

  /** Handles what is there, and whatever comes. */
  serve(): void {
    while (!this.#isBusy) {
      if (isTurnDue()) {
        setImmediate(() => this.serve());
        return;
      }
      let item: unknown;
      try {
        item = this.#calls.tryRecv();
        if (item === NOTHING) {
          this.#wait();
          return;
        }
        this.#handle(item);
      } catch (error) {
        if (this.#calls.isRecvClosed) {
          this.#close();
          return;
        }
        this.#onUnreadable(error);
      }
    }
  }

  /** In a lane whose calls are in turn nothing is received before the last is answered. */
  get #isBusy(): boolean {
    return this.#isInTurn && this.#open > 0;
  }

  #wait(): void {
    this.#calls.startRecv({
      // Not in the middle of what the channel does.
      resolve: (item) =>
        queueMicrotask(() => {
          this.#handle(item);
          this.serve();
        }),
      reject: (error) =>
        queueMicrotask(() => {
          if (this.#calls.isRecvClosed) this.#close();
          else {
            this.#onUnreadable(error);
            this.serve();
          }
        }),
      // What has begun here may have something to do meanwhile.
    }, this.#open === 0 ? this.#spinner : null);
  }

  /** A call whose arguments cannot be read is answered, if it is known which it is. */
  #onUnreadable(error: unknown): void {
    const cause = error instanceof Error ? error.cause : undefined;
    const beginning = beginningOf(cause);
    const call = beginning[1];
    if (typeof call !== "number") return;
    switch (beginning[0]) {
      case CALL:
      case ITERATE: {
        const why = cause instanceof Error ? `: ${cause.message}` : "";
        this.#fail(
          call,
          new Refused("NotShareableError", `The arguments cannot be received${why}`),
        );
        return;
      }
      case LEAVE:
      case RAISE:
        this.#producers.get(call)?.leave(undefined);
        return;
    }
  }

  /** The caller has given the lane up: nobody reads its iterators any more. */
  #close(): void {
    this.#producers.forEach((producer) => producer.leave(undefined));
    this.#producers.clear();
  }

  #handle(given: unknown): void {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Whoever calls may run anything here anyway.
    const item = given as CallItem;
    try {
      // By index: source may have replaced what destructuring of a list takes.
      switch (item[0]) {
        case DEFINE:
          this.#slots[item[1]] = this.#calleeOf(item[2]);
          return;
        case CALL:
          this.#begin(item[1], item[2], item[3]);
          return;
        case DESCRIBE:
          this.#describe(item[1], item[2]);
          return;
        case READ:
          this.#read(item[1], item[2], item[3]);
          return;
        case ITERATE:
          this.#iterate(item[1], item[2], { args: item[3], credit: item[4] });
          return;
        case PULL:
          this.#producers.get(item[1])?.pull(item[2]);
          return;
        case LEAVE:
          this.#producers.get(item[1])?.leave(item[2]);
          return;
        case RAISE:
          this.#producers.get(item[1])?.raise(item[2]);
          return;
      }
    } catch {
      // Not in the shape of an item: nobody waits for an answer to it.
    }
  }

  #calleeOf(definition: Definition): Callee {
    const evaluator = this.#evaluator;
    if (definition.kind === "export") {
      const { module, name } = definition;
      return (args) => this.#modules.use(module, (exports) => callExport(exports, name, args));
    }
    const { load } = definition;
    const compiled: Compiled = { ...load, outline: readOutline(load.script.outline) };
    const { needs = [] } = compiled.outline;
    let fn: Callable | undefined;
    return (args) => {
      const missing = evaluator.missing(needs);
      if (missing !== undefined) throw new Refused("TypeError", refersTo(this.#id, missing));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The script of a call has a function as its value.
      fn ??= evaluator.run(compiled, null) as Callable;
      return evaluator.call(fn, args, null);
    };
  }

  #begin(call: number, slot: number, args: readonly unknown[]): void {
    const callee = this.#slots[slot];
    if (callee === undefined || !Array.isArray(args)) return;
    this.#settle(call, () => callee(args), args[1] === CHUNK);
  }

  /** Calls what gives an iterator, and begins to read that. */
  #iterate(
    call: number,
    slot: number,
    { args, credit }: { readonly args: readonly unknown[]; readonly credit: number },
  ): void {
    const callee = this.#slots[slot];
    if (callee === undefined || !Array.isArray(args)) return;
    let iterator: unknown;
    try {
      iterator = callee(args);
    } catch (error) {
      this.#fail(call, error);
      return;
    }
    const start = (made: unknown): void => {
      if (!isIterating(made)) {
        this.#fail(call, new Refused("TypeError", NO_ITERATOR));
        return;
      }
      const producer = new Producer(made, this.#consumerOf(call));
      this.#producers.set(call, producer);
      producer.pull(credit);
    };
    // Its module may have to be loaded first.
    if (iterator instanceof Promise) {
      whenFulfilled(iterator, start, (error) => this.#fail(call, error));
    } else start(iterator);
  }

  #consumerOf(call: number): Consumer {
    return {
      values: (values) => this.#sendValues(call, values),
      resumed: (value) => this.#send([call, RESUMED, value], value),
      succeed: (value) => {
        this.#producers.delete(call);
        this.#send([call, RESULT, value], value);
      },
      fail: (error) => {
        this.#producers.delete(call);
        this.#fail(call, error);
      },
    };
  }

  /** Sends values of an iterator; `false` if one of them cannot cross, after those before it. */
  #sendValues(call: number, values: readonly unknown[]): boolean {
    try {
      const item: AnswerItem = [call, VALUES, values];
      this.#answers.post(item, moving(notedInside(values, undefined)));
      return true;
    } catch (error) {
      if (values.length > 1) {
        for (let i = 0; i < values.length; i++) {
          if (!this.#sendValues(call, [values[i]])) return false;
        }
        return true;
      }
      this.#producers.delete(call);
      this.#fail(call, this.#whyNot(values[0], error));
      return false;
    }
  }

  #describe(call: number, module: string): void {
    this.#settle(call, () => this.#modules.use(module, describe));
  }

  #read(call: number, module: string, name: string): void {
    this.#settle(call, () => this.#modules.use(module, (exports) => exported(exports, name)));
  }

  /** Answers a call with what it gives; a promise is awaited first. */
  #settle(call: number, give: () => unknown, isChunk = false): void {
    let value: unknown;
    try {
      value = give();
      if (isThenable(value)) {
        const promise = value instanceof Promise ? value : new Promise((resolve) => resolve(value));
        whenFulfilled(
          promise,
          (result) => this.#end(() => this.#succeed(call, result, isChunk)),
          (error) => this.#end(() => this.#fail(call, error)),
        );
        this.#open++;
        return;
      }
    } catch (error) {
      this.#fail(call, error);
      return;
    }
    this.#succeed(call, value, isChunk);
  }

  /** Answers a call that has taken a while. */
  #end(answer: () => void): void {
    this.#open--;
    answer();
    if (this.#isInTurn) this.serve();
  }

  #succeed(call: number, value: unknown, isChunk: boolean): void {
    if (isChunk) this.#sendChunk(call, value);
    else this.#send([call, RESULT, value], value);
  }

  /** Sends what a chunk of calls gave, or the part of it that can cross. */
  #sendChunk(call: number, value: unknown): void {
    try {
      this.#answers.post([call, RESULT, value], moving(notedInResults(value)));
    } catch (error) {
      const part = error instanceof NotShareableError ? salvaged(value) : undefined;
      this.#send([call, RESULT, part ?? value], part ?? value);
    }
  }

  /** Sends an answer with a value; a value that cannot cross becomes the error. */
  #send(item: AnswerItem, value: unknown): void {
    try {
      this.#answers.post(item, moving(notedFor(value)));
    } catch (error) {
      this.#producers.delete(item[0]);
      this.#fail(item[0], this.#whyNot(value, error));
    }
  }

  /** Why a result cannot be sent: its path begins at the result. */
  #whyNot(value: unknown, error: unknown): unknown {
    try {
      if (error instanceof NotShareableError) encode(value);
    } catch (again) {
      if (again instanceof NotShareableError) {
        return new Refused("NotShareableError", again.message);
      }
      return again;
    }
    if (!(error instanceof RangeError)) return error;
    return new Refused(
      "RangeError",
      asErrorOf("Cannot return the result of a call", error).message,
    );
  }

  #fail(call: number, error: unknown): void {
    try {
      this.#answers.post(
        (Refused.is(error)
          ? [call, REFUSED, error.tag, error.message]
          : [call, THREW, excinfoOf(error)]) satisfies AnswerItem,
      );
    } catch {
      // The caller is gone.
    }
  }
}
