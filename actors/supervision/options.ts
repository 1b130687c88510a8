// What a supervisor is made with, as users give it, and its check. Messages name the argument and
// say what it must be.

import type { AnyActorLogic } from "xstate";
import { checkCreateOptions } from "../../src/api/check_create_options.ts";
import { checkBoolean, checkKeys, isRecord, show } from "../../src/api/checks.ts";
import type { CreateOptions } from "../../src/api/create_options.ts";
import type { RunOptions } from "../../src/api/run_options.ts";
import { RecvChannel, SendChannel } from "../../src/door.js";
import { type Backoff, checkBackoff, type Delays } from "./backoff.ts";
import { supervisedInterpreter } from "./supervised_interpreter.ts";

/**
 * Whom a failure concerns. `"one_for_one"`: the child alone. `"one_for_all"`: all children are
 * ended and started again. `"rest_for_one"`: the child and those after it in the list.
 */
export type Strategy = "one_for_one" | "one_for_all" | "rest_for_one";

/**
 * When a child that ended is started again. `"permanent"`: always. `"transient"`: if it failed, and
 * whenever the strategy starts it again with another. `"temporary"`: never.
 */
export type Restart = "permanent" | "transient" | "temporary";

/** What every child has. */
export interface ChildOptions {
  /** Its name within its supervisor. */
  readonly id: string;
  /** Its name in the whole actor system: `actor.system.get(systemId)` is the present child. */
  readonly systemId?: string;
  /**
   * When it is started again after it has ended.
   * @default "permanent"
   */
  readonly restart?: Restart;
}

/** A child that is any actor logic: a machine, a promise, another supervisor. */
export interface LogicChild extends ChildOptions {
  /** The logic. It fails with an error, or when it is done with an output that has an `error`. */
  readonly src: AnyActorLogic;
  /** What each actor of it is started with. */
  readonly input?: unknown;
}

/** A child that is an interpreter, which runs source, or waits for calls. */
export interface InterpreterChild extends ChildOptions {
  /** Options of each interpreter. Absent: those of `create()`. */
  readonly create?: Omit<CreateOptions, "signal">;
  /**
   * What each interpreter runs. When it is done, the interpreter is closed and the child has ended.
   * What it throws is a failure. Absent: the interpreter is idle, until it ends.
   */
  readonly source?: string;
  /** Channel ends for the source, as for `Interpreter.run`: each interpreter gets the same ones. */
  readonly channels?: RunOptions["channels"];
  /** Values for the source, as for `Interpreter.run`: each interpreter gets fresh copies. */
  readonly values?: RunOptions["values"];
  /**
   * Whether the interpreter stays, idle, when its source is done; it is up from then on.
   * @default false
   */
  readonly staysIdle?: boolean;
}

/** Options of `supervise`. */
export interface SuperviseOptions {
  /**
   * Whom a failure concerns.
   * @default "one_for_one"
   */
  readonly strategy?: Strategy;
  /**
   * How many restarts there may be within `period`, an integer. One more, and the supervisor gives
   * up. A restart of several children counts once.
   * @default 1
   */
  readonly intensity?: number;
  /**
   * The time that `intensity` is counted in, in milliseconds. (Erlang counts seconds.)
   * @default 5000
   */
  readonly period?: number;
  /** How long to wait before a restart. Absent: not at all. */
  readonly backoff?: Backoff;
  /** What is supervised, in the order in which it is started. It is ended in reverse order. */
  readonly children: readonly (LogicChild | InterpreterChild)[];
}

/** A child, checked. */
export interface CheckedChild extends Required<Pick<ChildOptions, "id" | "restart">> {
  readonly systemId: string | undefined;
  readonly src: AnyActorLogic;
  readonly input: unknown;
}

/** The options, checked. */
export interface CheckedSupervision {
  readonly strategy: Strategy;
  readonly intensity: number;
  readonly periodMs: number;
  readonly delays: Delays;
  readonly children: readonly CheckedChild[];
}

const STRATEGIES: readonly Strategy[] = ["one_for_one", "one_for_all", "rest_for_one"];
const RESTARTS: readonly Restart[] = ["permanent", "transient", "temporary"];
const EVERY = ["id", "systemId", "restart"];
const OF_LOGIC = [...EVERY, "src", "input"];
const OF_INTERPRETER = [...EVERY, "create", "source", "channels", "values", "staysIdle"];
const WHAT = "Cannot make a supervisor";

/** The options of `supervise`, checked. */
export function checkSupervision(options: SuperviseOptions): CheckedSupervision {
  checkKeys(WHAT, options, ["strategy", "intensity", "period", "backoff", "children"]);
  const { strategy = "one_for_one", intensity = 1, period = 5_000, children } = options;
  checkOneOf("strategy", strategy, STRATEGIES);
  if (!Number.isSafeInteger(intensity) || intensity < 0) {
    throw new RangeError(
      `${WHAT}: intensity must be an integer of 0 or more restarts, received ${show(intensity)}`,
    );
  }
  if (!(typeof period === "number" && period > 0 && period < Infinity)) {
    throw new RangeError(
      `${WHAT}: period must be a number of milliseconds above 0, received ${show(period)}`,
    );
  }
  if (!Array.isArray(children)) {
    throw new TypeError(`${WHAT}: children must be an array, received ${show(children)}`);
  }
  const checked = children.map((child: unknown, at) => checkChild(child, `children[${at}]`));
  for (const name of ["id", "systemId"] as const) checkUnique(checked, name);
  const delays = checkBackoff(WHAT, options.backoff);
  return { strategy, intensity, periodMs: period, delays, children: checked };
}

function checkOneOf(name: string, value: unknown, known: readonly string[]): void {
  if (known.some((one) => one === value)) return;
  const names = known.map(show).join(", ");
  throw new TypeError(`${WHAT}: ${name} must be one of ${names}, received ${show(value)}`);
}

function checkChild(child: unknown, name: string): CheckedChild {
  if (!isRecord(child)) {
    throw new TypeError(`${WHAT}: ${name} must be an object, received ${show(child)}`);
  }
  checkKeys(`${WHAT}: ${name}`, child, "src" in child ? OF_LOGIC : OF_INTERPRETER);
  const { id, systemId, restart = "permanent" } = child as Partial<ChildOptions>;
  checkName(`${name}.id`, id);
  if (systemId !== undefined) checkName(`${name}.systemId`, systemId);
  checkOneOf(`${name}.restart`, restart, RESTARTS);
  return { id, systemId, restart, ...logicOf(child, name) };
}

function checkName(name: string, value: unknown): asserts value is string {
  if (typeof value === "string" && value !== "") return;
  throw new TypeError(
    `${WHAT}: ${name} must be a string that is not empty, received ${show(value)}`,
  );
}

function logicOf(
  child: Readonly<Record<string, unknown>>,
  name: string,
): Pick<CheckedChild, "src" | "input"> {
  if ("src" in child) {
    const { src, input } = child;
    if (!isLogic(src)) {
      throw new TypeError(
        `${WHAT}: ${name}.src must be actor logic, for example a machine, received ${show(src)}`,
      );
    }
    return { src, input };
  }
  const { create = {}, source, channels = {}, values = {}, staysIdle } = child;
  if (source !== undefined && typeof source !== "string") {
    throw new TypeError(`${WHAT}: ${name}.source must be a string, received ${show(source)}`);
  }
  checkOptions(create, `${name}.create`);
  checkEnds(channels, `${name}.channels`);
  if (!isRecord(values)) {
    throw new TypeError(`${WHAT}: ${name}.values must be an object, received ${show(values)}`);
  }
  checkBoolean(`${WHAT}: ${name}.staysIdle`, staysIdle, false);
  return { src: supervisedInterpreter, input: { create, source, channels, values, staysIdle } };
}

/** What XState starts actors of has these three; a machine in source has more. */
function isLogic(value: unknown): value is AnyActorLogic {
  return typeof value === "object" && value !== null &&
    ["transition", "getInitialSnapshot", "getPersistedSnapshot"].every((method) =>
      typeof Reflect.get(value, method) === "function"
    );
}

function checkOptions(create: unknown, name: string): void {
  if (isRecord(create) && create["signal"] !== undefined) {
    throw new TypeError(`${WHAT}: ${name}.signal must not be given: the supervisor has its own`);
  }
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it checks what it is given
    checkCreateOptions(create as CreateOptions);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${WHAT}: ${name}: ${reason}`;
    if (cause instanceof RangeError) throw new RangeError(message, { cause });
    if (cause instanceof TypeError) throw new TypeError(message, { cause });
    throw cause;
  }
}

function checkEnds(channels: unknown, name: string): void {
  const ends = Array.isArray(channels)
    ? channels
    : isRecord(channels)
    ? Object.values(channels)
    : [channels];
  const wrong = ends.find((end) => !(end instanceof RecvChannel || end instanceof SendChannel));
  if (wrong === undefined) return;
  throw new TypeError(
    `${WHAT}: ${name} must be an object of channel ends, or [recv, send], received ${show(wrong)}`,
  );
}

function checkUnique(children: readonly CheckedChild[], name: "id" | "systemId"): void {
  const seen = new Set<string>();
  for (const { [name]: value } of children) {
    if (value === undefined) continue;
    if (seen.has(value)) {
      throw new TypeError(
        `${WHAT}: two children have the ${name} ${show(value)}; give each a name of its own`,
      );
    }
    seen.add(value);
  }
}
