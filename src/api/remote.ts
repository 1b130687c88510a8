// A module in another interpreter, as whoever imported it sees it: an object that has a
// function or a getter for each export. It is no proxy, so nothing that looks at it is fooled.

import { InterpreterError, InterpreterTerminatedError, UnsupportedError } from "../errors.ts";
import { withTransferred } from "../codec/pieces.ts";
import { MAX_LIST } from "../protocol/check.ts";
import { globals } from "../runtime/globals.ts";
import { atCaller, type Caller, callerHere } from "./caller.ts";
import { checkKeys, checkSignal, checkTimeout, isRecord, show } from "./checks.ts";
import { exportTarget, lineTo } from "./line.ts";
import type { Answered, PostedCall, Target } from "./posted_call.ts";
import { LONGEST_DELAY_MS, realm } from "./realm.ts";
import { RemoteGenerator, type RemoteIteration } from "./remote_generator.ts";
import type { RemoteCallOptions, RemoteFunctionOptions } from "./remote_types.ts";
import { checkTransfer } from "./transfer.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Object, Promise, RangeError, Set, Symbol, TypeError, URL } = globalThis;
const { clearTimeout, setTimeout } = globalThis;

/** Options of a call, checked. */
export interface CallLimits {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly onAbort: "abandon" | "terminate";
  readonly onTimeout: "abandon" | "terminate";
}

/** How a function is called. */
interface How {
  readonly limits: CallLimits | undefined;
  readonly moved: readonly ArrayBuffer[] | undefined;
}

const PLAINLY: How = { limits: undefined, moved: undefined };

const LIMITS = ["signal", "onAbort", "timeout", "onTimeout"] satisfies (keyof RemoteCallOptions)[];
const FUNCTION_OPTIONS = [...LIMITS, "transfer"] satisfies (keyof RemoteFunctionOptions)[];
const ENDS: readonly unknown[] = ["abandon", "terminate"];

/** What an imported module is while somebody has it. */
export interface Imported {
  /** The interpreter that has it. */
  readonly id: number;
  readonly module: string;
  /** Its iterators that have begun and not ended. */
  readonly iterators: Set<RemoteIteration>;
  isGivenUp: boolean;
}

/** Imports a module into an interpreter. */
export async function importInto(
  id: number,
  given: unknown,
  options: RemoteCallOptions | undefined,
): Promise<object> {
  const what = `Cannot import into interpreter ${id}`;
  const module = checkModule(what, given);
  const limits = checkCallLimits(what, options);
  const caller = callerHere();
  const description = await answerOf(
    { id, limits, caller },
    (answered) => lineTo(id).describe(module, answered),
  );
  return remoteOf({ id, module, iterators: new Set(), isGivenUp: false }, description);
}

/** Whose call it is, and what may end it. */
export interface CallContext {
  readonly id: number;
  readonly limits: CallLimits | undefined;
  readonly caller: Caller;
}

/** The answer of a call as a promise. */
export function answerOf(
  { id, limits, caller }: CallContext,
  start: (answered: Answered) => PostedCall,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(atCaller(error, caller, limits?.signal));
    if (limits === undefined) start({ succeed: resolve, fail });
    else startWithin({ id, limits }, start, { succeed: resolve, fail });
  });
}

/** Starts a call that its limits may end. */
export function startWithin(
  { id, limits }: { readonly id: number; readonly limits: CallLimits },
  start: (answered: Answered) => PostedCall,
  answered: Omit<Answered, "fail"> & { fail(error: unknown): void },
): PostedCall {
  const { signal, timeoutMs, onAbort, onTimeout } = limits;
  signal?.throwIfAborted();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAborted = false;
  const finish = () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  };
  const call = start({
    ...answered,
    succeed(value) {
      finish();
      answered.succeed(value);
    },
    fail(error) {
      finish();
      answered.fail(isAborted ? signal?.reason : error);
    },
  });
  const end = (how: CallLimits["onAbort"], reason: string, error: () => unknown) => {
    if (how === "terminate") {
      // The call ends when its interpreter has.
      realm().terminate(id, reason).catch(() => {});
      return;
    }
    finish();
    if (!call.withdraw()) {
      call.leave(undefined);
      call.abandon();
    }
    answered.fail(error());
  };
  const abort = () => {
    isAborted = true;
    end(onAbort, "aborted", () => signal?.reason);
  };
  if (timeoutMs < LONGEST_DELAY_MS) {
    const error = () => withTransferred(tooLate(id), call.returned ?? []);
    timer = setTimeout(() => end(onTimeout, "timeout", error), timeoutMs);
  }
  signal?.addEventListener("abort", abort);
  return call;
}

/** The options of a call, checked; `undefined` if nothing may end it. */
export function checkCallLimits(
  what: string,
  options: RemoteCallOptions | undefined,
): CallLimits | undefined {
  if (options === undefined) return undefined;
  checkKeys(what, options, LIMITS);
  const { signal, timeout, onAbort = "abandon", onTimeout = "abandon" } = options;
  for (const [name, value] of [["onAbort", onAbort], ["onTimeout", onTimeout]] as const) {
    if (!ENDS.includes(value)) {
      throw new TypeError(
        `${what}: ${name} must be "abandon" or "terminate", received ${show(value)}`,
      );
    }
  }
  return {
    signal: checkSignal(what, signal),
    timeoutMs: checkTimeout(what, timeout),
    onAbort,
    onTimeout,
  };
}

/** The module's URL or specifier. */
export function checkModule(what: string, module: unknown): string {
  const specifier = module instanceof URL ? module.href : module;
  if (typeof specifier !== "string" || specifier === "") {
    throw new TypeError(
      `${what}: module must be a specifier or a URL, received ${show(module)}`,
    );
  }
  if (globals.Deno === undefined && /^https?:/i.test(specifier)) {
    const runtime = globals.Bun === undefined ? "Node" : "Bun";
    throw new UnsupportedError(
      `${what}: ${runtime} imports no module by "${specifier}"; install it as a package, or copy the file`,
    );
  }
  return specifier;
}

/** The object that stands for a module. */
function remoteOf(imported: Imported, description: unknown): object {
  const remote: object = Object.create(PROTOTYPE);
  // What an interpreter says is not believed before it has been looked at.
  const entries: readonly unknown[] = Array.isArray(description) ? description : [];
  if (entries.length > MAX_LIST) {
    throw new RangeError(
      `Cannot import into interpreter ${imported.id}: the module has ${entries.length} exports, the limit is ${MAX_LIST}`,
    );
  }
  for (const entry of entries) {
    const [name, kind]: unknown[] = Array.isArray(entry) ? entry : [];
    // With it the object would be taken for a promise.
    if (typeof name !== "string" || name === "then") continue;
    Object.defineProperty(
      remote,
      name,
      kind === "value"
        ? { enumerable: true, get: () => readExport(imported, name) }
        : { enumerable: true, value: functionOf(imported, name, kind === "generator") },
    );
  }
  Object.defineProperty(remote, Symbol.asyncDispose, { value: () => giveUp(imported) });
  return Object.freeze(remote);
}

const PROTOTYPE: object = Object.freeze(
  // oxlint-disable-next-line unicorn/no-null -- It has no prototype.
  Object.create(null, { [Symbol.toStringTag]: { value: "Remote" } }),
);

function readExport(imported: Imported, name: string): Promise<unknown> {
  const { id, module } = imported;
  const value = answerOf({ id, limits: undefined, caller: callerHere() }, (answered) => {
    checkInUse(imported, name);
    return lineTo(id).read(module, name, answered);
  });
  // Whoever only looks at an object, as a spread or JSON.stringify() does, reads all of it. That
  // must not end the program because of an export that cannot cross.
  value.catch(() => {});
  return value;
}

type AnyFunction = (...args: unknown[]) => unknown;

function functionOf(imported: Imported, name: string, isGenerator: boolean): AnyFunction {
  const target = exportTarget(imported.module, name);
  const make = isGenerator ? iterating : calling;
  const fn = make(imported, target, PLAINLY);
  // As the language's own functions say it. The name of the others is that of every function.
  if (isGenerator) {
    Object.defineProperty(fn, Symbol.toStringTag, { value: "AsyncGeneratorFunction" });
  }
  const what = `Cannot call ${target.name} in interpreter ${imported.id}`;
  Object.defineProperty(fn, "withOptions", {
    value: (options: RemoteFunctionOptions) => {
      if (!isRecord(options)) {
        throw new TypeError(`${what}: options must be an object, received ${show(options)}`);
      }
      checkKeys(what, options, FUNCTION_OPTIONS);
      const { transfer, ...rest } = options;
      const moved = checkTransfer(what, transfer);
      const limits = checkCallLimits(what, rest);
      return named(name, make(imported, target, { limits, moved }));
    },
  });
  return named(name, fn);
}

function named(name: string, fn: AnyFunction): AnyFunction {
  return Object.defineProperty(fn, "name", { value: name });
}

function calling(
  imported: Imported,
  target: Target,
  { limits, moved }: How,
): AnyFunction {
  const { id } = imported;
  return (...args) =>
    answerOf({ id, limits, caller: callerHere() }, (answered) => {
      checkInUse(imported, target.name);
      return lineTo(id).post({ target, args, moved, inTurn: false }, answered);
    });
}

function iterating(
  imported: Imported,
  target: Target,
  { limits, moved }: How,
): AnyFunction {
  const { id, iterators } = imported;
  return (...args) => {
    const caller = callerHere();
    return new RemoteGenerator({
      caller,
      start: (answered, credit) => {
        checkInUse(imported, target.name);
        const start = (heard: Answered) =>
          lineTo(id).post({ target, args, moved, inTurn: false, credit }, heard);
        return limits === undefined
          ? start(answered)
          : startWithin({ id, limits }, start, answered);
      },
      open: iterators,
      signal: limits?.signal,
    });
  };
}

/** Refuses what is called through a module that was given up. */
export function checkInUse(
  { isGivenUp, module, id }: Omit<Imported, "iterators">,
  name: string,
): void {
  if (!isGivenUp) return;
  throw new InterpreterError(
    `Cannot use ${name}: "${module}" of interpreter ${id} was given up; import it again`,
  );
}

/** Nothing is called through it any more; iterators that have begun are left. */
async function giveUp(imported: Imported): Promise<void> {
  imported.isGivenUp = true;
  await Promise.allSettled([...imported.iterators].map((one) => one.return(undefined, undefined)));
}

/** The error of a call that goes on, though nobody waits for it any more. */
export function tooLate(id: number): InterpreterTerminatedError {
  const message =
    `The call was abandoned: it took longer than its timeout; interpreter ${id} goes on with it`;
  return new InterpreterTerminatedError(message, { reason: "timeout", isInterpreterAlive: true });
}
