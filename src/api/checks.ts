// The checks that all options have in common. Behind these doors code trusts its types.
// Every message names the argument and says what it must be.

import { describeForeign } from "../codec/handles.ts";
import type { CloseOptions, SyncWaitOptions, WaitOptions } from "./options.ts";

// Taken now: source may declare names of its own that hide these.
const { AbortSignal, Array, JSON, Number, Object, RangeError, String, TypeError } = globalThis;

/** How a value shows in an error message. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "object" && value !== null) {
    if (Array.isArray(value)) return "an array";
    return describeForeign(value) ??
      (isRecord(value) ? "an object" : `an object (${tagOf(value)})`);
  }
  if (typeof value === "function") return "a function";
  return String(value);
}

/**
 * Whether a value is an object whose properties can be options. An array, a `Map` or a
 * promise has none of its own, and would count as nothing asked for.
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const tag = tagOf(value);
  return tag === "Object" || tag === "Module";
}

/** Whether awaiting the value would wait for something else. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (typeof value === "object" || typeof value === "function") && value !== null &&
    typeof (value as { then?: unknown }).then === "function";
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
export function checkTimeout(what: string, timeout: unknown, name = "timeout"): number {
  if (timeout === undefined) return Infinity;
  if (typeof timeout !== "number") {
    throw new TypeError(
      `${what}: ${name} must be a number of milliseconds, received ${show(timeout)}`,
    );
  }
  if (!(timeout >= 0)) {
    throw new RangeError(`${what}: ${name} must be 0 or more milliseconds, received ${timeout}`);
  }
  return timeout;
}

/** A wait without options. */
export const FOR_EVER: CheckedWait = { signal: undefined, timeoutMs: Infinity };

/** What may end a wait. */
interface CheckedWait {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** The options of a wait, checked; throws the reason of a signal that has fired. */
export function checkWait(what: string, options: WaitOptions): CheckedWait {
  checkKeys(what, options, ["signal", "timeout"]);
  const signal = checkSignal(what, options.signal);
  const timeoutMs = checkTimeout(what, options.timeout);
  signal?.throwIfAborted();
  return { signal, timeoutMs };
}

/** The timeout of a wait that blocks. */
export function checkSyncWait(what: string, options: SyncWaitOptions): number {
  checkKeys(what, options, ["timeout"]);
  return checkTimeout(what, options.timeout);
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

/** Throws unless the value is how many items may be taken: 1 or more. */
export function checkMax(what: string, max: unknown): void {
  if (typeof max !== "number") {
    throw new TypeError(`${what}: max must be a number, received ${show(max)}`);
  }
  if (!Number.isSafeInteger(max) || max < 1) {
    throw new RangeError(`${what}: max must be a whole number of at least 1, received ${max}`);
  }
}

/** The `force` of close options, checked. */
export function checkForce(what: string, options: CloseOptions | undefined): boolean {
  if (options === undefined) return false;
  checkKeys(what, options, ["force"]);
  return checkBoolean(`${what}: force`, options.force, false);
}
