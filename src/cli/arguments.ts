// What flags mean: durations, sizes and permissions as people type them.

import { InvalidArgumentError } from "commander";
import type { PermissionSet } from "../../mod.ts";

/** Flags of every command that runs source. */
export interface LimitFlags {
  readonly permissions?: "none" | "inherit" | PermissionSet;
  readonly allow?: PermissionSet;
  /** Milliseconds. */
  readonly timeout?: number;
  /** MiB. */
  readonly memory?: number;
  /** Bytes. */
  readonly outputLimit?: number;
}

/** Flags of `run`. */
export interface RunFlags extends LimitFlags {
  readonly jobs?: number;
  readonly json?: boolean;
}

/** Flags of `eval`. */
export interface EvalFlags extends LimitFlags {
  readonly json?: boolean;
}

/** Flags of `repl`. */
export interface ReplFlags extends LimitFlags {
  readonly history: boolean;
}

/** Flags of `top`. */
export interface TopFlags {
  /** Milliseconds. */
  readonly interval?: number;
  readonly once?: boolean;
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const UNITS_BYTES: Readonly<Record<string, number>> = {
  ...{ b: 1, k: 2 ** 10, kb: 1e3, kib: 2 ** 10 },
  ...{ m: 2 ** 20, mb: 1e6, mib: 2 ** 20, g: 2 ** 30, gb: 1e9, gib: 2 ** 30 },
};
/** The longest delay that timers of the runtimes take, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/** `5s`, `500ms`, `2m`, `1.5s`; a bare number is seconds, as timeout(1) has it. Gives milliseconds. */
export function duration(text: string): number {
  const [, digits = "", unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const ms = Math.round(Number(digits) * (UNITS_MS[unit] ?? Number.NaN));
  if (digits !== "" && ms >= 1 && ms <= LONGEST_MS) return ms;
  throw new InvalidArgumentError("A duration is 1ms to 24 days: 500ms, 5s, 2m");
}

/** `64KiB`, `1MiB`, `2MB`; a bare number is bytes. Gives bytes. */
export function size(text: string): number {
  return bytes(text, 1) ?? refuse("A size is 1 or more: 4096, 64KiB, 1MiB");
}

/** `64`, `64MiB`, `1GiB`; a bare number is MiB. Gives MiB. */
export function memory(text: string): number {
  const found = bytes(text, 2 ** 20);
  const whole = found === undefined ? 0 : Math.floor(found / 2 ** 20);
  return whole >= 16 && whole <= 2 ** 20
    ? whole
    : refuse("Memory is 16MiB or more: 64, 64MiB, 1GiB");
}

/** A whole number of at least 1. */
export function wholeNumber(text: string): number {
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : refuse("It is a whole number, 1 or more");
}

function bytes(text: string, bare: number): number | undefined {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text) ?? [];
  const factor = unit === "" ? bare : UNITS_BYTES[unit.toLowerCase()];
  const found = Math.floor(Number(digits) * (factor ?? Number.NaN));
  return found >= 1 && Number.isSafeInteger(found) ? found : undefined;
}

function refuse(message: string): never {
  throw new InvalidArgumentError(message);
}

const NAMES = ["read", "write", "net", "env", "sys", "run", "ffi", "import"] as const;
type Name = typeof NAMES[number];
const isName = (text: string): text is Name => NAMES.some((name) => name === text);

/** `none`, `inherit`, or a set as JSON: `{ "read": ["./data"], "net": true }`. */
export function permissions(text: string): "none" | "inherit" | PermissionSet {
  if (text === "none" || text === "inherit") return text;
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    set = undefined;
  }
  if (typeof set !== "object" || set === null || Array.isArray(set)) {
    return refuse('Permissions are "none", "inherit" or a set as JSON: {"read":["./data"]}');
  }
  const wrong = Object.keys(set).find((name) => !isName(name));
  if (wrong !== undefined) return refuse(`There is no permission "${wrong}": ${NAMES.join(", ")}`);
  return set;
}

/** `read=./data,./more` or `net`, added to what came before. */
export function collectPermission(text: string, before: PermissionSet | undefined): PermissionSet {
  const [name = "", ...values] = text.split("=");
  if (!isName(name)) return refuse(`There is no permission "${name}": ${NAMES.join(", ")}`);
  if (values.length === 0) return { ...before, [name]: true };
  const already: unknown = before?.[name];
  const list = values.join("=").split(",").filter((value) => value !== "");
  if (list.length === 0) return refuse(`Name what is allowed, as in ${name}=a,b`);
  return {
    ...before,
    [name]: already === true ? true : [...Array.isArray(already) ? already : [], ...list],
  };
}
