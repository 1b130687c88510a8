// One call over a lane: what is called, who hears how it ends, and what can be done with it on
// its way.

import type { Posted } from "../channel/channel.ts";
import { type CallItem, LEAVE, type ModuleExport, PULL, RAISE } from "../protocol/line.ts";

/** What is called: the text of a function, or an export of a module. */
export interface Target {
  /** Equal for what is the same: the text of a function crosses once. */
  readonly key: string;
  /** What errors call it. */
  readonly name: string;
  readonly what:
    | { readonly kind: "function"; readonly source: string; readonly filename: string }
    | ModuleExport;
}

/** One call. */
export interface LineCall {
  readonly target: Target;
  readonly args: readonly unknown[];
  /** Buffers in the arguments that move. Absent: those alone that were noted for an argument. */
  readonly moved?: readonly ArrayBuffer[] | undefined;
  /** It gives an iterator, which is asked for so many values at first. */
  readonly credit?: number;
}

/** Hears how a call ends: one of these is called, once. */
export interface Answered {
  succeed(value: unknown): void;
  /** The call threw, was refused, or the interpreter has ended. */
  fail(error: Error): void;
  /** Hears of values of an iterator. */
  values?(values: readonly unknown[]): void;
  /** Its iterator goes on after `leave` or `raise`, which gave this. */
  resumed?(value: unknown): void;
}

/** A call on its way. */
export interface PostedCall {
  /** What was to move and has come back, when it was withdrawn. */
  readonly returned: readonly ArrayBuffer[] | undefined;
  /** Takes the call back: `true` if it has not begun, and never will. Nobody hears of its end. */
  withdraw(): boolean;
  /** Whether the interpreter has received it; what it then does with it is not known. */
  hasBegun(): boolean;
  /** Nobody hears of its end any more. The call goes on. */
  abandon(): void;
  /** Somebody waits for it: that keeps the process alive. */
  hold(): void;
  /** Nobody waits for it now: it keeps no process alive until it is told something again. */
  rest(): void;
  /** Asks for more values of its iterator. */
  pull(credit: number): void;
  /** Calls `return` of its iterator. */
  leave(value: unknown): void;
  /** Calls `throw` of its iterator. */
  raise(error: unknown): void;
}

/** What a call needs of its lane. */
export interface CallLane {
  withdraw(call: Call): boolean;
  forget(call: Call): boolean;
  hasLeft(posted: Posted): boolean;
  /** Somebody waits for it, or nobody. */
  hold(): void;
  release(): void;
  /** Sends something about a call that goes on. */
  tell(item: CallItem): void;
}

/** A call that is pending, or was. */
export class Call implements PostedCall {
  readonly number: number;
  readonly answered: Answered;
  readonly #lane: CallLane;
  posted: Posted | undefined;
  isOver = false;
  #isHeld = false;
  #wasBegun: boolean | undefined;

  constructor(lane: CallLane, number: number, answered: Answered) {
    this.#lane = lane;
    this.number = number;
    this.answered = answered;
  }

  get returned(): readonly ArrayBuffer[] | undefined {
    return this.posted?.transfer?.returned;
  }

  hold(): void {
    if (this.#isHeld || this.isOver) return;
    this.#isHeld = true;
    this.#lane.hold();
  }

  withdraw(): boolean {
    const isWithdrawn = this.#lane.withdraw(this);
    if (isWithdrawn) this.#wasBegun = false;
    return isWithdrawn;
  }

  hasBegun(): boolean {
    if (this.#wasBegun !== undefined) return this.#wasBegun;
    return this.posted !== undefined && this.#lane.hasLeft(this.posted);
  }

  /** Keeps in mind whether it has begun: later nobody can tell. */
  noteBegun(): void {
    this.#wasBegun = this.hasBegun();
  }

  abandon(): void {
    this.noteBegun();
    this.#lane.forget(this);
  }

  rest(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#lane.release();
  }

  pull(credit: number): void {
    this.#tell([PULL, this.number, credit]);
  }

  leave(value: unknown): void {
    this.#tell([LEAVE, this.number, value]);
  }

  raise(error: unknown): void {
    this.#tell([RAISE, this.number, error]);
  }

  #tell(item: CallItem): void {
    if (this.isOver) return;
    this.#lane.tell(item);
    // Unless that has shown that the lane is at its end.
    this.hold();
  }
}
