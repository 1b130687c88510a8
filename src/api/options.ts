// Option types of waits and channels, and the checks that all options have in
// common. Behind these doors code trusts its types. Every message names the argument
// and says what it must be.

import type { UnboundItems } from "../channel/channel.ts";

// Taken now: source may declare names of its own that hide these.
const { AbortSignal, Array, JSON, Number, Object, RangeError, String, TypeError } = globalThis;

/** Options of a wait: how long, and what may end it. */
export interface WaitOptions {
  /** Ends the wait; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Longest wait in milliseconds, fractions allowed; 0 means now or never, absent means for ever. */
  readonly timeout?: number;
}

/** Options of a blocking wait. */
export interface SyncWaitOptions {
  /** Longest wait in milliseconds, fractions allowed; 0 means now or never, absent means for ever. */
  readonly timeout?: number;
}

/** Options of `createChannel`. */
export interface ChannelOptions {
  /**
   * What becomes of queued items whose sender's interpreter ends: they stay
   * (`"keep"`), receivers get `UNBOUND` (`"replace"`) or an
   * `ItemInterpreterDestroyed` (`"error"`) in their place, or they go (`"remove"`).
   * @default "keep"
   */
  readonly unboundItems?: UnboundItems;
  /**
   * Bytes to start with; the channel grows as needed.
   * @default 16384
   */
  readonly capacity?: number;
}

/** Options of `configure`. */
export interface ConfigureOptions {
  /**
   * How many started, never used threads are kept for each kind of interpreter, 0 to 64.
   * @default 0
   */
  readonly spares?: number;
}

/** Options of `close` on the ends of a channel. */
export interface CloseOptions {
  /**
   * Whether items that nobody received yet may be dropped.
   * @default false
   */
  readonly force?: boolean;
}

/** How a value shows in an error message. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "object" && value !== null) {
    if (Array.isArray(value)) return "an array";
    return isRecord(value) ? "an object" : `an object (${tagOf(value)})`;
  }
  if (typeof value === "function") return "a function";
  return String(value);
}

/**
 * Whether a value is an object whose properties can be options. An array, a `Map` or a
 * promise has none of its own, and would count as nothing asked for.
 */
export function isRecord(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const tag = tagOf(value);
  return tag === "Object" || tag === "Module";
}

/** `Map` of a map, `Object` of what has no name of its own, `Module` of an imported one. */
function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** Throws unless the options are an object that has no other keys than these. */
export function checkKeys(what: string, options: unknown, keys: readonly string[]): void {
  if (!isRecord(options)) {
    throw new TypeError(`${what}: options must be an object, received ${show(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!keys.includes(key)) {
      throw new TypeError(`${what}: there is no option ${show(key)}; known are ${keys.join(", ")}`);
    }
  }
}

/** Throws if a signal is given to a call that blocks: nothing can abort it. */
export function refuseSignal(what: string, signal: unknown): void {
  if (signal === undefined) return;
  throw new TypeError(
    `${what}: signal cannot end a call that blocks this thread; use the call that returns a promise`,
  );
}

/** Throws unless the value is a signal or absent. */
export function checkSignal(what: string, signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw new TypeError(`${what}: signal must be an AbortSignal, received ${show(signal)}`);
}

/** The timeout in milliseconds; `Infinity` if there is none. */
export function checkTimeout(what: string, timeout: unknown): number {
  if (timeout === undefined) return Infinity;
  if (typeof timeout !== "number") {
    throw new TypeError(
      `${what}: timeout must be a number of milliseconds, received ${show(timeout)}`,
    );
  }
  if (!(timeout >= 0)) {
    throw new RangeError(`${what}: timeout must be 0 or more milliseconds, received ${timeout}`);
  }
  return timeout;
}

/** Throws unless the value is one of a boolean or absent. */
export function checkBoolean(what: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === "boolean") return value;
  throw new TypeError(`${what} must be a boolean, received ${show(value)}`);
}

/** Throws unless the value is an id: a non-negative safe integer. */
export function checkId(what: string, id: unknown): number {
  if (typeof id !== "number") throw new TypeError(`${what} must be a number, received ${show(id)}`);
  if (!Number.isInteger(id)) throw new TypeError(`${what} must be an integer, received ${id}`);
  if (id < 0 || !Number.isSafeInteger(id)) {
    throw new RangeError(`${what} must be a non-negative safe integer, received ${id}`);
  }
  return id;
}

const MAX_SPARES = 64;

/** The options of `configure`, checked. */
export function checkConfigureOptions(options: ConfigureOptions): ConfigureOptions {
  const what = "Cannot configure";
  checkKeys(what, options, ["spares"]);
  const { spares } = options;
  if (spares === undefined) return {};
  if (typeof spares !== "number") {
    throw new TypeError(`${what}: spares must be a number, received ${show(spares)}`);
  }
  if (!Number.isInteger(spares) || spares < 0 || spares > MAX_SPARES) {
    throw new RangeError(
      `${what}: spares must be an integer between 0 and ${MAX_SPARES}, received ${spares}`,
    );
  }
  return { spares };
}

const UNBOUND_CHOICES: readonly unknown[] = ["keep", "replace", "error", "remove"];

/** The options of `createChannel`, checked, defaults filled in. */
export function checkChannelOptions(options: ChannelOptions): Required<ChannelOptions> {
  const what = "Cannot create a channel";
  checkKeys(what, options, ["unboundItems", "capacity"]);
  const { unboundItems = "keep", capacity = 16_384 } = options;
  if (!UNBOUND_CHOICES.includes(unboundItems)) {
    throw new TypeError(
      `${what}: unboundItems must be "keep", "replace", "error" or "remove", received ${
        show(unboundItems)
      }`,
    );
  }
  if (typeof capacity !== "number") {
    throw new TypeError(`${what}: capacity must be a number of bytes, received ${show(capacity)}`);
  }
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > 2 ** 29) {
    throw new RangeError(
      `${what}: capacity must be an integer between 1 and ${2 ** 29} bytes, received ${capacity}`,
    );
  }
  return { unboundItems, capacity };
}
