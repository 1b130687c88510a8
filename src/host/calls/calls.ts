// The calls that interpreters make to functions of their creators. Names and arguments come
// out of an interpreter, so each is checked. A pending call keeps nobody alive.

import {
  type Answer,
  endedReason,
  failed,
  MAX_UNANSWERED,
  tooManyCalls,
} from "../../api/call_function.ts";
import { tooLong } from "../../codec/limit.ts";
import { movedOf } from "../../codec/pieces.ts";
import { checkPacked, fieldsOf } from "../../protocol/check.ts";
import type { Packed } from "../../protocol/frames.ts";
import { captureContext, type InContext } from "../../runtime/async_context.ts";
import { type Callee, LocalFunctions, RelayedFunctions } from "./callees.ts";
import type { Creation } from "../life/interpreters.ts";
import type { AnswerFrame, GuestThread, RequestFrame } from "../life/thread.ts";

/** What calls need of the rest of the host. */
export interface CallHost {
  readonly creationOf: (id: number) => Creation;
  /** Whether a run of the interpreter is in progress. */
  readonly isRunning: (id: number) => boolean;
  /** Handles of channels go from one interpreter to another, inside arguments or a result. */
  readonly onHanded: (from: number, to: number, channels: readonly number[]) => void;
}

interface CallerOptions extends Pick<Creation, "options"> {
  readonly isRunning: () => boolean;
  /** The context that its calls belong to now; `undefined`: none of the program's. */
  readonly context: () => InContext | undefined;
  readonly callee: Callee;
  readonly onArguments: (channels: readonly number[]) => void;
  readonly onResult: (channels: readonly number[]) => void;
}

/** The calls of one interpreter. */
class Caller {
  readonly callee: Callee;
  readonly #how: CallerOptions;
  /** `undefined` once it is gone: a later answer goes nowhere. */
  #thread: GuestThread | undefined;
  #unanswered = 0;
  #run: AbortController | undefined;
  #life: AbortController | undefined;

  constructor(thread: GuestThread, how: CallerOptions) {
    this.callee = how.callee;
    this.#how = how;
    this.#thread = thread;
  }

  /** Checks a call; the function returned makes it, for the run that is in progress now. */
  prepare({ call, argument }: RequestFrame, chain: () => readonly number[]): () => void {
    const { name, args } = this.#check(argument);
    if (this.#unanswered >= MAX_UNANSWERED) throw tooManyCalls(name);
    this.#unanswered++;
    const answer: Answer = (outcome) => {
      this.#unanswered--;
      if (outcome.ok) this.#how.onResult(outcome.value.channels ?? []);
      const moved = outcome.ok ? movedOf(outcome.value.shared) : undefined;
      this.#thread?.reply(call, outcome, moved);
    };
    const { signal } = this.#how.isRunning()
      ? this.#run ??= new AbortController()
      : this.#life ??= new AbortController();
    const inContext = this.#how.context();
    this.#how.onArguments(args.channels ?? []);
    const make = () => this.callee.call({ name, args, signal }, chain(), answer);
    return inContext === undefined ? make : () => inContext(make);
  }

  endRun(): void {
    const run = this.#run;
    this.#run = undefined;
    run?.abort(endedReason());
  }

  end(): void {
    this.#thread = undefined;
    this.endRun();
    this.#life?.abort(endedReason());
    this.callee.end();
  }

  #check(argument: unknown): { readonly name: string; readonly args: Packed } {
    const { name, args } = fieldsOf(argument);
    const { functions, limits: { messageBytes = Infinity } } = this.#how.options;
    if (typeof name !== "string" || !functions.includes(name)) {
      throw new TypeError("Cannot call a host function: there is none of that name");
    }
    const packed = checkPacked(args);
    if (packed === undefined) {
      throw new TypeError(`Cannot call host.${name}: its arguments are damaged`);
    }
    const { length } = packed.bytes;
    if (length > messageBytes) {
      throw tooLong(`Cannot call host.${name}`, { length, limit: messageBytes });
    }
    return { name, args: packed };
  }
}

/** All calls, by the interpreter that makes them. */
export class FunctionCalls {
  readonly #host: CallHost;
  readonly #callers = new Map<number, Caller>();
  /** Interpreters whose runs the program blocks on. */
  readonly #blockedOn: number[] = [];
  /** Who started the run in progress of an interpreter, if another one did. */
  readonly #starters = new Map<number, number>();
  /** Where the program has started the run in progress of an interpreter. */
  readonly #contexts = new Map<number, InContext>();
  /** Whether interpreters have functions of the program: else nobody asks for contexts. */
  #areContextsNeeded = false;
  #isDeferring = false;
  #deferred: (() => void)[] = [];

  constructor(host: CallHost) {
    this.#host = host;
  }

  /** Serves one call. */
  onCall(thread: GuestThread, request: RequestFrame): void {
    let start: () => void;
    try {
      const caller = this.#callerOf(thread);
      start = caller.prepare(request, () => this.#chainOf(thread.id));
    } catch (error) {
      thread.reply(request.call, failed(error));
      return;
    }
    if (!this.#isDeferring && this.#deferred.length === 0) {
      start();
      return;
    }
    if (this.#deferred.push(start) === 1) queueMicrotask(() => this.flush());
  }

  /** Takes the answer of a guest to a call that was relayed to it. */
  onAnswer(thread: GuestThread, { caller, call, outcome }: AnswerFrame): void {
    const callee = this.#callers.get(caller)?.callee;
    if (callee instanceof RelayedFunctions) callee.onAnswer(thread, call, outcome);
  }

  /** An interpreter begins to exist. */
  onCreate({ owner, options }: Pick<Creation, "owner" | "options">): void {
    this.#areContextsNeeded ||= owner === undefined && options.functions.length > 0;
  }

  /** A run of an interpreter begins, which another one has asked for, or the program just now. */
  onRunStart(id: number, starter: number | undefined): void {
    if (starter !== undefined) this.#starters.set(id, starter);
    else if (this.#areContextsNeeded) this.#contexts.set(id, captureContext());
  }

  /** A run of an interpreter has ended. */
  onRunEnd(id: number): void {
    this.#starters.delete(id);
    this.#contexts.delete(id);
    this.#callers.get(id)?.endRun();
  }

  onGone(thread: GuestThread, { options, owner }: Creation): void {
    const { id } = thread;
    this.#starters.delete(id);
    this.#contexts.delete(id);
    const caller = this.#callers.get(id);
    this.#callers.delete(id);
    // Its creator keeps functions for it even if it has never called.
    if (caller !== undefined) caller.end();
    else if (owner !== undefined && options.functions.length > 0) {
      new RelayedFunctions(id, owner).end();
    }
    for (const { callee } of this.#callers.values()) {
      if (callee instanceof RelayedFunctions) callee.onGone(thread);
    }
  }

  /** Blocks the program on a run of an interpreter, and keeps that in mind meanwhile. */
  whileBlocked<T>(id: number, block: () => T): T {
    this.#blockedOn.push(id);
    try {
      return block();
    } finally {
      this.#blockedOn.pop();
    }
  }

  /** Whether the program blocks on a run that this interpreter is in, or that waits for it. */
  isBlockedOn(id: number): boolean {
    return this.#chainOf(id).some((one) => this.#blockedOn.includes(one));
  }

  /** Handles frames in the middle of something else: functions are called afterwards. */
  deferring(handle: () => void): void {
    const wasDeferring = this.#isDeferring;
    this.#isDeferring = true;
    try {
      handle();
    } finally {
      this.#isDeferring = wasDeferring;
    }
  }

  /** Makes the calls that were put off. */
  flush(): void {
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const start of deferred) start();
  }

  #callerOf(thread: GuestThread): Caller {
    const { id } = thread;
    const known = this.#callers.get(id);
    if (known !== undefined) return known;
    const { options, callbacks: { functions, context }, creator, owner } = this.#host
      .creationOf(id);
    const callee = owner === undefined
      ? new LocalFunctions(
        functions,
        thread.shapes,
        (chain) => chain.some((one) => this.#blockedOn.includes(one)),
      )
      : new RelayedFunctions(id, owner);
    const caller = new Caller(thread, {
      options,
      callee,
      isRunning: () => this.#host.isRunning(id),
      context: () => owner === undefined ? this.#contextOf(id) ?? context : undefined,
      onArguments: (channels) => this.#host.onHanded(id, creator, channels),
      onResult: (channels) => this.#host.onHanded(creator, id, channels),
    });
    this.#callers.set(id, caller);
    return caller;
  }

  /** Where the program has started the run in progress, or that which has led to it. */
  #contextOf(id: number): InContext | undefined {
    return this.#contexts.get(this.#chainOf(id).at(-1) ?? id);
  }

  /** The interpreter, whoever started its run, whoever started that one's, and so on. */
  #chainOf(id: number): readonly number[] {
    const chain: number[] = [];
    for (let one: number | undefined = id; one !== undefined; one = this.#starters.get(one)) {
      if (chain.includes(one)) break;
      chain.push(one);
    }
    return chain;
  }
}
