// Whoever answers the calls of an interpreter: the program, if the program created it, or the
// interpreter that did, by frames.

import { type Answer, callFunction, failed, type FunctionCall } from "../../api/call_function.ts";
import type { HostFunction } from "../../api/create_options.ts";
import { tooLong } from "../../codec/limit.ts";
import { movedOf } from "../../codec/pieces.ts";
import type { ReadShapes } from "../../codec/shapes.ts";
import { InterpreterError } from "../../errors.ts";
import type { Outcome, Packed } from "../../protocol/frames.ts";
import type { GuestThread } from "../life/thread.ts";

/** The creator of one interpreter, as its calls see it. */
export interface Callee {
  /**
   * Answers a call, now, later or never.
   *
   * @param chain The caller, the interpreter that started its run, and so on.
   */
  call(call: FunctionCall, chain: readonly number[], answer: Answer): void;
  /** The caller is gone. */
  end(): void;
}

/** Functions of the program. */
export class LocalFunctions implements Callee {
  readonly #functions: ReadonlyMap<string, HostFunction>;
  readonly #shapes: ReadShapes;
  readonly #isBlockedOn: (chain: readonly number[]) => boolean;

  /** @param shapes What is remembered of the messages of the interpreter that calls. */
  constructor(
    functions: ReadonlyMap<string, HostFunction>,
    shapes: ReadShapes,
    isBlockedOn: (chain: readonly number[]) => boolean,
  ) {
    this.#functions = functions;
    this.#shapes = shapes;
    this.#isBlockedOn = isBlockedOn;
  }

  call(call: FunctionCall, chain: readonly number[], answer: Answer): void {
    const isBlocked = this.#isBlockedOn(chain);
    callFunction(this.#functions, { ...call, shapes: this.#shapes, isBlocked }, answer);
  }

  end(): void {
    // A function that never returns keeps what it holds: nobody could take that from it.
  }
}

/** The creator of an interpreter that another one created. */
export interface Creator {
  readonly thread: GuestThread;
  /** The creator's number of the creation. */
  readonly creation: number;
  /** The longest answer that it may send. */
  readonly messageBytes: number | undefined;
}

/** Functions of another interpreter. */
export class RelayedFunctions implements Callee {
  readonly #caller: number;
  readonly #creator: Creator;
  readonly #pending = new Map<number, { readonly name: string; readonly answer: Answer }>();
  /** Numbers of the runs, by their signals. */
  readonly #runs = new WeakMap<AbortSignal, number>();
  #lastCall = 0;
  #lastRun = 0;

  constructor(caller: number, creator: Creator) {
    this.#caller = caller;
    this.#creator = creator;
  }

  call({ name, args, signal }: FunctionCall, chain: readonly number[], answer: Answer): void {
    const { thread, creation } = this.#creator;
    if (thread.isEnding) {
      answer(failed(this.#goneError(name)));
      return;
    }
    const call = ++this.#lastCall;
    this.#pending.set(call, { name, answer });
    const caller = this.#caller;
    const run = this.#runOf(signal);
    const moved = movedOf(args.shared);
    thread.post({ type: "call", creation, caller, call, name, args, run, chain }, moved);
    // A call that had to wait for its turn may begin after the end of its run.
    if (signal.aborted) thread.post({ type: "runEnded", creation, run });
  }

  /** Takes an answer of a guest, if it is the creator. */
  onAnswer(thread: GuestThread, call: number, outcome: Outcome<Packed>): void {
    const { thread: creator, messageBytes = Infinity } = this.#creator;
    if (thread !== creator) return;
    const waiting = this.#pending.get(call);
    if (waiting === undefined) return;
    this.#pending.delete(call);
    const { name, answer } = waiting;
    const { length } = outcome.ok ? outcome.value.bytes : [];
    if (length <= messageBytes) return answer(outcome);
    const what = `Cannot return the result of host.${name}`;
    answer(failed(tooLong(what, { length, limit: messageBytes })));
  }

  /** Fails what waits for an answer, if that thread is the creator's. */
  onGone(thread: GuestThread): void {
    if (thread !== this.#creator.thread) return;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { name, answer } of pending) answer(failed(this.#goneError(name)));
  }

  end(): void {
    this.#pending.clear();
    const { thread, creation } = this.#creator;
    if (!thread.isEnding) thread.post({ type: "callerEnded", creation });
  }

  #runOf(signal: AbortSignal): number {
    const known = this.#runs.get(signal);
    if (known !== undefined) return known;
    const run = ++this.#lastRun;
    this.#runs.set(signal, run);
    signal.addEventListener("abort", () => {
      const { thread, creation } = this.#creator;
      if (!thread.isEnding) thread.post({ type: "runEnded", creation, run });
    }, { once: true });
    return run;
  }

  #goneError(name: string): InterpreterError {
    const { id } = this.#creator.thread;
    return new InterpreterError(
      `Cannot call host.${name}: interpreter ${id}, which created this one, is gone`,
    );
  }
}
