// Options of `run` and `evaluate`, and their check.

import { checkId, checkKeys, checkSignal, checkTimeout, show } from "./options.ts";
import { RecvChannel } from "./recv_channel.ts";
import { SendChannel } from "./send_channel.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Object, Set, TypeError } = globalThis;

/** Options of `run` and `evaluate`. */
export interface RunOptions {
  /**
   * Channel ends for the source: a pair becomes its variable `channels`, an array
   * `[recv, send]`; of a record each key becomes a variable of that name. The
   * variables stay in the namespace.
   */
  readonly channels?:
    | readonly [RecvChannel, SendChannel]
    | Readonly<Record<string, RecvChannel | SendChannel>>;
  /** Ends the run and its interpreter; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Longest run in milliseconds; when it passes, the interpreter is terminated. Absent: no limit. */
  readonly timeout?: number;
  /**
   * What stack traces call the source.
   * @default "<interpreter 3>"
   */
  readonly filename?: string;
}

/** Options of `runSync` and `evaluateSync`: nothing can abort a thread that blocks. */
export type RunSyncOptions = Omit<RunOptions, "signal">;

/** One end to hand over. */
export interface EndReference {
  readonly end: "recv" | "send";
  readonly id: number;
}

/** What `channels` of a run means, by id. */
export type EndReferences =
  | { readonly kind: "pair"; readonly pair: readonly [EndReference, EndReference] }
  | {
    readonly kind: "names";
    readonly names: readonly string[];
    readonly ends: readonly EndReference[];
  };

/** What a run is given once its options are checked. */
export interface CheckedRunOptions {
  readonly channels: EndReferences | null;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly filename: string | undefined;
  readonly wantsValue: boolean;
}

const KEYS = ["channels", "signal", "timeout", "filename"] satisfies (keyof RunOptions)[];
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
// Names that a strict script cannot declare.
const RESERVED = new Set(
  ("arguments await break case catch class const continue debugger default delete do else enum " +
    "eval export extends false finally for function if implements import in instanceof interface " +
    "let new null package private protected public return static super switch this throw true " +
    "try typeof undefined var void while with yield NaN Infinity").split(" "),
);

/** The options of a run, checked. */
export function checkRunOptions(
  what: string,
  options: RunOptions | undefined,
  wantsValue: boolean,
): CheckedRunOptions {
  const given: RunOptions = options === undefined ? {} : options;
  checkKeys(what, given, KEYS);
  const { channels, signal, timeout, filename } = given;
  if (filename !== undefined && typeof filename !== "string") {
    throw new TypeError(`${what}: filename must be a string, received ${show(filename)}`);
  }
  return {
    channels: channels === undefined ? null : checkChannels(what, channels),
    signal: checkSignal(what, signal),
    timeoutMs: checkTimeout(what, timeout),
    filename,
    wantsValue,
  };
}

function checkChannels(what: string, channels: unknown): EndReferences | null {
  if (Array.isArray(channels)) {
    const [recv, send] = channels as unknown[];
    if (channels.length !== 2 || !(recv instanceof RecvChannel) || !(send instanceof SendChannel)) {
      throw new TypeError(`${what}: channels as an array must be [RecvChannel, SendChannel]`);
    }
    return { kind: "pair", pair: [endReference(what, recv), endReference(what, send)] };
  }
  if (typeof channels !== "object" || channels === null) {
    throw new TypeError(
      `${what}: channels must be [recv, send] or an object of ends, received ${show(channels)}`,
    );
  }
  const names = Object.keys(channels);
  if (names.length === 0) return null;
  for (const name of names) {
    if (!IDENTIFIER.test(name) || RESERVED.has(name)) {
      throw new TypeError(
        `${what}: channels has the key ${show(name)}, which cannot name a variable`,
      );
    }
  }
  const ends = Object.entries(channels).map(([name, end]) =>
    endReference(`${what}: channels.${name}`, end)
  );
  return { kind: "names", names, ends };
}

function endReference(what: string, end: unknown): EndReference {
  if (end instanceof RecvChannel) return { end: "recv", id: checkId(what, end.id) };
  if (end instanceof SendChannel) return { end: "send", id: checkId(what, end.id) };
  throw new TypeError(`${what} must be a RecvChannel or a SendChannel, received ${show(end)}`);
}
