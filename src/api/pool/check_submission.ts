// What `submit` is given, and its check: a function with its arguments, or an object that says
// what to do. What has the wrong shape is refused at once; whether values can cross, and whether
// the text of a function can be called elsewhere, is found out later.

import { type Caller, callerHere } from "../caller.ts";
import { checkBoolean, checkKeys, checkSignal, checkTimeout, isRecord, show } from "../checks.ts";
import type { StandardSchemaV1 } from "../standard_schema.ts";
import { checkTransfer } from "../transfer.ts";
import { checkSchema, Validator } from "../validation.ts";
import type { Job, Submission } from "./pool.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Function, JSON, Number, RangeError, Reflect, RegExp, String, TypeError, URL } =
  globalThis;
const { WeakMap, queueMicrotask } = globalThis;
const { apply, get } = Reflect;
const textOf = get(Function.prototype, "toString") as () => string;

const WHAT = "Cannot submit a task";

const OPTIONS = ["args", "signal", "timeout", "transfer", "priority", "wait", "schema"];

type AnyFunction = (...args: never[]) => unknown;

/** So many callers of a function are asked for in one turn. */
const ASKED = 32;

let last: { readonly source: string; readonly caller: Caller; readonly count: number } | undefined;

/** Texts of functions that were submitted before, because most are submitted again. */
const texts = new WeakMap<AnyFunction, Pick<Job, "source" | "filename">>();

const PLAIN_NAME = /^[\w$]{1,100}$/;
const isPlainName = get(RegExp.prototype, "test") as (text: string) => boolean;

/** The task that arguments of `submit` ask for. */
export function checkSubmission(given: readonly unknown[]): Submission {
  const first = given[0];
  const args = given.slice(1);
  if (isFunction(first)) return plain(functionJob(first, args));
  if (!isRecord(first)) {
    const remedy = typeof first === "string" ? "; for source, pass { source }" : "";
    throw new TypeError(
      `${WHAT}: fn must be a function, or an object with fn, source or module, received ${
        show(first)
      }${remedy}`,
    );
  }
  if (args.length > 0) {
    throw new TypeError(`${WHAT}: with an object, the arguments are its args; give no others`);
  }
  return checkTask(first);
}

/** The job of calling a function. */
export function functionJob(fn: AnyFunction, args: readonly unknown[]): Job {
  let text = texts.get(fn);
  if (text === undefined) {
    const { name } = fn;
    const isPlain = apply(isPlainName, PLAIN_NAME, [name]);
    text = {
      source: apply(textOf, fn, []),
      filename: isPlain ? `<function ${name}>` : "<function>",
    };
    texts.set(fn, text);
  }
  return { source: text.source, filename: text.filename, isFunction: true, args };
}

function plain(job: Job): Submission {
  return {
    job,
    signal: undefined,
    timeoutMs: Infinity,
    moved: undefined,
    priority: 0,
    waits: false,
    validator: undefined,
    caller: callerOf(job),
  };
}

/**
 * Whose task it is. To ask takes longer than all the rest, so of many calls of one function in
 * one turn the later ones count as made where the last of the first was.
 */
function callerOf({ source }: Job): Caller {
  if (last !== undefined && last.source === source && last.count >= ASKED) return last.caller;
  if (last === undefined) queueMicrotask(() => last = undefined);
  last = { source, caller: callerHere(), count: last?.source === source ? last.count + 1 : 1 };
  return last.caller;
}

function checkTask(task: Readonly<Record<string, unknown>>): Submission {
  const { signal, timeout, transfer, priority = 0, wait, schema } = task;
  if (typeof priority !== "number") {
    throw new TypeError(`${WHAT}: priority must be a number, received ${show(priority)}`);
  }
  if (Number.isNaN(priority)) {
    throw new RangeError(`${WHAT}: priority must be a number that can be compared, received NaN`);
  }
  return {
    ...plain(jobOf(task)),
    signal: checkSignal(WHAT, signal),
    timeoutMs: checkTimeout(WHAT, timeout),
    moved: checkTransfer(WHAT, transfer),
    priority,
    waits: checkBoolean(`${WHAT}: wait`, wait, false),
    validator: schema === undefined ? undefined : new Validator(
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is checked there
      checkSchema(`${WHAT}: schema`, schema as StandardSchemaV1),
      { what: "Cannot give the result of a task: it" },
    ),
  };
}

function jobOf(task: Readonly<Record<string, unknown>>): Job {
  const { args = [] } = task;
  if (!Array.isArray(args)) {
    throw new TypeError(`${WHAT}: args must be an array, received ${show(args)}`);
  }
  const kinds = ["fn", "source", "module"].filter((kind) => task[kind] !== undefined);
  const [kind] = kinds;
  if (kinds.length !== 1 || kind === undefined) {
    throw new TypeError(
      `${WHAT}: it must have one of fn, source and module, received ${
        kinds.length === 0 ? "none" : kinds.join(" and ")
      }`,
    );
  }
  checkKeys(WHAT, task, kind === "module" ? [kind, "export", ...OPTIONS] : [kind, ...OPTIONS]);
  const value = task[kind];
  if (kind === "fn") {
    if (isFunction(value)) return functionJob(value, args);
    throw new TypeError(`${WHAT}: fn must be a function, received ${show(value)}`);
  }
  if (kind === "source") {
    if (typeof value !== "string") {
      throw new TypeError(`${WHAT}: source must be a string, received ${show(value)}`);
    }
    return { source: value, isFunction: false, args, filename: "<task>" };
  }
  return moduleJob(value, task["export"] ?? "default", args);
}

/** The job of calling what a module exports. The module is loaded once in each worker. */
export function moduleJob(module: unknown, name: unknown, args: readonly unknown[]): Job {
  if (!(module instanceof URL) && typeof module !== "string") {
    throw new TypeError(`${WHAT}: module must be a string or a URL, received ${show(module)}`);
  }
  if (typeof name !== "string") {
    throw new TypeError(`${WHAT}: export must be a string, received ${show(name)}`);
  }
  const [from, key] = [JSON.stringify(String(module)), JSON.stringify(name)];
  return {
    // A module that is there already is found in a microtask.
    source: `async (...args) => {
      const called = (await import(${from}))[${key}];
      if (typeof called !== "function") {
        throw new TypeError(${from} + ' exports no function "' + ${key} + '"');
      }
      if (/Generator/.test(Object.prototype.toString.call(called))) {
        throw new TypeError('"' + ${key} + '" of ' + ${from} + ' is a generator, and a task has one result: read it with import() of an interpreter, or collect what it gives in an array');
      }
      return called(...args);
    }`,
    isFunction: true,
    args,
    filename: `<${name} of ${String(module)}>`,
  };
}

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === "function";
}
