// Options of `run` and `evaluate`, and their check. What passes it is plain data, but for the
// signal, so that it can be sent to the host.

import { encode } from "../codec/encode.ts";
import { checkMessage } from "../codec/limit.ts";
import { detach, movedOf } from "../codec/pieces.ts";
import { notedInside } from "../codec/transfers.ts";
import { copyOf } from "../primordials.ts";
import type { Packed, PackedValues } from "../protocol/frames.ts";
import type { EndReference, EndReferences, PassedRunOptions } from "../protocol/options.ts";
import { checkKeys, checkSignal, checkTimeout, isRecord, show } from "./checks.ts";
import { RecvChannel } from "./recv_channel.ts";
import { SendChannel } from "./send_channel.ts";
import { checkTransfer } from "./transfer.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Object, RangeError, Set, TypeError } = globalThis;

/** Options of `run` and `evaluate`. */
export interface RunOptions {
  /**
   * Channel ends for the source. A pair becomes its variable `channels`, an array
   * `[recv, send]`; of a record each key becomes a variable of that name. The variables stay
   * in the namespace.
   */
  readonly channels?:
    | readonly [RecvChannel, SendChannel<never>]
    | Readonly<Record<string, RecvChannel | SendChannel<never>>>;
  /**
   * Values for the source. Each key becomes a variable of that name, which holds a copy of
   * the value, as if it had come through a channel. The variables stay in the namespace. What
   * an untrusted user has typed is safe here: it never becomes part of the source's text.
   */
  readonly values?: Readonly<Record<string, unknown>>;
  /**
   * `ArrayBuffer`s of the values, or of a call's arguments, that move: they are detached here when
   * the run begins, and the source has their memory, however long they are. A run that is refused
   * leaves them; inside an interpreter they come back as the error's `transferred`. Absent: all
   * are copied.
   */
  readonly transfer?: readonly ArrayBuffer[];
  /** Ends the run; the promise rejects with the signal's reason. `onAbort` says what else ends. */
  readonly signal?: AbortSignal;
  /**
   * What becomes of the interpreter when the signal aborts. With `"interrupt"` code that awaits is
   * abandoned. The interpreter is idle then and keeps its namespace, and what the run left goes
   * on. What cannot be stopped that way within 200 ms is terminated all the same: synchronous
   * code, which `onTimeout` can stop, endless microtasks, an operation on a channel. `listAll()`
   * tells whether the interpreter is still there.
   * @default "terminate"
   */
  readonly onAbort?: "terminate" | "interrupt";
  /**
   * Longest run in milliseconds, fractions allowed, counted from its start, with what it awaits;
   * `onTimeout` says what happens then. 0 ends what is not done at once; absent means no limit.
   */
  readonly timeout?: number;
  /**
   * What becomes of the interpreter when the timeout passes; it needs a `timeout`. With
   * `"interrupt"` synchronous code is stopped where it is, and code that awaits is abandoned.
   * The interpreter is idle then and keeps its namespace, and what the run left goes on. What
   * cannot be stopped that way within 200 ms is terminated all the same: endless microtasks, a
   * loop after an `await`, an operation on a channel. The run rejects with an
   * `InterpreterTerminatedError` either way; its `isInterpreterAlive` says which it was.
   * @default "terminate"
   */
  readonly onTimeout?: "terminate" | "interrupt";
  /**
   * What stack traces call the source.
   * @default "<interpreter 3>", with the interpreter's id
   */
  readonly filename?: string;
}

/** Options of `runSync` and `evaluateSync`: nothing can abort a call that blocks the thread. */
export type RunSyncOptions = Omit<RunOptions, "signal" | "onAbort">;

/** What a run is given once its options are checked. */
export interface CheckedRunOptions extends PassedRunOptions {
  readonly signal: AbortSignal | undefined;
}

const KEYS = [
  "channels",
  "values",
  "transfer",
  "signal",
  "onAbort",
  "timeout",
  "onTimeout",
  "filename",
] satisfies (keyof RunOptions)[];
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
// Names that a strict script cannot declare.
const RESERVED = new Set(
  ("arguments await break case catch class const continue debugger default delete do else enum " +
    "eval export extends false finally for function if implements import in instanceof interface " +
    "let new null package private protected public return static super switch this throw true " +
    "try typeof undefined var void while with yield NaN Infinity").split(" "),
);
// Names that this module gives to its own things in a source (source/rewrite.ts).
const OWN = /·rt$|^import·meta$/;

/** The options of a run, checked. */
export function checkRunOptions(
  what: string,
  options: RunOptions | undefined,
  wantsValue: boolean,
): CheckedRunOptions {
  const given: RunOptions = options === undefined ? {} : options;
  checkKeys(what, given, KEYS);
  const { channels, values, transfer, signal, onAbort, timeout, onTimeout, filename } = given;
  const moved = checkTransfer(what, transfer);
  if (moved !== undefined && values === undefined) {
    throw new TypeError(`${what}: transfer needs values, which have the buffers in them`);
  }
  if (filename !== undefined && typeof filename !== "string") {
    throw new TypeError(`${what}: filename must be a string, received ${show(filename)}`);
  }
  const ends = channels === undefined ? null : checkChannels(what, channels);
  return {
    channels: ends,
    args: null,
    signal: checkSignal(what, signal),
    onAbort: onAbort === undefined ? "terminate" : checkEnding(what, "onAbort", onAbort),
    timeoutMs: checkRunTimeout(what, timeout),
    onTimeout: checkOnTimeout(what, onTimeout, timeout),
    filename,
    wantsValue,
    // Last: getters run now, and the bytes are for nothing if another option is wrong.
    values: values === undefined ? null : packValues(what, values, { taken: namesOf(ends), moved }),
  };
}

/** A wait may have the timeout `Infinity`; a run without a limit has no timeout. */
function checkRunTimeout(what: string, timeout: unknown): number {
  if (timeout === Infinity) {
    throw new RangeError(
      `${what}: timeout must be finite, received Infinity; leave it out for no limit`,
    );
  }
  return checkTimeout(what, timeout);
}

function checkOnTimeout(
  what: string,
  onTimeout: unknown,
  timeout: unknown,
): CheckedRunOptions["onTimeout"] {
  if (onTimeout === undefined) return "terminate";
  const checked = checkEnding(what, "onTimeout", onTimeout);
  if (timeout === undefined) {
    throw new TypeError(`${what}: onTimeout needs a timeout; give one, or leave onTimeout out`);
  }
  return checked;
}

function checkEnding(what: string, name: string, value: unknown): "terminate" | "interrupt" {
  if (value === "terminate" || value === "interrupt") return value;
  throw new TypeError(
    `${what}: ${name} must be "terminate" or "interrupt", received ${show(value)}`,
  );
}

function checkChannels(what: string, channels: unknown): EndReferences | null {
  if (Array.isArray(channels)) {
    const [recv, send] = channels.slice(0, 2).map(endReference);
    if (channels.length !== 2 || recv?.end !== "recv" || send?.end !== "send") {
      throw new TypeError(`${what}: channels as an array must be [RecvChannel, SendChannel]`);
    }
    return { kind: "pair", pair: [recv, send] };
  }
  if (!isRecord(channels)) {
    throw new TypeError(
      `${what}: channels must be [recv, send] or an object of ends, received ${show(channels)}`,
    );
  }
  const names = Object.keys(channels);
  if (names.length === 0) return null;
  checkNames(`${what}: channels`, names);
  const ends = Object.entries(channels).map(([name, end]) => {
    const reference = endReference(end);
    if (reference !== undefined) return reference;
    throw new TypeError(
      `${what}: channels.${name} must be a RecvChannel or a SendChannel, received ${show(end)}`,
    );
  });
  return { kind: "names", names, ends };
}

/** Throws if a name is none that a source could declare. */
export function checkNames(what: string, names: readonly string[]): void {
  for (const name of names) {
    if (!IDENTIFIER.test(name) || RESERVED.has(name) || OWN.test(name)) {
      throw new TypeError(`${what} has the key ${show(name)}, which cannot name a variable`);
    }
  }
}

function namesOf(channels: EndReferences | null): readonly string[] {
  if (channels === null) return [];
  return channels.kind === "pair" ? ["channels"] : channels.names;
}

function packValues(
  what: string,
  values: unknown,
  { taken, moved }: {
    readonly taken: readonly string[];
    readonly moved: readonly ArrayBuffer[] | undefined;
  },
): PackedValues | null {
  if (!isRecord(values)) {
    throw new TypeError(`${what}: values must be an object, received ${show(values)}`);
  }
  const names = Object.keys(values);
  if (names.length === 0 && moved === undefined) return null;
  checkNames(`${what}: values`, names);
  for (const name of names) {
    if (taken.includes(name)) {
      throw new TypeError(`${what}: values and channels both give a variable ${show(name)}`);
    }
  }
  return { names, packed: pack(what, values, { name: "an object of values", moved }) };
}

/**
 * Values as they go along with a run: a list or an object of them. What moves is still the
 * caller's, until `detachMoved`.
 *
 * @param how `name` is what errors call them.
 */
export function pack(
  what: string,
  values: object,
  { name, moved }: {
    readonly name: string;
    readonly moved: readonly ArrayBuffer[] | undefined;
  },
): Packed {
  const subject = `${what}: ${name}`;
  const { bytes, shared, channels } = encode(values, subject, notedInside(values, moved));
  checkMessage(what, bytes);
  return { bytes: copyOf(bytes), shared, channels };
}

/** The options of a run that begins: what moves with it is the caller's no more. */
export function detachMoved<T extends PassedRunOptions>(options: T): T {
  const { values, args } = options;
  if (movedWith(options) === undefined) return options;
  const own = (packed: Packed): Packed => ({
    ...packed,
    shared: detach(packed.shared, "Cannot run source"),
  });
  return {
    ...options,
    values: values === null ? null : { ...values, packed: own(values.packed) },
    args: args === null ? null : own(args),
  };
}

/** The buffers that move with a run; `undefined` if there are none. */
export function movedWith(
  { values, args }: Pick<PassedRunOptions, "values" | "args">,
): ArrayBuffer[] | undefined {
  if (values === null && args === null) return undefined;
  return movedOf(values?.packed.shared ?? [], args?.shared ?? []);
}

/** The end by its id, or `undefined`. A proxy of an end has its prototype, and equals nothing. */
function endReference(end: unknown): EndReference | undefined {
  if (end instanceof RecvChannel && end.equals(end)) return { end: "recv", id: end.id };
  if (end instanceof SendChannel && end.equals(end)) return { end: "send", id: end.id };
  return undefined;
}
