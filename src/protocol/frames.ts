// The types of every frame between host and guest, in both directions, and no
// code. Frames travel over one MessagePort for each interpreter, in order.

import type { Excinfo } from "../errors.ts";

/** Source text after rewriting, as the guest runs it. */
export interface Script {
  /** Every name that the source declares at top level. */
  readonly names: readonly string[];
  /** What runs first (function declarations, resets), or `null`. */
  readonly prelude: string | null;
  readonly main: string;
  /** The main script evaluates to a promise. */
  readonly isAsync: boolean;
  readonly imports: readonly ScriptImport[];
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

/** A copied value: bytes of the codec, and the shared buffers that they refer to. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly shared: readonly SharedArrayBuffer[];
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
}

/** How a call ended. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly failure: Failure };

/** What a new thread is told before anything else. */
export interface Boot {
  readonly id: number;
  readonly isolated: boolean;
  /** Rung by guests after each frame, so that a blocked host wakes. */
  readonly hostBell: SharedArrayBuffer;
  /** Rung by the host after a reply, so that a blocked guest wakes. */
  readonly guestBell: SharedArrayBuffer;
  /** Directory URL that relative imports in source resolve against. */
  readonly baseUrl: string;
  /** Environment of the interpreter, always a copy of its own. */
  readonly env: Readonly<Record<string, string>>;
  /** Unguessable name of the Web Lock that makes the thread killable on Deno. */
  readonly lockName: string;
  /** Names of the creator's functions that source may call. */
  readonly functions: readonly string[];
  /** The longest message that the interpreter may send. */
  readonly messageBytes: number | undefined;
}

/** Frames from the host to a guest. */
export type HostFrame =
  | {
    readonly type: "run";
    readonly call: number;
    /** Where the guest keeps the script. */
    readonly slot: number;
    /** The script; `null` if the guest has it in that slot. */
    readonly load: LoadedScript | null;
    readonly channels: PassedChannels | null;
  }
  | { readonly type: "reply"; readonly call: number; readonly outcome: Outcome }
  /** An interpreter that this guest created calls one of the functions that it was given. */
  | {
    readonly type: "call";
    /** Which creation it was: the guest's own number. */
    readonly creation: number;
    readonly caller: number;
    readonly call: number;
    readonly name: string;
    readonly args: Packed;
    /** The calls of one run have one signal. */
    readonly run: number;
    /** The caller, the interpreter that started its run, and so on. */
    readonly chain: readonly number[];
  }
  /** The run has ended: its signal fires. */
  | { readonly type: "runEnded"; readonly creation: number; readonly run: number }
  /** The interpreter has ended: it calls nothing any more. */
  | { readonly type: "callerEnded"; readonly creation: number }
  /** Answer "asleep" and do nothing more. */
  | { readonly type: "stop" };

/** What a guest may ask of the host; `args` are checked before they are used. */
export type RequestOperation =
  | "create"
  | "list"
  | "describe"
  | "isRunning"
  | "run"
  | "abort"
  | "close"
  | "terminate"
  | "createChannel"
  | "openChannel"
  | "listChannels"
  | "withdraw"
  | "call";

/** Frames from a guest to the host. */
export type GuestFrame =
  | { readonly type: "ready" }
  /** Everything that the guest needs is loaded. */
  | { readonly type: "loaded" }
  /** The guest does nothing more until it is killed. */
  | { readonly type: "asleep" }
  | { readonly type: "done"; readonly call: number; readonly value: Packed | null }
  | { readonly type: "failed"; readonly call: number; readonly excinfo: Excinfo }
  /** The run is done, but its value cannot cross or is too long. */
  | {
    readonly type: "unshareable";
    readonly call: number;
    readonly tag: "NotShareableError" | "RangeError";
    readonly message: string;
  }
  | { readonly type: "uncaught"; readonly excinfo: Excinfo }
  | { readonly type: "exit"; readonly code: number }
  | {
    readonly type: "deposit";
    readonly channel: number;
    readonly token: number;
    readonly buffers: readonly SharedArrayBuffer[];
  }
  | { readonly type: "discard"; readonly token: number }
  /** How a call of an interpreter that this guest created ended. */
  | {
    readonly type: "answer";
    readonly caller: number;
    readonly call: number;
    readonly outcome: Outcome;
  }
  | {
    readonly type: "request";
    readonly call: number;
    readonly operation: RequestOperation;
    readonly argument: unknown;
  };
