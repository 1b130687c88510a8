// What a guest may ask of the host. Both sides are typed by this one table: what the guest
// sends and gets (guest/wire.ts), and what the host's handlers answer (host/requests.ts).
// The host believes no type of it: an argument comes out of an interpreter and is checked.

import type { Piece } from "../codec/pieces.ts";
import type { Excinfo } from "../errors.ts";
import type { LoadedScript, Packed } from "./frames.ts";
import type { CheckedCreateOptions, InterpreterInfo, PassedRunOptions } from "./options.ts";
import type { PoolState } from "./pool_state.ts";

/** The key of a channel or queue and its memory; `null` if it is closed. */
export interface OpenedChannel {
  readonly id: number;
  readonly buffer: SharedArrayBuffer | null;
}

/**
 * Takes back a task that has not begun and tells whether that could be, ends one that may run, or
 * asks whether it runs.
 */
export type TaskAction = "cancel" | "abort" | "ask";

/** Each operation with the argument that it takes and its answer. */
export interface Requests {
  /** `creation` is the guest's own number: output and calls of the new interpreter name it. */
  create: {
    argument: CheckedCreateOptions & { readonly creation: number };
    answer: InterpreterInfo;
  };
  list: { argument: null; answer: readonly InterpreterInfo[] };
  /** The argument is an id. */
  describe: { argument: number; answer: InterpreterInfo | null };
  isRunning: { argument: number; answer: boolean };
  /** The answer is the value of the source, if one is wanted and it is not `undefined`. */
  run: {
    argument: { readonly id: number; readonly source: string; readonly options: PassedRunOptions };
    answer: Packed | null;
  };
  /** Aborts a run; the argument is the number of the request that asked for it. */
  abort: { argument: number; answer: null };
  close: { argument: number; answer: null };
  terminate: { argument: { readonly id: number; readonly reason: string }; answer: null };
  createChannel: {
    argument: { readonly unboundItems: string; readonly capacity: number };
    answer: OpenedChannel;
  };
  createQueue: {
    argument: { readonly unboundItems: string; readonly maxsize: number };
    answer: OpenedChannel;
  };
  /** The argument is the key of a channel or queue, as are all that name one (codec/handles.ts). */
  openChannel: { argument: number; answer: OpenedChannel };
  /** Keys of the open channels and queues that the guest may use. */
  listChannels: { argument: null; answer: readonly number[] };
  /** Takes the pieces that an item refers to. */
  withdraw: {
    argument: { readonly channel: number; readonly sender: number; readonly token: number };
    answer: readonly Piece[];
  };
  /** Reads at most so many bytes of standard input; `null` is its end. */
  read: { argument: number; answer: Uint8Array | null };
  /** Asks for more of what takes mappings of the system's (host/reservations.ts). */
  reserve: { argument: null; answer: null };
  /** Opens a lane to an interpreter; the answer has the memory of its two channels. */
  openLane: {
    argument: { readonly id: number; readonly isInTurn: boolean };
    answer: { readonly calls: SharedArrayBuffer; readonly answers: SharedArrayBuffer };
  };
  /** Makes a script of a function that is to be called in an interpreter. */
  prepare: {
    argument: { readonly id: number; readonly source: string; readonly filename: string };
    answer: LoadedScript;
  };
  /** Submits a task to a pool; the answer comes when it ends: its value, as of `run`. */
  submit: {
    argument: {
      readonly pool: number;
      readonly source: string;
      readonly options: PassedRunOptions;
      readonly priority: number;
      readonly waits: boolean;
    };
    answer: Packed | null;
  };
  /** What is done with a task; the number is that of the request that submitted it. */
  steerTask: {
    argument: { readonly call: number; readonly action: TaskAction };
    answer: boolean;
  };
  /** The argument is the id of a pool. */
  describePool: { argument: number; answer: PoolState };
  /** Puts the stacks of an excinfo, as bytes of the codec, into the places of the given sources. */
  trace: { argument: Packed; answer: Excinfo };
  /** Calls a function of the creator's. */
  call: { argument: { readonly name: string; readonly args: Packed }; answer: Packed };
}

/** The name of an operation. */
export type Operation = keyof Requests;

/** What an operation takes. */
export type ArgumentOf<Name extends Operation> = Requests[Name]["argument"];

/** What an operation is answered with. */
export type AnswerOf<Name extends Operation> = Requests[Name]["answer"];
