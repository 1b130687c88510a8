// Option types of the public API and the checks of what users pass in. Behind
// these doors code trusts its types. Every message names the argument and says
// what it must be.

import { UnsupportedError } from "../errors.ts";
import type { UnboundItems } from "../channel/channel.ts";

// Taken now: source may declare names of its own that hide these.
const { AbortSignal, Array, JSON, Number, Object, RangeError, String, TypeError, URL } = globalThis;

/** Options of `create`. */
export interface CreateOptions {
  /**
   * Whether the interpreter is kept from acting on the process, as CPython's flag says.
   * @default true
   */
  readonly isolated?: boolean;
  /** Name of the interpreter's thread, for debuggers and process lists. */
  readonly name?: string;
  /**
   * Language of the sources that the interpreter runs. `"python"` is not there yet.
   * @default "typescript"
   */
  readonly language?: "typescript" | "javascript" | "python";
  /** What the interpreter may reach. Not there yet: anything but `"inherit"` throws. */
  readonly permissions?: "inherit" | "none" | Readonly<Record<string, unknown>>;
  /** Limits of memory and stack in MiB. Not there yet: any limit throws. */
  readonly limits?: { readonly memoryMiB?: number; readonly stackMiB?: number };
  /**
   * Environment variables: a copy of the process's own, or exactly those given.
   * Changes inside never show outside.
   * @default "inherit"
   */
  readonly env?: "inherit" | Readonly<Record<string, string>>;
  /** Where the interpreter's output goes. Not there yet: anything but `"inherit"` throws. */
  readonly stdout?: "inherit" | "ignore" | "capture" | ((text: string) => void);
  /** As `stdout`, for errors. */
  readonly stderr?: "inherit" | "ignore" | "capture" | ((text: string) => void);
  /**
   * What relative imports in sources resolve against: a URL, or an absolute path.
   * @default the directory of the program's main module
   */
  readonly baseUrl?: string | URL;
  /** Host functions that sources may call. Not there yet: any function throws. */
  readonly functions?: Readonly<Record<string, (...args: unknown[]) => unknown>>;
  /** Ends the creation: nothing is left behind, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

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

/** Options of `close` on the ends of a channel. */
export interface CloseOptions {
  /**
   * Whether items that nobody received yet may be dropped.
   * @default false
   */
  readonly force?: boolean;
}

/** What `create` passes on once it is checked; plain data. */
export interface CheckedCreateOptions {
  readonly isolated: boolean;
  readonly name: string | undefined;
  readonly language: "typescript" | "javascript";
  readonly env: Readonly<Record<string, string>> | undefined;
  readonly baseUrl: string | undefined;
}

const CREATE_KEYS = [
  "isolated",
  "name",
  "language",
  "permissions",
  "limits",
  "env",
  "stdout",
  "stderr",
  "baseUrl",
  "functions",
  "signal",
] satisfies (keyof CreateOptions)[];

/** How a value shows in an error message. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value) ? "an array" : "an object";
  }
  if (typeof value === "function") return "a function";
  return String(value);
}

/** Throws unless the options are an object that has no other keys than these. */
export function checkKeys(what: string, options: unknown, keys: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
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
    `${what}: signal cannot end a call that blocks this thread; give a timeout, or do not block`,
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
    throw new RangeError(`${what}: timeout must not be negative, received ${timeout}`);
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

/** The options of `create`, checked, as plain data. */
export function checkCreateOptions(options: CreateOptions): CheckedCreateOptions {
  const what = "Cannot create an interpreter";
  checkKeys(what, options, CREATE_KEYS);
  refuseLater(what, options);
  const { name, language = "typescript", env = "inherit", baseUrl } = options;
  if (name !== undefined && typeof name !== "string") {
    throw new TypeError(`${what}: name must be a string, received ${show(name)}`);
  }
  if (language !== "typescript" && language !== "javascript") {
    throw new TypeError(
      `${what}: language must be "typescript" or "javascript", received ${show(language)}`,
    );
  }
  return {
    isolated: checkBoolean(`${what}: isolated`, options.isolated, true),
    name,
    language,
    env: env === "inherit" ? undefined : checkEnv(what, env),
    baseUrl: baseUrl === undefined ? undefined : checkBaseUrl(what, baseUrl),
  };
}

/** Refuses what this release cannot enforce: an option that did nothing would be a false promise. */
function refuseLater(what: string, options: CreateOptions): void {
  const { language, permissions = "inherit", limits, functions, stdout, stderr } = options;
  if (language === "python") {
    throw new UnsupportedError(`${what}: language "python" is not supported; use "typescript"`);
  }
  if (permissions !== "inherit") {
    throw new UnsupportedError(`${what}: permissions are not supported; leave the option out`);
  }
  if (limits !== undefined) {
    throw new UnsupportedError(`${what}: limits are not supported; leave the option out`);
  }
  if (functions !== undefined) {
    throw new UnsupportedError(`${what}: functions are not supported; use channels`);
  }
  for (const [key, value] of Object.entries({ stdout, stderr })) {
    if (value !== undefined && value !== "inherit") {
      throw new UnsupportedError(`${what}: ${key} can only be "inherit", received ${show(value)}`);
    }
  }
}

function checkEnv(what: string, env: unknown): Record<string, string> {
  if (typeof env !== "object" || env === null || Array.isArray(env)) {
    throw new TypeError(`${what}: env must be "inherit" or an object, received ${show(env)}`);
  }
  const copy: Record<string, string> = {};
  for (const [key, value] of Object.entries(env)) {
    if (typeof value !== "string") {
      throw new TypeError(`${what}: env.${key} must be a string, received ${show(value)}`);
    }
    copy[key] = value;
  }
  return copy;
}

function checkBaseUrl(what: string, baseUrl: unknown): string {
  if (baseUrl instanceof URL) return baseUrl.href;
  if (typeof baseUrl !== "string") {
    throw new TypeError(`${what}: baseUrl must be a URL or a string, received ${show(baseUrl)}`);
  }
  const url = baseUrl.startsWith("/")
    ? `file://${encodeURI(baseUrl).replace(/[?#]/g, encodeURIComponent)}`
    : baseUrl;
  if (!URL.canParse(url)) {
    throw new TypeError(
      `${what}: baseUrl must be a URL or an absolute path, received ${show(baseUrl)}`,
    );
  }
  return url;
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
