// What the live view tells: the shapes of `GET /snapshot`, of the events of `GET /events`, and of
// what `snapshot()` gives. All of it is plain JSON. Times are milliseconds since 1970, as those of
// `Date.now()`; durations are milliseconds. What a runtime does not tell is `null`.

import type { PoolStats } from "../api/pool/options.ts";
import type { RunOutcome } from "../host/diagnostics.ts";

/** A run, in progress or over. */
export interface RunView {
  /** Its number; numbers only grow. */
  readonly run: number;
  /** Id of the interpreter that it runs in. */
  readonly interpreter: number;
  /** Id of the interpreter that asked for it; 0 is the program. */
  readonly caller: number;
  /** How it was asked for. */
  readonly kind: "run" | "evaluate" | "call";
  /** The beginning of its source, on one line. */
  readonly excerpt: string;
  /** What stack traces call its source. */
  readonly filename: string;
  /** When it began. */
  readonly start: number;
  /** When it ended; `null` while it is in progress. */
  readonly end: number | null;
  /** How it ended; `null` while it is in progress. */
  readonly outcome: RunOutcome | null;
  /** Name and message of the error that it ended with; `null` if there is none. */
  readonly error: string | null;
}

/** An interpreter that exists. */
export interface InterpreterView {
  /** Its id. */
  readonly id: number;
  /** Its name. */
  readonly name: string;
  /** `"idle"` or `"running"`: the state of its machine. */
  readonly state: string;
  /** Whether it is kept from acting on the process. */
  readonly isolated: boolean;
  /** Id of the interpreter that created it; 0 is the program. */
  readonly creator: number;
  /** When it was there; `null` if that was before the recording began. */
  readonly created: number | null;
  /** The run in progress; `null` if there is none, or it began before the recording. */
  readonly run: RunView | null;
  /** How many runs have ended in it since the recording began. */
  readonly runs: number;
  /** Bytes that its heap holds, as it told last: Node from 22.16 on, and Bun; else `null`. */
  readonly heapUsed: number | null;
  /** Bytes that its heap has. */
  readonly heapTotal: number | null;
  /** Time of processors that it has used, as it told last: Node from 24.6 on, and Deno. */
  readonly cpuTime: number | null;
  /** The processors that it used lately: 1 is one of them, all the time. */
  readonly cpu: number | null;
}

/** An interpreter that has ended. */
export interface EndedView {
  /** Its id. */
  readonly id: number;
  /** Its name. */
  readonly name: string;
  /** Why it ended, in words. */
  readonly reason: string;
  /** The code that its source gave to `exit`. */
  readonly exitCode: number | null;
  /** When it ended. */
  readonly end: number;
  /** For how long it existed. */
  readonly duration: number;
}

/** A channel or a queue that is open. */
export interface ChannelView {
  /** Which of the two it is; each has ids of its own. */
  readonly kind: "channel" | "queue";
  /** Its id. */
  readonly id: number;
  /** Id of the interpreter that made it; 0 is the program. */
  readonly creator: number;
  /** Items that wait to be received. */
  readonly depth: number;
  /** The most items that a queue may have; `null` if there is no limit. */
  readonly capacity: number | null;
  /** Bytes of its buffer, which grows. */
  readonly byteLength: number;
  /** Receivers that wait for an item. */
  readonly waitingReceivers: number;
  /**
   * Senders that wait for their item to be received. `null` if nobody counts them: putters of a
   * queue that is full, or with hundreds of items in the channel.
   */
  readonly waitingSenders: number | null;
  /** Items that have been received so far; it begins again after 4,294,967,295. */
  readonly received: number;
  /** Items that were received in a second, lately; `null` at the first look. */
  readonly rate: number | null;
}

/** A pool. */
export interface PoolView {
  /** Its id. */
  readonly id: number;
  /** Its name, which the names of its workers begin with. */
  readonly name: string;
  /** `"open"`, `"draining"`, `"broken"` or `"shut"`: the state of its machine. */
  readonly state: string;
  /** The most workers. */
  readonly maxWorkers: number;
  /** What it has done and has to do. */
  readonly stats: PoolStats;
}

/** The process. */
export interface ProcessView {
  /** Its number in the system. */
  readonly pid: number;
  /** The runtime. */
  readonly runtime: "Deno" | "Bun" | "Node";
  /** Its version. */
  readonly version: string;
  /** Bytes of memory; `null` where the process may not ask. */
  readonly memory: number | null;
  /** The processors that it used lately, all threads together; `null` at the first look. */
  readonly cpu: number | null;
}

/** Everything at one moment. */
export interface Snapshot {
  /** The version of these shapes. */
  readonly version: 1;
  /** When it was taken. */
  readonly time: number;
  /** Since when runs are recorded. */
  readonly recordedSince: number;
  /** The process. */
  readonly process: ProcessView;
  /** The interpreters, by id; the main one is not among them. */
  readonly interpreters: readonly InterpreterView[];
  /** The last interpreters that ended, at most 50; the last one is the last. */
  readonly ended: readonly EndedView[];
  /** Channels, then queues, by id. */
  readonly channels: readonly ChannelView[];
  /** The pools that the program holds, by id. */
  readonly pools: readonly PoolView[];
  /** The last runs that ended, at most 200; the last one is the last. */
  readonly runs: readonly RunView[];
}

/** An actor, as events about actors name it. */
export interface ActorName {
  /** Its id in its parent. */
  readonly id: string;
  /** Its id in the process. */
  readonly sessionId: string;
}

/**
 * An event of XState's inspection protocol as JSON: `@xstate.actor`, `@xstate.event` or
 * `@xstate.snapshot`. What JSON cannot have is left out, and long texts are cut.
 */
export interface ActorEvent {
  /** Which event of the protocol it is. */
  readonly type: "@xstate.actor" | "@xstate.event" | "@xstate.snapshot";
  /** Session id of the system's first actor. */
  readonly rootId: string;
  /** The actor: the new one, whoever gets the event, or the one whose snapshot it is. */
  readonly actor: ActorName;
  /** Who sent the event; `null` if that is no actor. */
  readonly source: ActorName | null;
  /** The event; `null` for `@xstate.actor`. */
  readonly event: { readonly type: string } | null;
  /** The actor's snapshot; `null` for `@xstate.event`. */
  readonly snapshot: ActorSnapshot | null;
  /** When it happened. */
  readonly time: number;
}

/** The snapshot of an actor. */
export interface ActorSnapshot {
  /** `"active"`, `"done"`, `"error"` or `"stopped"`. */
  readonly status: string;
  /** The state of its machine: a name, or names by region; `null` if it is no machine. */
  readonly value: unknown;
  /** What it knows. */
  readonly context: unknown;
}

/**
 * The events of `GET /events`, by the name that follows `event:`. Each `data:` line has one of
 * these as JSON. A snapshot comes at once, then after each change, and at least each second.
 */
export interface StreamEvents {
  /** Everything at one moment. */
  readonly snapshot: Snapshot;
  /** What XState's machines do. */
  readonly actor: ActorEvent;
}
