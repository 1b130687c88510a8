// The lanes of all interpreters (api/lane.ts): the host makes their channels, hands them to
// both sides, and tells the caller when the other side has ended. Calls and answers do not
// pass through here.

import { InterpreterError, type InterpreterTerminatedError } from "../../errors.ts";
import { toFailure } from "../../protocol/failure.ts";
import { hold, release } from "../../runtime/keep_alive.ts";
import type { LaneEnds } from "../../api/realm.ts";
import type { Channel } from "../../channel/channel.ts";
import type { HostChannels } from "../channels/channels.ts";
import type { Maker } from "../channels/memory.ts";
import { notFound } from "../life/ends.ts";
import type { Interpreters } from "../life/interpreters.ts";
import type { GuestThread } from "../life/thread.ts";
import type { RunLane } from "../runs/run_lane.ts";

const MAIN = 0;
const BY_MAIN: Maker = { maker: MAIN, counted: MAIN };
const OPTIONS = { unboundItems: "keep", capacity: 16_384 } as const;

/** What lanes need of the rest of the host. */
export interface LaneHost {
  readonly interpreters: Pick<Interpreters, "get" | "tell">;
  readonly channels: Pick<HostChannels, "createInternal" | "lend">;
  /** The interpreter that memory of a guest counts for. */
  readonly countsFor: (id: number) => number;
}

/** Who calls whom. */
export interface Sides {
  readonly caller: number;
  readonly callee: number;
  readonly isInTurn: boolean;
}

interface OpenLane extends Sides {
  readonly calls: Channel;
  readonly answers: Channel;
  readonly onEnd: (error: InterpreterTerminatedError) => void;
  isEnded: boolean;
}

/** All lanes. */
export class Lanes {
  readonly #host: LaneHost;
  readonly #open = new Set<OpenLane>();
  /** By the interpreter that runs. */
  readonly #runs = new Map<number, RunLane>();

  constructor(host: LaneHost) {
    this.#host = host;
  }

  /** Opens a lane of the program's. */
  open(callee: number, isInTurn: boolean, onEnd: (error: Error) => void): LaneEnds {
    const { calls, answers } = this.#make({ caller: MAIN, callee, isInTurn }, onEnd);
    return { calls, answers, hold, release };
  }

  /** Opens a lane for an interpreter; it is told by a frame when the other has ended. */
  openFor(
    sides: Sides,
  ): { readonly calls: SharedArrayBuffer; readonly answers: SharedArrayBuffer } {
    const { caller } = sides;
    const { interpreters, channels } = this.#host;
    const { calls, answers } = this.#make(sides, (error) =>
      interpreters.tell(caller, {
        type: "laneEnded",
        calls: calls.id,
        failure: toFailure(error),
      }));
    return {
      calls: lent(channels.lend(calls.id, caller)),
      answers: lent(channels.lend(answers.id, caller)),
    };
  }

  /** Opens a lane for the runs of an interpreter, unless there is no memory for one. */
  openRuns(thread: GuestThread): void {
    const { channels } = this.#host;
    let calls: Channel;
    let answers: Channel;
    try {
      calls = channels.createInternal(OPTIONS, BY_MAIN);
      answers = channels.createInternal(OPTIONS, BY_MAIN);
    } catch {
      // Frames do as well.
      return;
    }
    const { id } = thread;
    thread.post({
      type: "serveRuns",
      calls: lent(channels.lend(calls.id, id)),
      answers: lent(channels.lend(answers.id, id)),
    });
    this.#runs.set(id, thread.useLane(calls, answers));
  }

  /** Whether an interpreter is one of the two sides of the lane that a channel belongs to. */
  isSide(id: number, channel: number): boolean {
    for (const { caller, callee, calls, answers } of this.#open) {
      if (calls.id === channel || answers.id === channel) return id === caller || id === callee;
    }
    return false;
  }

  /** An interpreter executes no more: whoever has called it hears that. */
  onEnded(id: number, error: InterpreterTerminatedError): void {
    for (const lane of [...this.#open]) {
      if (lane.callee !== id || lane.isEnded) continue;
      lane.isEnded = true;
      lane.onEnd(error);
    }
  }

  /** The thread of an interpreter is gone: it calls nobody any more. */
  onGone(id: number): void {
    this.#runs.get(id)?.close();
    this.#runs.delete(id);
    for (const lane of [...this.#open]) if (lane.caller === id) this.#close(lane);
  }

  #make(sides: Sides, onEnd: OpenLane["onEnd"]): OpenLane {
    const { caller, callee, isInTurn } = sides;
    if (callee === MAIN || callee === caller) {
      const which = callee === MAIN ? "main" : "current";
      throw new InterpreterError(
        `Cannot call anything in interpreter ${callee}: it is the ${which} interpreter`,
      );
    }
    const { interpreters, channels, countsFor } = this.#host;
    const { thread } = interpreters.get(callee);
    if (thread.isEnding) throw notFound(callee);
    this.#prune();
    for (const lane of this.#open) {
      if (lane.caller === caller && lane.callee === callee && lane.isInTurn === isInTurn) {
        throw new InterpreterError(
          `Cannot open a lane to interpreter ${callee}: interpreter ${caller} has one`,
        );
      }
    }
    const by: Maker = { maker: caller, counted: caller === MAIN ? MAIN : countsFor(caller) };
    const calls = channels.createInternal(OPTIONS, by);
    const answers = channels.createInternal(OPTIONS, by);
    const lane = { ...sides, calls, answers, onEnd, isEnded: false };
    this.#open.add(lane);
    thread.post({
      type: "serve",
      calls: lent(channels.lend(calls.id, callee)),
      answers: lent(channels.lend(answers.id, callee)),
      isInTurn,
    });
    return lane;
  }

  /** Forgets lanes whose callers have closed them. */
  #prune(): void {
    for (const lane of this.#open) {
      if (lane.calls.isRecvClosed && lane.answers.isRecvClosed) this.#open.delete(lane);
    }
  }

  #close(lane: OpenLane): void {
    this.#open.delete(lane);
    lane.calls.end();
    lane.answers.end();
  }
}

function lent(buffer: SharedArrayBuffer | undefined): SharedArrayBuffer {
  if (buffer === undefined) throw new Error("Invariant: a new channel is open");
  return buffer;
}
