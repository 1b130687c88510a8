// When the caller's side of a lane reads its answers: a machine with a state and a table of what
// each event does in it. At most one read is due, and at most one wait goes on. A second wait would
// overwrite what has arrived for the first, and its call would never end.

import type { GiveUp } from "../channel/channel.ts";
import { isTurnDue } from "./turns.ts";

// Taken now: source may declare names of its own that hide these.
const { queueMicrotask, setImmediate } = globalThis;

/**
 * `still`: nothing is expected. `due`: a read comes soon. `reading`: it goes on. `again`: it goes
 * on, and another is due. `waiting`: the channel says when there is something. `over`: the lane has
 * ended.
 */
export type ReadingState = "still" | "due" | "reading" | "again" | "waiting" | "over";

/**
 * `need`: an answer is expected. `read`: a read that was due begins. It ends with one of three:
 * `rest`, if nothing is expected any more, `wait`, if all that was there is read, and `late`, if it
 * has taken long and there may be more. `arrive`: the wait has an answer. `end`: the lane ends.
 * `fail`: it ends because its memory is damaged, and so the wait cannot be ended.
 */
export type ReadingEvent = "need" | "read" | ReadEnd | "arrive" | "end" | "fail";

/** How a read ends. */
export type ReadEnd = "rest" | "wait" | "late";

type Act = "read soon" | "read in a later turn" | "wait" | "stop waiting";
type Step = readonly [to: ReadingState, act?: Act];

const OVER: Step = ["over"];

/** What an event does in a state. One that does not stand there has no effect. */
const STEPS: Readonly<Record<ReadingState, Partial<Readonly<Record<ReadingEvent, Step>>>>> = {
  still: { need: ["due", "read soon"], end: OVER, fail: OVER },
  due: { read: ["reading"], end: OVER, fail: OVER },
  reading: {
    need: ["again", "read soon"],
    rest: ["still"],
    wait: ["waiting", "wait"],
    late: ["due", "read in a later turn"],
    end: OVER,
    fail: OVER,
  },
  again: { rest: ["due"], wait: ["due"], late: ["due"], end: OVER, fail: OVER },
  waiting: { arrive: ["due", "read soon"], end: ["over", "stop waiting"], fail: OVER },
  over: {},
};

/** What a machine needs of its lane. */
export interface Reader {
  /** Reads what is there. */
  read(): ReadEnd;
  /** Waits for one answer, for which `arrived` is called, perhaps before this returns. */
  wait(arrived: (look: () => void) => void): GiveUp | undefined;
}

/** The reading of one lane. */
export class Reading {
  readonly #reader: Reader;
  readonly #read = (): void => this.#begin();
  readonly #arrive = (look: () => void): void => {
    this.#arrived = look;
    this.#on("arrive");
  };
  #state: ReadingState = "still";
  #arrived: (() => void) | undefined;
  #stopWaiting: GiveUp | undefined;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  get state(): ReadingState {
    return this.#state;
  }

  /** Reads when whoever calls now has done so: more calls may follow. */
  need(): void {
    this.#on("need");
  }

  /** Ends the wait, and reads no more by itself. */
  end(): void {
    this.#on("end");
  }

  /** Reads no more by itself. */
  fail(): void {
    this.#on("fail");
  }

  /** Looks at what has come for the wait, before anything else is read. */
  lookAtArrived(): void {
    const look = this.#arrived;
    this.#arrived = undefined;
    look?.();
  }

  #begin(): void {
    if (isTurnDue()) {
      setImmediate(this.#read);
      return;
    }
    if (this.#state !== "due") return;
    this.#on("read");
    this.#on(this.#reader.read());
  }

  #on(event: ReadingEvent): void {
    const step = STEPS[this.#state][event];
    if (step === undefined) return;
    this.#state = step[0];
    switch (step[1]) {
      case "read soon":
        // Not in the middle of what the channel does.
        queueMicrotask(this.#read);
        return;
      case "read in a later turn":
        setImmediate(this.#read);
        return;
      case "wait": {
        const giveUp = this.#reader.wait(this.#arrive);
        if (this.#state === "waiting") this.#stopWaiting = giveUp;
        return;
      }
      case "stop waiting":
        this.#stopWaiting?.();
        return;
      case undefined:
        return;
    }
  }
}
