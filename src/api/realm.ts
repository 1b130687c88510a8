// What a handle asks of the side that it is on. There is one slot, filled once:
// by the host's door (`mod.ts`) or by the guest's. The classes of `api/` are the
// same on both sides, and know nothing but this interface.

import type { Channel, GiveUp, Received, Settle } from "../channel/channel.ts";
import { type Excinfo, InterpreterNotFoundError } from "../errors.ts";
import type { LoadedScript } from "../protocol/frames.ts";
import type { CheckedCreateOptions, InterpreterInfo } from "../protocol/options.ts";
import type { Caller } from "./caller.ts";
import type { CreatorCallbacks } from "./create_options.ts";
import type { InterpreterActor } from "./interpreter_actor.ts";
import type { StoredChannelOptions, StoredQueueOptions } from "./options.ts";
import type { CheckedPoolOptions, Pool } from "./pool/pool.ts";
import type { CheckedRunOptions } from "./run_options.ts";

// Taken now: source may declare names of its own that hide these.
const { Error } = globalThis;

/** The longest delay that timers take, in milliseconds; longer waits are as good as endless. */
export const LONGEST_DELAY_MS: number = 2 ** 31 - 1;

/** Begins a wait at once, and gives the way to withdraw it. */
export type Start<A> = (settle: Settle<A>) => GiveUp;

/** The items of one channel that an iterator still has to wait for. */
export interface Pull {
  /** Begins to wait for one item now; rejects with `LEFT` if `leave` comes first. */
  next(caller: Caller): Promise<Received>;
  /** Ends all waits; an item that comes for one of them all the same returns to the channel. */
  leave(): void;
}

/** How a wait ends that somebody has left. */
export const LEFT: Error = new Error("Invariant: whoever leaves an iterator hears nothing of it");

/** How a wait may end besides by what is waited for. */
export interface WaitLimits {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** Makes the error of a wait that took too long. */
  readonly onTimeout: () => Error;
  /** Whose wait it is, for its errors. */
  readonly caller: Caller;
}

/** The two channels of a lane (lane.ts), and what keeps the process alive while it is used. */
export interface LaneEnds {
  readonly calls: Channel;
  readonly answers: Channel;
  hold(): void;
  release(): void;
}

/** A pool, with the id that handles of it have. */
export interface NumberedPool {
  readonly id: number;
  readonly pool: Pool;
}

/** One side: the host's, or an interpreter's. */
export interface Realm {
  /** Id of the interpreter that this realm belongs to. */
  readonly currentId: number;

  /** Resolves to the new interpreter when it is idle. */
  create(
    options: CheckedCreateOptions,
    context: { readonly callbacks: CreatorCallbacks; readonly signal: AbortSignal | undefined },
  ): Promise<InterpreterInfo>;
  createSync(options: CheckedCreateOptions, callbacks: CreatorCallbacks): InterpreterInfo;
  /** Keeps so many spares; throws where there can be none. */
  configure(spares: number): void;
  /** Main first, then by id. */
  list(): readonly InterpreterInfo[];
  /** `undefined` if no interpreter has that id (any more). */
  describe(id: number): InterpreterInfo | undefined;
  /** Throws an `InterpreterNotFoundError` if no interpreter has that id (any more). */
  isRunning(id: number): boolean;
  run(id: number, source: string, options: CheckedRunOptions): Promise<unknown>;
  runSync(id: number, source: string, options: CheckedRunOptions): unknown;
  close(id: number): Promise<void>;
  closeSync(id: number): void;
  /** Resolves when the interpreter has ended, now if there is none of that id (any more). */
  terminate(id: number, reason: string): Promise<void>;
  /** The actor of an interpreter; throws where there is none to have. */
  actor(id: number): InterpreterActor;

  /**
   * Opens a lane to an interpreter.
   *
   * @param onEnd Called once, when the interpreter has ended, with the error of calls that it has
   *   not answered.
   */
  openLane(id: number, isInTurn: boolean, onEnd: (error: Error) => void): LaneEnds;
  /** The script of a function that is to be called in an interpreter; throws if it is none. */
  prepare(
    id: number,
    source: string,
    filename: string,
  ): LoadedScript | Promise<LoadedScript>;
  /** The excinfo in the places of the given sources. */
  trace(excinfo: Excinfo): Excinfo | Promise<Excinfo>;

  /** Makes a pool; throws where there can be none. */
  createPool(options: CheckedPoolOptions): NumberedPool;
  /** The pool of an id; whether this realm may use it shows when it does. */
  findPool(id: number): Pool;

  /** Channels and queues have keys (codec/handles.ts): that of a channel is its id. */
  createChannel(options: StoredChannelOptions): number;
  createQueue(options: StoredQueueOptions): number;
  /** Throws if there is none of that key; `undefined` if it is closed and gone. */
  openChannel(key: number): Channel | undefined;
  /** Keys of the open channels and queues that this realm may reach, ascending. */
  listChannels(): readonly number[];

  /**
   * Waits for what `start` settles. The one place where such a wait ends: by its
   * result, the signal, the timeout, whichever comes first, and exactly once.
   */
  wait<A>(start: Start<A>, limits: WaitLimits): Promise<A>;
  /** The items of a channel that an iterator still has to wait for. */
  pull(channel: Channel): Pull;
}

let filled: Realm | undefined;

/** Makes this the realm's side; a second call is a mistake of the module. */
export function fillRealm(side: Realm): void {
  if (filled !== undefined) throw new Error("Invariant: the realm slot is filled once");
  filled = side;
}

/** The side that this code runs on. */
export function realm(): Realm {
  if (filled === undefined) {
    throw new Error(
      'Invariant: the realm slot is empty; import "subinterpreters", not a file of it',
    );
  }
  return filled;
}

/** What is known about an interpreter; throws if none within reach has that id. */
export function infoOf(id: number): InterpreterInfo {
  const info = realm().describe(id);
  if (info === undefined) {
    throw new InterpreterNotFoundError(`Cannot find interpreter ${id}: no interpreter has that id`);
  }
  return info;
}
