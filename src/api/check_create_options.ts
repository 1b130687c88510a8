// The check of the options of `create`, and what becomes of them: plain data for the host,
// callbacks that stay with the creator.

import { UnsupportedError } from "../errors.ts";
import type { CheckedCreateOptions, CheckedLimits, OutputTarget } from "../protocol/options.ts";
import { directoryOf } from "../runtime/program.ts";
import { sinkOf } from "./captured_output.ts";
import { checkBoolean, checkKeys, isRecord, show } from "./checks.ts";
import type { CreateOptions, CreatorCallbacks, Limits } from "./create_options.ts";
import { checkPermissions } from "./permissions.ts";
import { checkInput, isStream } from "./stdin_option.ts";
import { checkFunction, hostFunctionOf } from "./validated_functions.ts";

// Taken now: source may declare names of its own that hide these.
const { Map, Number, Object, RangeError, TypeError, URL, encodeURI, encodeURIComponent } =
  globalThis;

/** The names of the options. */
export const CREATE_KEYS: readonly (keyof CreateOptions)[] = [
  "isolated",
  "name",
  "language",
  "permissions",
  "limits",
  "env",
  "stdout",
  "stderr",
  "stdin",
  "baseUrl",
  "functions",
  "signal",
];

/** The options of `create`, checked, as plain data. */
export function checkCreateOptions(options: CreateOptions): CheckedCreateOptions {
  const what = "Cannot create an interpreter";
  checkKeys(what, options, CREATE_KEYS);
  const { name, language = "typescript", env = "inherit", baseUrl, functions } = options;
  if (name !== undefined && typeof name !== "string") {
    throw new TypeError(`${what}: name must be a string, received ${show(name)}`);
  }
  if (language === "python") {
    throw new UnsupportedError(
      `${what}: language "python" is not supported yet; use "typescript" or "javascript"`,
    );
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
    permissions: checkPermissions(what, options.permissions),
    limits: checkLimits(what, options.limits),
    env: env === "inherit" ? undefined : checkEnv(what, env),
    baseUrl: baseUrl === undefined ? undefined : checkBaseUrl(what, baseUrl),
    stdout: checkOutput(`${what}: stdout`, options.stdout),
    stderr: checkOutput(`${what}: stderr`, options.stderr),
    stdin: checkInput(`${what}: stdin`, options.stdin),
    functions: functions === undefined ? [] : checkFunctions(what, functions),
  };
}

/** `limits.compileMs`, if it is not given. */
export const DEFAULT_COMPILE_MS = 2_000;

/** The largest value of each limit. Larger ones are mistakes of unit. */
const LARGEST = {
  memoryMiB: 2 ** 20,
  stackMiB: 64,
  outputBytes: Number.MAX_SAFE_INTEGER,
  messageBytes: Number.MAX_SAFE_INTEGER,
  // The longest delay that timers take.
  compileMs: 2 ** 31 - 1,
} satisfies Record<keyof Limits, number>;

/**
 * The smallest. With less than 8 MiB of heap Deno 2.9.6 ends the whole process while the
 * thread boots, and Node 20.20 the thread (measured). Twice that leaves source some room.
 */
const SMALLEST = {
  memoryMiB: 16,
  stackMiB: 1,
  outputBytes: 1,
  messageBytes: 1,
  compileMs: 1,
} satisfies Record<keyof Limits, number>;

const LIMITS: readonly string[] = Object.keys(LARGEST);

function checkLimits(what: string, limits: Limits = {}): CheckedLimits {
  if (!isRecord(limits)) {
    throw new TypeError(`${what}: limits must be an object, received ${show(limits)}`);
  }
  for (const key of Object.keys(limits)) {
    if (!LIMITS.includes(key)) {
      throw new TypeError(
        `${what}: there is no limit ${show(key)}; known are ${LIMITS.join(", ")}`,
      );
    }
  }
  const check = (key: keyof Limits): number | undefined => {
    const value: unknown = limits[key];
    if (value === undefined) return undefined;
    if (typeof value !== "number") {
      throw new TypeError(`${what}: limits.${key} must be a number, received ${show(value)}`);
    }
    if (!Number.isInteger(value) || value < SMALLEST[key] || value > LARGEST[key]) {
      throw new RangeError(
        `${what}: limits.${key} must be an integer from ${SMALLEST[key]} to ${
          LARGEST[key]
        }, received ${value}`,
      );
    }
    return value;
  };
  return {
    memoryMiB: check("memoryMiB"),
    stackMiB: check("stackMiB"),
    outputBytes: check("outputBytes"),
    messageBytes: check("messageBytes"),
    compileMs: check("compileMs"),
  };
}

function checkOutput(what: string, output: unknown = "inherit"): OutputTarget {
  if (output === "inherit" || output === "ignore") return output;
  if (output === "capture" || typeof output === "function") return "sink";
  throw new TypeError(
    `${what} must be "inherit", "ignore", "capture" or a function, received ${show(output)}`,
  );
}

function checkFunctions(what: string, functions: unknown): readonly string[] {
  if (!isRecord(functions)) {
    throw new TypeError(
      `${what}: functions must be an object of functions, received ${show(functions)}`,
    );
  }
  for (const [name, value] of Object.entries(functions)) {
    checkFunctionName(what, name);
    checkFunction(`${what}: functions.${name}`, value);
  }
  return Object.keys(functions);
}

/** Throws if no function of that name can be called from inside. */
export function checkFunctionName(what: string, name: string): void {
  if (name !== "then") return;
  throw new TypeError(
    `${what}: functions.then must have another name, because await would take host for a promise`,
  );
}

function checkEnv(what: string, env: unknown): Record<string, string> {
  if (!isRecord(env)) {
    throw new TypeError(`${what}: env must be "inherit" or an object, received ${show(env)}`);
  }
  const checked: [key: string, value: string][] = [];
  for (const [key, value] of Object.entries(env)) {
    if (typeof value !== "string") {
      throw new TypeError(`${what}: env.${key} must be a string, received ${show(value)}`);
    }
    // No system has such variables, and Deno's setter would refuse them later.
    if (key === "" || /[=\0]/.test(key) || value.includes("\0")) {
      throw new RangeError(
        `${what}: env cannot have ${
          show(key)
        }; a name must not be empty nor contain "=" or NUL, and a value must not contain NUL`,
      );
    }
    checked.push([key, value]);
  }
  return Object.fromEntries(checked);
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

/**
 * The options with a `baseUrl` that is a directory. The creator looks on disk itself, with what
 * it may read: the host must not do that for a guest.
 */
export function withDirectory(options: CheckedCreateOptions): CheckedCreateOptions {
  const { baseUrl } = options;
  return baseUrl === undefined ? options : { ...options, baseUrl: directoryOf(baseUrl) };
}

/** The part of checked options that stays with the creator. */
export function callbacksOf(
  { functions = {}, stdout, stderr, stdin }: CreateOptions,
): CreatorCallbacks {
  return {
    stdin: isStream(stdin) ? stdin : undefined,
    stdout: sinkOf("stdout", stdout),
    stderr: sinkOf("stderr", stderr),
    functions: new Map(
      Object.entries(functions).map(([name, given]) => [name, hostFunctionOf(name, given)]),
    ),
  };
}
