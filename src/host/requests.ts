// What guests ask of the host, served here on their behalf. Each handler checks its argument,
// which comes out of an interpreter, and answers by the table that types the guest's side
// (protocol/requests.ts). A wrong argument is answered with an error and nothing else.

import { checkChannelOptions } from "../api/channel_options.ts";
import { checkQueueOptions } from "../api/queue_options.ts";
import { checkId } from "../api/checks.ts";
import { movedWith } from "../api/run_options.ts";
import type { Channel } from "../channel/channel.ts";
import { decode } from "../codec/decode.ts";
import { checkExcinfo } from "../codec/excinfo.ts";
import { isQueueKey, poolKey, queueId } from "../codec/handles.ts";
import { isPiece, movedOf, transferredOf, withTransferred } from "../codec/pieces.ts";
import { InterpreterError } from "../errors.ts";
import { checkPacked, fieldsOf } from "../protocol/check.ts";
import { toFailure } from "../protocol/failure.ts";
import type { OutputStream } from "../protocol/frames.ts";
import type { CheckedCreateOptions } from "../protocol/options.ts";
import type { AnswerOf, OpenedChannel, Operation } from "../protocol/requests.ts";
import { mapExcinfo } from "../source/positions.ts";
import { checkCreation, checkRun } from "./arguments.ts";
import type { Maker } from "./channels/memory.ts";
import type { GuestThread, RequestFrame } from "./life/thread.ts";
import { attempt, type Done, type Settled } from "./outcome.ts";
import type { HostRealm } from "./realm.ts";
import { steerFor, submitFor } from "./pools/submissions.ts";
import { prepareFunction } from "./runs/functions.ts";
import { handedChannels } from "./runs/passing.ts";

/** One request that takes a while. */
interface Request {
  readonly thread: GuestThread;
  /** Id of the interpreter that asks. */
  readonly caller: number;
  /** The guest's number of the request. */
  readonly call: number;
  readonly argument: unknown;
}

/** Operations that are answered later; a guest may have so many of them open and no more (access.ts). */
type SlowOperation = "create" | "run" | "close" | "prepare" | "read" | "submit" | "terminate";
/** Operations that are answered at once. */
type QuickOperation = Exclude<Operation, SlowOperation | "call">;

type SlowHandlers = {
  readonly [Name in SlowOperation]: (
    host: HostRealm,
    request: Request,
    done: Done<AnswerOf<Name>>,
  ) => void;
};
type QuickHandlers = {
  readonly [Name in QuickOperation]: (
    host: HostRealm,
    caller: number,
    argument: unknown,
  ) => AnswerOf<Name>;
};

/** Characters of the reason that an interpreter is said to end for. */
const MAX_REASON = 10_000;
/** Characters of a filename, which stands in every frame of a stack. */
const MAX_FILENAME = 10_000;

const SLOW: SlowHandlers = {
  create: (host, request, done) => {
    const { caller, argument } = request;
    const options = checkCreation(argument, host.optionsOf(caller).limits);
    host.access.inherit(caller, options, host.creations.waitingOf(caller));
    host.creations.pass(caller, (leave) =>
      attempt<AnswerOf<"create">>(
        (settle) => create(host, { ...request, options }, settle),
        (settled) => {
          done(settled);
          leave();
        },
      ));
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
    const checked = { ...checkRun(options, messageBytes), signal: undefined };
    const trace = host.traceOf(caller, checked.traceparent);
    const request = { id: target, source, options: checked, caller, trace };
    for (const channel of handedChannels(request.options)) {
      host.access.checkReaches(caller, channel);
    }
    const begin = () =>
      host.startAskedRun(`${caller}:${call}`, request, (settled) => {
        // What the run gives its caller, if it had it.
        for (const channel of settled.ok ? settled.value?.channels ?? [] : []) {
          if (host.access.reaches(target, channel)) host.access.grant(caller, channel);
        }
        done(settled);
      });
    try {
      begin();
    } catch (error) {
      // It is refused: what was to move with it is the caller's again.
      throw error instanceof Error
        ? withTransferred(error, movedWith(request.options) ?? [])
        : error;
    }
  },
  close: (host, { caller, argument }, done) => {
    const id = checkId("Cannot close an interpreter: id", argument);
    refuseCurrent(caller, id, "close");
    host.access.checkSees(caller, id);
    host.whenGone(id, host.close(id), done);
  },
  prepare: (host, { caller, argument }, done) => {
    const { id, source, filename } = fieldsOf(argument);
    const target = checkId("Cannot call a function: id", id);
    host.access.checkSees(caller, target);
    if (typeof source !== "string" || typeof filename !== "string") {
      throw new TypeError("Cannot call a function: its text and its name must be strings");
    }
    if (filename.length > MAX_FILENAME) {
      throw new RangeError(
        `Cannot call a function: its name must have at most ${MAX_FILENAME} characters`,
      );
    }
    prepareFunction(host, { id: target, source, filename, caller }, done);
  },
  read: (host, { caller, argument }, done) => {
    host.readInput(caller, checkId("Cannot read standard input: length", argument), done);
  },
  submit: submitFor,
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
const QUICK: QuickHandlers = {
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
    const options = checkChannelOptions(fieldsOf(argument));
    return grantNew(host, caller, host.channels.create(options, makerOf(host, caller)));
  },
  createQueue: (host, caller, argument) => {
    const options = checkQueueOptions(fieldsOf(argument));
    return grantNew(host, caller, host.channels.createQueue(options, makerOf(host, caller)));
  },
  openChannel: (host, caller, argument) => {
    const id = checkKey("Cannot open a channel", argument);
    host.access.checkReaches(caller, id);
    return { id, buffer: host.channels.lend(id, caller) ?? null };
  },
  abort: (host, caller, argument) => {
    host.abort(`${caller}:${checkId("Cannot abort a run: call", argument)}`);
    return null;
  },
  steerTask: steerFor,
  describePool: (host, caller, argument) => {
    const id = checkId("Cannot use a pool: id", argument);
    host.access.checkReaches(caller, poolKey(id));
    const { maxWorkers, size, state, stats } = host.pools.find(id);
    return { maxWorkers, size, state, stats };
  },
  openLane: (host, caller, argument) => {
    const { id, isInTurn } = fieldsOf(argument);
    const callee = checkId("Cannot call anything: id", id);
    host.access.checkSees(caller, callee);
    return host.lanes.openFor({ caller, callee, isInTurn: isInTurn === true });
  },
  trace: (_host, _caller, argument) => {
    const packed = checkPacked(argument);
    if (packed === undefined) throw new TypeError("Cannot trace an error: it is damaged");
    return mapExcinfo(checkExcinfo(decode(packed.bytes, [])));
  },
  listChannels: (host, caller) =>
    host.listChannels().filter((id) => host.access.reaches(caller, id)),
  reserve: (host, caller) => {
    host.reservations.grant(caller, host.access.rootOf(caller) ?? caller);
    return null;
  },
  withdraw: (host, caller, argument) => {
    const { channel, sender, token } = fieldsOf(argument);
    const from = checkChannel(host, caller, channel);
    // The sender's deposit was posted before its item; it may still be in its port.
    host.drain();
    const kept = host.channels.withdraw({
      channel: from,
      sender: checkId("Cannot withdraw: sender", sender),
      token: checkId("Cannot withdraw: token", token),
    });
    for (const id of kept?.channels ?? []) host.access.grant(caller, id);
    return kept?.pieces ?? [];
  },
};

/** Answers a request; buffers in the answer move, as those that come back with an error do. */
function send(thread: GuestThread, call: number, settled: Settled<AnswerOf<Operation>>): void {
  if (settled.ok) {
    thread.reply(call, settled, movedIn(settled.value));
    return;
  }
  const failure = toFailure(settled.error);
  const transferred = transferredOf(settled.error);
  if (transferred === undefined) thread.reply(call, { ok: false, failure });
  else thread.reply(call, { ok: false, failure: { ...failure, transferred } }, transferred);
}

/** The buffers that move with an answer: the pieces of an item, or of the value of a run. */
function movedIn(answer: AnswerOf<Operation>): ArrayBuffer[] | undefined {
  if (typeof answer !== "object" || answer === null) return undefined;
  if ("shared" in answer) return movedOf(answer.shared);
  return Array.isArray(answer) ? movedOf(answer.filter(isPiece)) : undefined;
}

/** The key of a channel or queue (codec/handles.ts). */
function checkKey(what: string, key: unknown): number {
  return typeof key === "number" && isQueueKey(key) && checkId(`${what}: queue`, queueId(key)) >= 0
    ? key
    : checkId(`${what}: channel`, key);
}

function makerOf(host: HostRealm, caller: number): Maker {
  return { maker: caller, counted: host.access.rootOf(caller) ?? caller };
}

function grantNew(host: HostRealm, caller: number, { id }: Channel): OpenedChannel {
  host.access.grant(caller, id);
  return { id, buffer: host.channels.lend(id, caller) ?? null };
}

function create(
  host: HostRealm,
  { caller, thread, argument, options: passed }: Request & {
    readonly options: CheckedCreateOptions;
  },
  done: Done<AnswerOf<"create">>,
): void {
  // Throws if it has ended meanwhile: then there is nothing to inherit.
  const { messageBytes } = host.optionsOf(caller).limits;
  const options = host.access.inherit(caller, passed);
  const creation = checkId(
    "Cannot create an interpreter: creation",
    fieldsOf(argument)["creation"],
  );
  const forward = (stream: OutputStream) =>
    options[stream] === "sink" ? thread.forward(creation, stream) : undefined;
  const callbacks = {
    stdout: forward("stdout"),
    stderr: forward("stderr"),
    stdin: undefined,
    functions: new Map(),
  };
  const owner = { thread, creation, messageBytes };
  host.startCreate({ creator: caller, options, callbacks, owner }, done);
}

/** Serves one request of a guest. */
export function serve(host: HostRealm, thread: GuestThread, frame: RequestFrame): void {
  const { call, operation, argument } = frame;
  const caller = thread.id;
  const reply: Done<AnswerOf<Operation>> = (settled) => send(thread, call, settled);
  switch (operation) {
    // These count by themselves (host/calls/calls.ts).
    case "call":
      return host.functions.onCall(thread, frame);
    case "create":
    case "run":
    case "close":
    case "prepare":
    case "read":
    case "submit":
    case "terminate": {
      try {
        host.access.begin(caller);
      } catch (error) {
        return reply({ ok: false, error });
      }
      const request = { thread, caller, call, argument };
      return attempt<AnswerOf<SlowOperation>>(
        (done) => SLOW[operation](host, request, done),
        (settled) => {
          host.access.end(caller);
          reply(settled);
        },
      );
    }
    default:
      return attempt<AnswerOf<QuickOperation>>(
        (done) => done({ ok: true, value: QUICK[operation](host, caller, argument) }),
        reply,
      );
  }
}

/** The channel of an item that a guest has received, if it can have received any from there. */
function checkChannel(host: HostRealm, caller: number, channel: unknown): number {
  if (typeof channel === "number" && channel < 0 && host.lanes.isSide(caller, channel)) {
    return channel;
  }
  const key = checkKey("Cannot withdraw", channel);
  host.access.checkReaches(caller, key);
  return key;
}

function refuseCurrent(caller: number, id: number, action: string): void {
  if (caller !== id) return;
  const hint = action === "close"
    ? "cannot destroy the current interpreter"
    : "it is the current one";
  throw new InterpreterError(`Cannot ${action} interpreter ${id} from inside: ${hint}`);
}
