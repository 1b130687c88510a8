// The caller's side of a lane, which carries calls to one interpreter and their answers: two
// channels that nobody else has. It is the same in the program and in an interpreter. A call
// costs an item each way, and no frame.
//
// There are two kinds. In an interleaved lane calls begin when they are received. In a lane
// whose calls are in turn the interpreter receives none before the last is answered. So what
// has not been received has not begun, and can be withdrawn: no call is made twice.

import { type GiveUp, NOTHING, type Posted, Spinner } from "../channel/channel.ts";
import { beginningOf } from "../codec/decode.ts";
import { encode } from "../codec/encode.ts";
import { checkExcinfo } from "../codec/excinfo.ts";
import { asErrorOf } from "../codec/limit.ts";
import { moving, notedInside, type Transfer } from "../codec/transfers.ts";
import { type Excinfo, InterpreterError, NotShareableError } from "../errors.ts";
import {
  CALL,
  type CallItem,
  DEFINE,
  type Definition,
  DESCRIBE,
  ITERATE,
  LEAVE,
  READ,
  REFUSED,
  RESULT,
  RESUMED,
  THREW,
  VALUES,
} from "../protocol/line.ts";
import { SafeMap } from "../primordials.ts";
import {
  type Answered,
  Call,
  type CallLane,
  type LineCall,
  type PostedCall,
  type Target,
} from "./posted_call.ts";
import { type ReadEnd, Reading } from "./lane_reading.ts";
import { type LaneEnds, realm } from "./realm.ts";
import { failed, refusal, toError, unreceived } from "./lane_errors.ts";
import { withReturned } from "./transfer.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Error, Promise, RangeError, performance } = globalThis;

/** Functions and exports that an interpreter keeps for one lane. */
const SLOTS = 256;
/** The longest that answers are read without a turn of the event loop, and after an end. */
const LONGEST_MS = 10;
const LAST_MS = 2_000;
/** Answers between two looks at the clock. */
const LOOKS = 32;

/** Pending calls of all lanes. */
let awaited = 0;

/** One lane to one interpreter. */
export class Lane implements CallLane {
  readonly #id: number;
  readonly #ends: LaneEnds;
  readonly #onOver: () => void;
  readonly #pending = new SafeMap<number, Call>();
  readonly #slots = new SafeMap<string, number | Promise<number>>();
  readonly #keys: string[] = [];
  readonly #spinner = new Spinner(true);
  #nextSlot = 0;
  #lastCall = 0;
  #held = 0;
  readonly #reading = new Reading({
    read: () => this.#read(),
    wait: (arrived) => this.#wait(arrived),
  });
  #isEnding = false;
  #isOver = false;

  /** @param onOver Called when nothing can be called through it any more. */
  constructor(id: number, isInTurn: boolean, onOver: () => void) {
    this.#id = id;
    this.#onOver = onOver;
    this.#ends = realm().openLane(id, isInTurn, (error) => this.#end(error));
  }

  /**
   * Sends a call.
   *
   * @throws {NotShareableError | RangeError | TypeError} It cannot be sent; nothing was.
   */
  post(lineCall: LineCall, answered: Answered): PostedCall {
    const slot = this.#slotOf(lineCall.target);
    const call = this.#add(answered);
    try {
      if (typeof slot === "number") this.#sendCall(call, slot, lineCall);
      else void this.#whenKnown(slot, call, lineCall);
    } catch (error) {
      this.forget(call);
      throw error;
    }
    this.#reading.need();
    return call;
  }

  /** Sends a call when its target has a slot. */
  async #whenKnown(slot: Promise<number>, call: Call, lineCall: LineCall): Promise<void> {
    try {
      let known: number | Promise<number> = slot;
      // Asked again: by then others may have taken the slot.
      while (typeof known !== "number") {
        await known;
        if (call.isOver) return;
        known = this.#slotOf(lineCall.target);
      }
      this.#sendCall(call, known, lineCall);
    } catch (error) {
      if (this.forget(call)) call.answered.fail(toError(error));
    }
  }

  /** Loads a module there, and asks what it exports. */
  describe(module: string, answered: Answered): PostedCall {
    return this.#ask(answered, (number) => [DESCRIBE, number, module]);
  }

  /** Asks for a copy of an export of a module. */
  read(module: string, name: string, answered: Answered): PostedCall {
    return this.#ask(answered, (number) => [READ, number, module, name]);
  }

  #ask(answered: Answered, item: (number: number) => CallItem): PostedCall {
    const call = this.#add(answered);
    try {
      call.posted = this.#post(item(call.number));
    } catch (error) {
      this.forget(call);
      throw error;
    }
    this.#reading.need();
    return call;
  }

  /** Sends something about a call that goes on; if it cannot, because the lane ends, so does the call. */
  tell(item: CallItem): void {
    try {
      this.#post(item);
    } catch (error) {
      if (!this.#isOver) throw error;
    }
    this.#reading.need();
  }

  #post(item: CallItem, transfer?: Transfer): Posted {
    try {
      return this.#ends.calls.post(item, transfer);
    } catch (error) {
      throw this.#ends.calls.isSendClosed ? this.#fail(error) : error;
    }
  }

  /** Keeps the process alive until as many `release()` have come. */
  hold(): void {
    if (this.#held++ === 0) this.#ends.hold();
  }

  /** Ends one `hold()`. */
  release(): void {
    if (--this.#held === 0) this.#ends.release();
  }

  /** Nobody hears of the end of a call any more; `false` if it is over. */
  forget(call: Call): boolean {
    if (!this.#pending.delete(call.number)) return false;
    awaited--;
    call.isOver = true;
    call.rest();
    return true;
  }

  /** Takes a call back that has not begun. */
  withdraw(call: Call): boolean {
    const { isOver, posted } = call;
    return !isOver && (posted === undefined || this.#takeBack(posted)) && this.forget(call);
  }

  #takeBack(posted: Posted): boolean {
    try {
      return this.#ends.calls.takeBack(posted);
    } catch (error) {
      // Whoever withdraws does so in a timer: nobody would catch it there.
      this.#fail(error);
      return false;
    }
  }

  /** Whether an item has been received. */
  hasLeft(posted: Posted): boolean {
    return this.#ends.calls.hasLeft(posted);
  }

  #add(answered: Answered): Call {
    const call = new Call(this, ++this.#lastCall, answered);
    this.#pending.set(call.number, call);
    awaited++;
    call.hold();
    return call;
  }

  #sendCall(call: Call, slot: number, { target, args, moved, credit }: LineCall): void {
    const transfer = moving(notedInside(args, moved));
    const item: CallItem = credit === undefined
      ? [CALL, call.number, slot, args]
      : [ITERATE, call.number, slot, args, credit];
    try {
      call.posted = this.#post(item, transfer);
    } catch (error) {
      withReturned(error, transfer);
      const what = `Cannot call ${target.name} in interpreter ${this.#id}`;
      // Encoded again, so that the path begins at the arguments.
      if (error instanceof NotShareableError) encode(args, `${what}: the list of arguments`);
      throw error instanceof RangeError ? asErrorOf(what, error) : error;
    }
  }

  /** Where the interpreter has the target, once what is sent before has been received. */
  #slotOf({ key, name, what }: Target): number | Promise<number> {
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    if (what.kind === "export") return this.#define(key, what);
    const load = realm().prepare(this.#id, what.source, what.filename);
    if (!(load instanceof Promise)) return this.#define(key, { kind: "function", load });
    const defining = load.then((loaded) => {
      if (this.#isOver) throw new Error(`Invariant: nobody waits for ${name} any more`);
      return this.#define(key, { kind: "function", load: loaded });
    });
    this.#slots.set(key, defining);
    defining.catch(() => this.#slots.delete(key));
    return defining;
  }

  #define(key: string, definition: Definition): number {
    const slot = this.#nextSlot;
    this.#post([DEFINE, slot, definition]);
    this.#nextSlot = (slot + 1) % SLOTS;
    const last = this.#keys[slot];
    if (last !== undefined) this.#slots.delete(last);
    this.#keys[slot] = key;
    this.#slots.set(key, slot);
    return slot;
  }

  #read(): ReadEnd {
    if (!this.#readAll(performance.now() + LONGEST_MS)) return "late";
    return this.#pending.size > 0 ? "wait" : "rest";
  }

  /** Reads what is there; `false` if that ended the lane, or there may be more. */
  #readAll(endMs: number): boolean {
    this.#reading.lookAtArrived();
    for (let count = 1; !this.#isOver; count++) {
      try {
        const item = this.#ends.answers.tryRecv();
        if (item === NOTHING) return true;
        this.#onAnswer(item);
      } catch (error) {
        this.#onUnreadable(error);
      }
      if (count % LOOKS === 0 && performance.now() >= endMs) return false;
    }
    return false;
  }

  #wait(arrived: (look: () => void) => void): GiveUp | undefined {
    try {
      return this.#ends.answers.startRecv({
        resolve: (item) => arrived(() => this.#onAnswer(item)),
        reject: (error) => arrived(() => this.#onUnreadable(error)),
        // With more than one pending call this thread has something else to do soon.
      }, awaited === 1 ? this.#spinner : null);
    } catch (error) {
      this.#fail(error);
      return undefined;
    }
  }

  /** An answer cannot be read: it would take far too long, or what goes beside it is lost. */
  #onUnreadable(error: unknown): void {
    const cause = error instanceof Error ? error.cause : undefined;
    const [number] = beginningOf(cause);
    if (this.#ends.answers.isRecvClosed || typeof number !== "number") {
      this.#fail(error);
      return;
    }
    const call = this.#pending.get(number);
    if (call === undefined) return;
    // Of an iterator nobody will read more.
    this.tell([LEAVE, number, undefined]);
    if (!this.forget(call)) return;
    call.answered.fail(unreceived(cause));
  }

  /** The interpreter answers; what it says is believed no more than its items can be. */
  #onAnswer(item: unknown): void {
    if (!Array.isArray(item)) return;
    const [number, kind, value, more]: unknown[] = item;
    const call = typeof number === "number" ? this.#pending.get(number) : undefined;
    if (call === undefined) return;
    const { answered } = call;
    if (kind === VALUES) {
      if (Array.isArray(value)) answered.values?.(value);
      return;
    }
    if (kind === RESUMED) answered.resumed?.(value);
    if (kind !== RESULT && kind !== THREW && kind !== REFUSED) return;
    this.forget(call);
    if (kind === RESULT) answered.succeed(value);
    else if (kind === REFUSED) answered.fail(refusal(value, more));
    else this.#failTraced(answered, checkExcinfo(value));
  }

  #failTraced(answered: Answered, thrown: Excinfo): void {
    const traced = realm().trace(thrown);
    if (!(traced instanceof Promise)) {
      answered.fail(failed(traced));
      return;
    }
    this.hold();
    void traced.catch(() => thrown).then((excinfo) => {
      this.release();
      answered.fail(failed(excinfo));
    });
  }

  /** The channel is damaged: source has got at its memory. */
  #fail(cause: unknown): Error {
    const message =
      `Cannot call anything in interpreter ${this.#id}: what carries calls is damaged`;
    const error = new InterpreterError(message, { cause });
    this.#giveUp(error);
    return error;
  }

  /** The interpreter has ended; its last answers count. */
  #end(error: Error): void {
    if (this.#isEnding || this.#isOver) return;
    this.#isEnding = true;
    try {
      // What waits either has an item now, or leaves all to what follows.
      this.#reading.end();
    } catch {
      // Damaged: that shows again.
    }
    // Others may have got at the memory, and go on writing to it.
    this.#readAll(performance.now() + LAST_MS);
    this.#giveUp(error);
  }

  #giveUp(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reading.fail();
    this.#onOver();
    const { calls, answers } = this.#ends;
    const left: Call[] = [];
    this.#pending.forEach((call) => {
      call.noteBegun();
      left.push(call);
    });
    calls.end();
    answers.end();
    for (const call of left) if (this.forget(call)) call.answered.fail(error);
  }
}
