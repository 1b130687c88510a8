// What guests ask of the host, served here on their behalf. Arguments come out of
// an interpreter: each is checked before it is used, and a wrong one is answered
// with an error and nothing else.

import { checkChannelOptions } from "../api/channel_options.ts";
import {
  checkCreateOptions,
  checkFunctionName,
  DEFAULT_COMPILE_MS,
} from "../api/check_create_options.ts";
import { checkId } from "../api/checks.ts";
import type { CheckedCreateOptions, CheckedLimits, CreateOptions } from "../api/create_options.ts";
import {
  type CheckedRunOptions,
  checkNames,
  type EndReference,
  type EndReferences,
} from "../api/run_options.ts";
import type { InputSource } from "../api/stdin_option.ts";
import { tooLong } from "../codec/limit.ts";
import { InterpreterError } from "../errors.ts";
import { checkPacked, fieldsOf } from "../protocol/check.ts";
import { toFailure } from "../protocol/failure.ts";
import type { Outcome, OutputStream, PackedValues, RequestOperation } from "../protocol/frames.ts";
import { attempt, type Done } from "./outcome.ts";
import type { HostRealm } from "./realm.ts";
import { handedChannels } from "./runs/run.ts";
import type { GuestThread, RequestFrame } from "./life/thread.ts";

type Operation = (host: HostRealm, caller: number, argument: unknown) => unknown;
interface Request {
  readonly thread: GuestThread;
  readonly caller: number;
  readonly call: number;
  readonly argument: unknown;
}
type SlowOperation = (host: HostRealm, request: Request, done: Done<unknown>) => void;

/** Characters of what an interpreter is said to end for. */
const MAX_REASON = 10_000;

/** Characters of a name or a filename, which stands in every frame of a stack. */
const MAX_NAME = 10_000;
/** Entries of one kind of permission. */
const MAX_ENTRIES = 500;

const SLOW: Partial<Record<RequestOperation, SlowOperation>> = {
  create: (host, request, done) => {
    const { caller, argument } = request;
    const options = checkPassedCreation(argument, host.optionsOf(caller).limits);
    host.access.inherit(caller, options, host.creations.waitingOf(caller));
    host.creations.pass(
      caller,
      (leave) =>
        attempt<unknown>((settle) => create(host, { ...request, options }, settle), (settled) => {
          done(settled);
          leave();
        }),
    );
  },
  run: (host, { caller, call, argument }, done) => {
    const { id, source, options } = fieldsOf(argument);
    const target = checkId("Cannot run source: id", id);
    refuseCurrent(caller, target, "run source in");
    if (typeof source !== "string") {
      throw new TypeError(`Cannot run source in interpreter ${target}: source must be a string`);
    }
    host.access.checkSees(caller, target);
    const { messageBytes } = host.optionsOf(caller).limits;
    const request = { id: target, source, options: checkPassedOptions(options, messageBytes) };
    for (const channel of handedChannels(request.options)) {
      host.access.checkReaches(caller, channel);
    }
    host.startAbortable({ caller, call }, request, (settled) => {
      // What the run gives its caller, if it had it.
      for (const channel of settled.ok ? settled.value?.channels ?? [] : []) {
        if (host.access.reaches(target, channel)) host.access.grant(caller, channel);
      }
      done(settled);
    });
  },
  close: (host, { caller, argument }, done) => {
    const id = checkId("Cannot close an interpreter: id", argument);
    refuseCurrent(caller, id, "close");
    host.access.checkSees(caller, id);
    host.whenGone(id, host.close(id), done);
  },
  read: (host, { caller, argument }, done) => {
    host.readInput(caller, checkId("Cannot read standard input: length", argument), done);
  },
  terminate: (host, { caller, argument }, done) => {
    const { id, reason } = fieldsOf(argument);
    const target = checkId("Cannot terminate an interpreter: id", id);
    if (typeof reason !== "string" || reason.length > MAX_REASON) {
      throw new TypeError(
        `Cannot terminate interpreter ${target}: reason must be a string of at most ${MAX_REASON} characters`,
      );
    }
    refuseCurrent(caller, target, "terminate");
    if (!host.access.sees(caller, target)) {
      // As one that has ended: a sandbox is not to tell the two apart.
      done({ ok: true, value: null });
      return;
    }
    host.whenGone(target, host.terminate(target, reason), done);
  },
};

// A guest may abort its own calls alone, and a run that was refused is none.
const QUICK: Partial<Record<RequestOperation, Operation>> = {
  list: (host, caller) => host.list().filter(({ id }) => host.access.sees(caller, id)),
  describe: (host, caller, argument) => {
    const id = checkId("Cannot find an interpreter: id", argument);
    return host.access.sees(caller, id) ? host.describe(id) ?? null : null;
  },
  isRunning: (host, caller, argument) => {
    const id = checkId("Cannot find an interpreter: id", argument);
    host.access.checkSees(caller, id);
    return host.isRunning(id);
  },
  createChannel: (host, caller, argument) => {
    const by = { maker: caller, counted: host.access.rootOf(caller) ?? caller };
    const { id } = host.channels.create(checkChannelOptions(fieldsOf(argument)), by);
    host.access.grant(caller, id);
    return { id, buffer: host.channels.lend(id, caller) ?? null };
  },
  openChannel: (host, caller, argument) => {
    const id = checkId("Cannot open a channel: id", argument);
    host.access.checkReaches(caller, id);
    return { id, buffer: host.channels.lend(id, caller) ?? null };
  },
  abort: (host, caller, argument) => {
    host.abort(`${caller}:${checkId("Cannot abort a run: call", argument)}`);
  },
  listChannels: (host, caller) =>
    host.listChannels().filter((id) => host.access.reaches(caller, id)),
  reserve: (host, caller) => {
    host.reservations.grant(caller, host.access.rootOf(caller) ?? caller);
  },
  withdraw: (host, caller, argument) => {
    const { channel, sender, token } = fieldsOf(argument);
    const from = checkId("Cannot withdraw: channel", channel);
    host.access.checkReaches(caller, from);
    // The sender's deposit was posted before its item; it may still be in its port.
    host.drain();
    const kept = host.channels.withdraw({
      channel: from,
      sender: checkId("Cannot withdraw: sender", sender),
      token: checkId("Cannot withdraw: token", token),
    });
    for (const id of kept?.channels ?? []) host.access.grant(caller, id);
    return kept?.buffers ?? [];
  },
};

function create(
  host: HostRealm,
  { caller, thread, call, argument, options: passed }: Request & {
    readonly options: CheckedCreateOptions;
  },
  done: Done<unknown>,
): void {
  // Throws if it has ended meanwhile: then there is nothing to inherit.
  const { messageBytes } = host.optionsOf(caller).limits;
  const options = host.access.inherit(caller, passed);
  const forward = (stream: OutputStream) =>
    options[stream] === "sink" ? thread.forward(call, stream) : undefined;
  const callbacks = {
    stdout: forward("stdout"),
    stderr: forward("stderr"),
    stdin: undefined,
    functions: new Map(),
  };
  const creation = checkId("Cannot create: creation", fieldsOf(argument)["creation"]);
  const owner = { thread, creation, messageBytes };
  host.startCreate({ creator: caller, options, callbacks, owner }, done);
}

/** Serves one request of a guest. */
export function serve(host: HostRealm, thread: GuestThread, frame: RequestFrame): void {
  const { call, operation, argument } = frame;
  if (operation === "call") {
    host.functions.onCall(thread, frame);
    return;
  }
  const reply: Done<unknown> = (settled) => thread.reply(call, toOutcome(settled));
  const slow = SLOW[operation];
  if (slow !== undefined) {
    try {
      host.access.begin(thread.id);
    } catch (error) {
      reply({ ok: false, error });
      return;
    }
    const replyAndCount: Done<unknown> = (settled) => {
      host.access.end(thread.id);
      reply(settled);
    };
    const request = { thread, caller: thread.id, call, argument };
    attempt<unknown>((done) => slow(host, request, done), replyAndCount);
    return;
  }
  attempt<unknown>(
    (done) => done({ ok: true, value: QUICK[operation]?.(host, thread.id, argument) }),
    reply,
  );
}

function toOutcome(settled: Parameters<Done<unknown>>[0]): Outcome {
  if (settled.ok) return settled;
  return { ok: false, failure: toFailure(settled.error) };
}

function refuseCurrent(caller: number, id: number, action: string): void {
  if (caller !== id) return;
  const hint = action === "close"
    ? "cannot destroy the current interpreter"
    : "it is the current one";
  throw new InterpreterError(`Cannot ${action} interpreter ${id} from inside: ${hint}`);
}

/**
 * What a guest passes has the shape of the public options, once its gaps are gone. A sink
 * stays with the creator: this side forwards, as if it captured.
 */
function passedOptions(argument: unknown): CreateOptions {
  const { functions: _, creation: __, limits, stdin: ___, ...passed } = fieldsOf(argument);
  const open = (target: unknown) => target === "sink" ? "capture" : target;
  return present({
    ...passed,
    limits: present(limits),
    stdout: open(passed["stdout"]),
    stderr: open(passed["stderr"]),
  });
}

/** A stream cannot be passed. */
function checkPassedInput(stdin: unknown): InputSource {
  const { kind, text } = fieldsOf(stdin);
  if (kind === "none" || kind === "inherit") return { kind };
  if (kind === "text" && typeof text === "string") return { kind, text };
  throw new TypeError("Cannot create an interpreter: stdin must be text, or none, or inherited");
}

function present(fields: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fieldsOf(fields)).filter(([, value]) => value !== undefined),
  );
}

/** The options of a creation by a guest; of functions it passes the names, and `most` has its own limits. */
function checkPassedCreation(argument: unknown, most: CheckedLimits): CheckedCreateOptions {
  const what = "Cannot create an interpreter";
  const { functions, stdin } = fieldsOf(argument);
  checkLengths(what, fieldsOf(argument));
  const options = {
    ...checkCreateOptions(passedOptions(argument)),
    stdin: checkPassedInput(stdin),
  };
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

/** A limit that is at most the creator's; that, if none is given. */
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

function checkPassedOptions(options: unknown, messageBytes = Infinity): CheckedRunOptions {
  const { channels, values, timeoutMs, onTimeout, filename, wantsValue } = fieldsOf(options);
  return {
    channels: channels === null ? null : checkReferences(channels),
    values: values === null ? null : checkValues(values, messageBytes),
    signal: undefined,
    timeoutMs: typeof timeoutMs === "number" && timeoutMs >= 0 ? timeoutMs : Infinity,
    onTimeout: onTimeout === "interrupt" ? onTimeout : "terminate",
    filename: typeof filename === "string" ? filename.slice(0, MAX_NAME) : undefined,
    wantsValue: wantsValue === true,
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

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function checkReference(reference: unknown): EndReference {
  const { end, id } = fieldsOf(reference);
  if (end !== "recv" && end !== "send") throw new TypeError("Cannot pass a channel: wrong end");
  return { end, id: checkId("Cannot pass a channel: id", id) };
}
