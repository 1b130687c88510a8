// Checks of what guests ask for with `create` and `run`. An argument comes out of an
// interpreter, whatever the types of the guest's side say.

import {
  checkCreateOptions,
  checkFunctionName,
  DEFAULT_COMPILE_MS,
} from "../api/check_create_options.ts";
import { checkId } from "../api/checks.ts";
import type { CreateOptions } from "../api/create_options.ts";
import { checkNames } from "../api/run_options.ts";
import { tooLong } from "../codec/limit.ts";
import { checkPacked, fieldsOf } from "../protocol/check.ts";
import type { Packed, PackedValues } from "../protocol/frames.ts";
import { readTraceparent } from "../protocol/traceparent.ts";
import type {
  CheckedCreateOptions,
  CheckedLimits,
  EndReference,
  EndReferences,
  InputSource,
  PassedRunOptions,
} from "../protocol/options.ts";

/** Characters of a name or a filename, which stands in every frame of a stack. */
const MAX_NAME = 10_000;
/** Entries of one kind of permission. */
const MAX_ENTRIES = 500;

/**
 * The options of an interpreter that a guest creates.
 *
 * @param most The guest's own limits: the new interpreter may have no more of some of them.
 */
export function checkCreation(argument: unknown, most: CheckedLimits): CheckedCreateOptions {
  const what = "Cannot create an interpreter";
  const fields = fieldsOf(argument);
  const { functions, stdin } = fields;
  checkLengths(what, fields);
  const options = { ...checkCreateOptions(publicOptions(fields)), stdin: checkInput(stdin) };
  // Of its functions a guest passes the names.
  if (!isTextList(functions)) throw new TypeError(`${what}: functions must be named by strings`);
  for (const name of functions) checkFunctionName(what, name);
  const limits = {
    ...options.limits,
    messageBytes: inheritLimit("messageBytes", options.limits, most),
    compileMs: inheritLimit("compileMs", options.limits, {
      compileMs: most.compileMs ?? DEFAULT_COMPILE_MS,
    }),
  };
  return { ...options, functions, limits };
}

/**
 * What a guest passes has the shape of the public options, once its gaps are gone. A sink
 * stays with the creator: the host forwards to it, as if it captured.
 */
function publicOptions(fields: Readonly<Record<string, unknown>>): CreateOptions {
  const { functions: _, creation: __, limits, stdin: ___, ...passed } = fields;
  const open = (target: unknown) => target === "sink" ? "capture" : target;
  return withoutGaps({
    ...passed,
    limits: withoutGaps(limits),
    stdout: open(passed["stdout"]),
    stderr: open(passed["stderr"]),
  });
}

function withoutGaps(fields: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fieldsOf(fields)).filter(([, value]) => value !== undefined),
  );
}

/** A stream cannot be passed. */
function checkInput(stdin: unknown): InputSource {
  const { kind, text } = fieldsOf(stdin);
  if (kind === "none" || kind === "inherit") return { kind };
  if (kind === "text" && typeof text === "string") return { kind, text };
  throw new TypeError("Cannot create an interpreter: stdin must be text, or none, or inherited");
}

/** A limit that is at most the creator's; the creator's, if none is given. */
function inheritLimit<Name extends keyof CheckedLimits>(
  name: Name,
  { [name]: given }: Pick<CheckedLimits, Name>,
  { [name]: most }: Pick<CheckedLimits, Name>,
): number | undefined {
  if (given !== undefined && most !== undefined && given > most) {
    throw new RangeError(
      `Cannot create an interpreter: limits.${name} must be at most ${most}, the limit of the interpreter that creates it, received ${given}`,
    );
  }
  return given ?? most;
}

/** Sets of permissions are compared entry by entry with those of the creator. */
function checkLengths(
  what: string,
  { name, permissions }: Readonly<Record<string, unknown>>,
): void {
  if (typeof name === "string" && name.length > MAX_NAME) {
    throw new RangeError(`${what}: name must have at most ${MAX_NAME} characters`);
  }
  for (const list of Object.values(fieldsOf(permissions))) {
    if (Array.isArray(list) && list.length > MAX_ENTRIES) {
      throw new RangeError(
        `${what}: permissions must have at most ${MAX_ENTRIES} entries of a kind when an interpreter creates another`,
      );
    }
  }
}

/**
 * The options of a run that a guest asks for.
 *
 * @param messageBytes How long the values may be.
 */
export function checkRun(options: unknown, messageBytes: number = Infinity): PassedRunOptions {
  const {
    channels,
    values,
    args,
    timeoutMs,
    onTimeout,
    onAbort,
    filename,
    wantsValue,
    traceparent,
  } = fieldsOf(options);
  return {
    channels: channels === null ? null : checkReferences(channels),
    values: values === null ? null : checkValues(values, messageBytes),
    args: args === null ? null : checkArguments(args, messageBytes),
    timeoutMs: typeof timeoutMs === "number" && timeoutMs >= 0 ? timeoutMs : Infinity,
    onTimeout: onTimeout === "interrupt" ? onTimeout : "terminate",
    onAbort: onAbort === "interrupt" ? onAbort : "terminate",
    filename: typeof filename === "string" ? filename.slice(0, MAX_NAME) : undefined,
    wantsValue: wantsValue === true,
    ...(readTraceparent(traceparent) === undefined ? {} : { traceparent: String(traceparent) }),
  };
}

function checkReferences(channels: unknown): EndReferences {
  const { kind, pair, names, ends } = fieldsOf(channels);
  if (kind === "pair" && Array.isArray(pair) && pair.length === 2) {
    return { kind, pair: [checkReference(pair[0]), checkReference(pair[1])] };
  }
  if (
    kind === "names" && isTextList(names) && Array.isArray(ends) && ends.length === names.length
  ) {
    return { kind, names, ends: ends.map(checkReference) };
  }
  throw new TypeError("Cannot run source: channels must be a pair or an object of ends");
}

function checkReference(reference: unknown): EndReference {
  const { end, id } = fieldsOf(reference);
  if (end !== "recv" && end !== "send") throw new TypeError("Cannot pass a channel: wrong end");
  return { end, id: checkId("Cannot pass a channel: id", id) };
}

function checkValues(values: unknown, messageBytes: number): PackedValues {
  const what = "Cannot run source";
  const { names, packed: given } = fieldsOf(values);
  const packed = checkPacked(given);
  if (!isTextList(names) || packed === undefined) {
    throw new TypeError(`${what}: values are damaged`);
  }
  checkNames(`${what}: values`, names);
  const { length } = packed.bytes;
  if (length > messageBytes) throw tooLong(what, { length, limit: messageBytes });
  return { names, packed };
}

function checkArguments(args: unknown, messageBytes: number): Packed {
  const what = "Cannot call a function";
  const packed = checkPacked(args);
  if (packed === undefined) throw new TypeError(`${what}: arguments are damaged`);
  const { length } = packed.bytes;
  if (length > messageBytes) throw tooLong(what, { length, limit: messageBytes });
  return packed;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
