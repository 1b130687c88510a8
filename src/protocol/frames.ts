// The types of all frames between host and guest, in both directions, and no code. Frames
// travel over one MessagePort for each interpreter, in order.

import type { Piece } from "../codec/pieces.ts";
import type { Excinfo } from "../errors.ts";
import type { Operation } from "./requests.ts";

/** Source text after rewriting, as the guest runs it. */
export interface Script {
  /** An `Outline` as text (outline.ts): the host passes it on unread, however long it is. */
  readonly outline: string;
  /** What runs first (function declarations), or `null`. */
  readonly prelude: ScriptPart | null;
  readonly main: ScriptPart;
  /** The main script evaluates to a promise. */
  readonly isAsync: boolean;
}

/** What a guest must know about a script before it runs it. */
export interface Outline {
  /** Every name that the source declares at top level. */
  readonly names: readonly string[];
  readonly imports: readonly ScriptImport[];
  /** Of a function: the names that it takes from around itself. */
  readonly needs?: readonly NeededName[];
}

/** A name that a function takes from around itself. */
export interface NeededName {
  readonly name: string;
  /** Where it stands first in the function's text, counted from 1. */
  readonly line: number;
  readonly column: number;
  /** What to do if it is not there, in words. */
  readonly remedy: string;
}

/** One piece of a script. */
export interface ScriptPart {
  readonly text: string;
  /** Stands behind the filename, so that a stack frame tells which script it belongs to. */
  readonly mark: string;
}

/** A script, and how it runs. */
export interface LoadedScript {
  readonly script: Script;
  readonly filename: string;
  readonly wantsValue: boolean;
}

/** One static import of a source. */
export interface ScriptImport {
  readonly specifier: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly bindings: readonly ImportBinding[];
}

/** One name that a static import binds. */
export interface ImportBinding {
  /** Exported name, `"default"`, or `"*"` for the namespace. */
  readonly imported: string;
  readonly local: string;
  /** The source never reads it as a value: it may be a type, and may be missing. */
  readonly optional: boolean;
}

/** A copied value: bytes of the codec, and the pieces that they refer to. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly shared: readonly Piece[];
  /** Keys of the channels and queues whose handles are in it. */
  readonly channels?: readonly number[];
}

/** Values that a run is handed: one object with a property for each name. */
export interface PackedValues {
  readonly names: readonly string[];
  readonly packed: Packed;
}

/** One end of a channel, as it is handed to a run. */
export interface PassedEnd {
  readonly end: "recv" | "send";
  readonly buffer: SharedArrayBuffer;
}

/** What `channels` of a run becomes: a pair, or one variable for each name. */
export type PassedChannels =
  | { readonly kind: "pair"; readonly pair: readonly [PassedEnd, PassedEnd] }
  | {
    readonly kind: "names";
    readonly names: readonly string[];
    readonly ends: readonly PassedEnd[];
  };

/** An error of this module on its way to the other side; `tag` is its class. */
export interface Failure {
  readonly tag: string;
  readonly message: string;
  readonly excinfo?: Excinfo;
  readonly reason?: string;
  readonly exitCode?: number;
  readonly isInterpreterAlive?: boolean;
  /** What was to move and comes back. */
  readonly transferred?: readonly ArrayBuffer[];
}

/** How a request or a call ended. */
export type Outcome<Value = unknown> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: Failure };

/** One of the two streams of output. */
export type OutputStream = "stdout" | "stderr";

/**
 * What a guest does with one stream: writes to the process's own, drops it, or
 * hands it to the host.
 */
export type OutputRoute = "direct" | "drop" | "host";

/** What every thread is told first. */
export interface ThreadBoot {
  /** Rung by guests after each frame, so that a blocked host wakes. */
  readonly hostBell: SharedArrayBuffer;
  /** Unguessable name of the Web Lock that makes the thread killable on Deno. */
  readonly lockName: string;
}

/** What a spare is told, which is no interpreter yet: what all of its kind share. */
export interface SpareBoot extends ThreadBoot {
  readonly isolated: boolean;
  /** It was given permissions, and shares nothing with others but what it is handed. */
  readonly isSandboxed: boolean;
  /** The heap has a limit. */
  readonly isMemoryLimited: boolean;
  readonly output: Readonly<Record<OutputStream, OutputRoute>>;
}

/** What a new thread is told before anything else. */
export interface Boot extends SpareBoot {
  readonly id: number;
  /** What the system's tools call its thread. */
  readonly label: string;
  /** Rung by the host after a reply, so that a blocked guest wakes. */
  readonly guestBell: SharedArrayBuffer;
  /** Directory URL that relative imports in source resolve against. */
  readonly baseUrl: string;
  /** Environment of the interpreter, always a copy of its own. */
  readonly env: Readonly<Record<string, string>>;
  /** The arguments of the program, as text after its name. */
  readonly args: readonly string[];
  /** `env` was given to it, not taken from the process. */
  readonly hasOwnEnv: boolean;
  /** The host has standard input for it; otherwise its input is at the end from the start. */
  readonly hasInput: boolean;
  /** Names of the creator's functions that source may call. */
  readonly functions: readonly string[];
  /** The longest message that the interpreter may send. */
  readonly messageBytes: number | undefined;
}

/** Why a run is abandoned while its interpreter goes on. */
export type InterruptReason = "timeout" | "aborted";

/** Frames from the host to a guest. */
export type HostFrame =
  | {
    readonly type: "run";
    readonly call: number;
    /** Where the guest keeps the script; negative if it does not. */
    readonly slot: number;
    /** The script; `null` if the guest has it in that slot. */
    readonly load: LoadedScript | null;
    readonly channels: PassedChannels | null;
    readonly values: PackedValues | null;
    /** The script's value is a function, to be called with these; `null`: it is not. */
    readonly args: Packed | null;
    /** Milliseconds after which the guest interrupts the source; `null` if it does not. */
    readonly budgetMs: number | null;
    /** The span that the run belongs to, a `traceparent`; absent if nobody traces it. */
    readonly traceparent?: string;
  }
  /** Abandons the run if it is still in progress; the guest answers "interrupted". */
  | { readonly type: "interrupt"; readonly call: number; readonly reason: InterruptReason }
  | { readonly type: "reply"; readonly call: number; readonly outcome: Outcome }
  /** Output of an interpreter that this guest created; `null` is its end. */
  | {
    readonly type: "output";
    /** The guest's own number of the creation. */
    readonly creation: number;
    readonly stream: OutputStream;
    readonly text: string | null;
  }
  /** An interpreter that this guest created calls one of the functions that it was given. */
  | {
    readonly type: "call";
    /** Which creation it was: the guest's own number. */
    readonly creation: number;
    readonly caller: number;
    readonly call: number;
    readonly name: string;
    readonly args: Packed;
    /** The calls of one run share a number, and a signal. */
    readonly run: number;
    /** The caller, the interpreter that started the caller's run, and so on. */
    readonly chain: readonly number[];
  }
  /** The run has ended: its signal fires. */
  | { readonly type: "runEnded"; readonly creation: number; readonly run: number }
  /** A channel that this guest has met is closed: its memory can be given up. */
  | { readonly type: "channelClosed"; readonly id: number }
  /** The interpreter has ended: it calls nothing any more. */
  | { readonly type: "callerEnded"; readonly creation: number }
  /** Somebody has opened a lane to this guest, which answers what comes through it (line.ts). */
  | {
    readonly type: "serve";
    readonly calls: SharedArrayBuffer;
    readonly answers: SharedArrayBuffer;
    /** One call after the other: none is received before the last is answered. */
    readonly isInTurn: boolean;
  }
  /** From now on runs may come through this lane, which answers them too (host/runs/run_lane.ts). */
  | {
    readonly type: "serveRuns";
    readonly calls: SharedArrayBuffer;
    readonly answers: SharedArrayBuffer;
  }
  /** The interpreter at the other end of a lane of this guest's has ended. */
  | {
    readonly type: "laneEnded";
    /** Id of the channel that carries the calls. */
    readonly calls: number;
    readonly failure: Failure;
  }
  /**
   * Ends the guest: it tells source, runs the `exit` handlers if it is being closed, answers
   * "asleep" and does nothing more.
   */
  | { readonly type: "stop"; readonly reason: string; readonly isClosing: boolean };

/** Output of an interpreter on its way to the interpreter that created it. */
export type OutputFrame = Extract<HostFrame, { type: "output" }>;

/** Frames from a guest to the host. */
export type GuestFrame =
  | { readonly type: "ready" }
  /** Everything that the guest needs is loaded; `thread` is the system's name of its thread. */
  | { readonly type: "loaded"; readonly thread: string | null }
  /** Source uses `signal`: it may have something to do when it is stopped. */
  | { readonly type: "heeding" }
  /** The guest does nothing more until it is killed. */
  | { readonly type: "asleep" }
  | { readonly type: "done"; readonly call: number; readonly value: Packed | null }
  | { readonly type: "failed"; readonly call: number; readonly excinfo: Excinfo }
  /** The run took longer than its budget and is abandoned; the guest is idle. */
  | { readonly type: "interrupted"; readonly call: number }
  /** The run is done, but its value cannot cross or is too long; or a function could not be called. */
  | {
    readonly type: "unshareable";
    readonly call: number;
    readonly tag: "NotShareableError" | "RangeError" | "TypeError";
    readonly message: string;
  }
  | { readonly type: "uncaught"; readonly excinfo: Excinfo }
  /** Events of spans in a traced run, or in what it has left: JSON, which nobody has read yet. */
  | { readonly type: "spans"; readonly call: number; readonly text: string }
  | { readonly type: "exit"; readonly code: number }
  /** The thread ran out of its memory, and the runtime let it go on. */
  | { readonly type: "outOfMemory" }
  | { readonly type: "output"; readonly stream: OutputStream; readonly text: string }
  /** The guest has taken in one piece of output of an interpreter that it created. */
  | { readonly type: "taken"; readonly creation: number; readonly stream: OutputStream }
  | {
    readonly type: "deposit";
    readonly channel: number;
    readonly token: number;
    readonly pieces: readonly Piece[];
    /** Keys of the channels and queues whose handles are in the item. */
    readonly channels: readonly number[];
  }
  | { readonly type: "discard"; readonly token: number }
  /** The guest has given up the memory of a channel that it found closed. */
  | { readonly type: "channelClosed"; readonly id: number }
  /** The memory of closed channels has been collected in the guest. */
  | { readonly type: "channelsCollected"; readonly ids: readonly number[] }
  /** How a call of an interpreter that this guest created ended. */
  | {
    readonly type: "answer";
    readonly caller: number;
    readonly call: number;
    readonly outcome: Outcome<Packed>;
  }
  | {
    readonly type: "request";
    readonly call: number;
    readonly operation: Operation;
    readonly argument: unknown;
  };
