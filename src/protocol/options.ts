// Options once they are checked: plain data, as they cross from a guest to the host and as
// the host keeps them. The checks themselves are in api/.

import type { Packed, PackedValues } from "./frames.ts";

/** What is known about an interpreter besides its state. */
export interface InterpreterInfo {
  readonly id: number;
  readonly isolated: boolean;
  readonly name: string;
  readonly whence: Whence;
}

/** Who made an interpreter: nobody (it is the main one), the program, another interpreter. */
export type Whence = "main" | "host" | "interpreter";

/** The kinds of permissions, in Deno's vocabulary. */
export type PermissionName = "read" | "write" | "net" | "env" | "sys" | "run" | "ffi" | "import";

/** What a thread may reach: `true` is everything of its kind, what is absent is denied. */
export type ThreadPermissions = {
  readonly [name in PermissionName]?: true | "inherit" | readonly string[];
};

/** The limits of one interpreter. */
export interface CheckedLimits {
  readonly memoryMiB: number | undefined;
  readonly stackMiB: number | undefined;
  readonly outputBytes: number | undefined;
  readonly messageBytes: number | undefined;
  readonly compileMs: number | undefined;
}

/** Where one stream of output goes: `"sink"` is a function or a stream of the creator's. */
export type OutputTarget = "inherit" | "ignore" | "sink";

/** What standard input is; a stream stays with the creator. */
export type InputSource =
  | { readonly kind: "none" | "inherit" | "stream" }
  | { readonly kind: "text"; readonly text: string };

/** The options of `create`. */
export interface CheckedCreateOptions {
  readonly isolated: boolean;
  readonly name: string | undefined;
  readonly language: "typescript" | "javascript";
  readonly permissions: "inherit" | ThreadPermissions;
  readonly limits: CheckedLimits;
  readonly env: Readonly<Record<string, string>> | undefined;
  readonly baseUrl: string | undefined;
  readonly stdout: OutputTarget;
  readonly stderr: OutputTarget;
  readonly stdin: InputSource;
  /** Names of the functions that source may call. */
  readonly functions: readonly string[];
}

/** One end of a channel that a run is handed, by the channel's id. */
export interface EndReference {
  readonly end: "recv" | "send";
  readonly id: number;
}

/** What a run is handed as `channels`: a pair, or one variable for each name. */
export type EndReferences =
  | { readonly kind: "pair"; readonly pair: readonly [EndReference, EndReference] }
  | {
    readonly kind: "names";
    readonly names: readonly string[];
    readonly ends: readonly EndReference[];
  };

/** The options of a run that can cross; its signal cannot. */
export interface PassedRunOptions {
  readonly channels: EndReferences | null;
  readonly values: PackedValues | null;
  /** The source is the text of a function, to be called with these; `null`: it is not. */
  readonly args: Packed | null;
  readonly timeoutMs: number;
  readonly onTimeout: "terminate" | "interrupt";
  readonly onAbort: "terminate" | "interrupt";
  readonly filename: string | undefined;
  readonly wantsValue: boolean;
  /** The span that an interpreter's own run of another belongs to. */
  readonly traceparent?: string | undefined;
}
