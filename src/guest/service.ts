// Answers calls that come through lanes (api/lane.ts). It is no run: the interpreter stays idle
// for its machine, so that a run and calls of a module's functions go on side by side.

import { type Channel, NOTHING } from "../channel/channel.ts";
import { encode } from "../codec/encode.ts";
import { asErrorOf } from "../codec/limit.ts";
import { NotShareableError } from "../errors.ts";
import { whenFulfilled } from "../primordials.ts";
import {
  type AnswerItem,
  CALL,
  type CallItem,
  DEFINE,
  type Definition,
  DESCRIBE,
  READ,
  REFUSED,
  RESULT,
  THREW,
} from "../protocol/line.ts";
import { readOutline } from "../protocol/outline.ts";
import type { Compiled, Evaluator } from "./evaluate.ts";
import { callExport, describe, exported, Modules } from "./modules.ts";
import { excinfoOf, isThenable, refersTo, Refused } from "./outcome.ts";
import type { GuestRealm } from "./realm.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Promise, RangeError, performance, queueMicrotask, setImmediate } = globalThis;
const now = performance.now.bind(performance);

type Callable = (...args: unknown[]) => unknown;

/** The longest that calls follow each other without a turn of the event loop. */
const LONGEST_MS = 10;

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
  /** Calls that have begun and are not answered. */
  #open = 0;
  /** By when the event loop is to have a turn. */
  #turnBy = 0;

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
    this.#turnBy = now() + LONGEST_MS;
    this.#goOn();
  }

  #goOn(): void {
    while (!this.#isBusy) {
      let item: unknown;
      try {
        item = this.#calls.tryRecv();
      } catch {
        if (this.#calls.isRecvClosed) return;
        // An item that cannot be read is of a caller that is gone, or of source's making.
        continue;
      }
      if (item === NOTHING) {
        this.#wait();
        return;
      }
      this.#handle(item);
      if (now() < this.#turnBy) continue;
      setImmediate(() => this.serve());
      return;
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
          this.#turnBy = now() + LONGEST_MS;
          this.#handle(item);
          this.#goOn();
        }),
      reject: () =>
        queueMicrotask(() => {
          if (!this.#calls.isRecvClosed) this.#goOn();
        }),
      // What has begun here may have something to do meanwhile.
    }, this.#open === 0);
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
        default:
          // Nobody sends these yet to a function that is called by its text.
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
    this.#settle(call, () => callee(args));
  }

  #describe(call: number, module: string): void {
    this.#settle(call, () => this.#modules.use(module, describe));
  }

  #read(call: number, module: string, name: string): void {
    this.#settle(call, () => this.#modules.use(module, (exports) => exported(exports, name)));
  }

  /** Answers a call with what it gives; a promise is awaited first. */
  #settle(call: number, give: () => unknown): void {
    let value: unknown;
    try {
      value = give();
      if (isThenable(value)) {
        const promise = value instanceof Promise ? value : new Promise((resolve) => resolve(value));
        this.#open++;
        whenFulfilled(
          promise,
          (result) => this.#end(() => this.#succeed(call, result)),
          (error) => this.#end(() => this.#fail(call, error)),
        );
        return;
      }
    } catch (error) {
      this.#fail(call, error);
      return;
    }
    this.#succeed(call, value);
  }

  /** Answers a call that has taken a while. */
  #end(answer: () => void): void {
    this.#open--;
    answer();
    if (this.#isInTurn) this.#goOn();
  }

  #succeed(call: number, value: unknown): void {
    try {
      this.#answers.post([call, RESULT, value] satisfies AnswerItem);
    } catch (error) {
      this.#fail(call, this.#whyNot(value, error));
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
