// Runs, seen from the host: a source becomes a script, the actor is asked whether
// it may run, and what the thread answers becomes a value or an error.

import { refusalOf } from "../../../actors/interpreter.ts";
import { DEFAULT_COMPILE_MS } from "../../api/check_create_options.ts";
import type { CheckedRunOptions } from "../../api/run_options.ts";
import { fromExcinfo, toExcinfo } from "../../codec/excinfo.ts";
import { tooLong } from "../../codec/limit.ts";
import {
  ChannelClosedError,
  type Excinfo,
  InterpreterError,
  InterpreterTerminatedError,
  RunFailedError,
} from "../../errors.ts";
import { fromFailure } from "../../protocol/failure.ts";
import type { Packed, PassedChannels, PassedEnd } from "../../protocol/frames.ts";
import type { EndReference, EndReferences, PassedRunOptions } from "../../protocol/options.ts";
import { mapExcinfo } from "../../source/positions.ts";
import { keep, type Prepared, prepareQuickly } from "../../source/prepared.ts";
import type { RewriteOptions } from "../../source/rewrite.ts";
import type { Compiler } from "./compiler.ts";
import { refused } from "../life/ends.ts";
import type { Interpreters } from "../life/interpreters.ts";
import type { Done } from "../outcome.ts";
import type { RunEnd } from "../life/thread.ts";

const RUN = { type: "RUN" } as const;

/** What a run needs of the rest of the host. */
export interface RunContext {
  readonly interpreters: Interpreters;
  readonly compiler: Compiler;
  /** The memory of a channel for an interpreter; `undefined` if it is closed. */
  readonly lendChannel: (channel: number, id: number) => SharedArrayBuffer | undefined;
}

/**
 * Starts a run; its value, if one is wanted, comes undecoded.
 *
 * @returns Whether its source has to be compiled first.
 */
export function startRun(
  { interpreters, compiler, lendChannel }: RunContext,
  { id, source, options, tenant }: {
    readonly id: number;
    readonly source: string;
    readonly options: CheckedRunOptions;
    /** Who is served in turn if the source takes long to compile. */
    readonly tenant: number;
  },
  done: Done<Packed | null>,
): boolean {
  if (id === 0) {
    throw new InterpreterError(
      "Cannot run source in interpreter 0: the main interpreter already running",
    );
  }
  const { actor, thread, options: { language, limits } } = interpreters.get(id);
  const { compileMs, messageBytes } = limits;
  const refusal = refusalOf(actor.getSnapshot(), RUN);
  if (refusal !== undefined) throw refused(id, refusal);
  const filename = options.filename ?? `<interpreter ${id}>`;
  const { wantsValue, values } = options;
  const rewriting = { language, wantsValue, filename };
  const prepared = prepareOrFail(source, rewriting);
  const channels = options.channels === null
    ? null
    : passChannels(options.channels, (channel) => lendChannel(channel, id));
  const hand = (ready: Prepared) => {
    const budgetMs = options.onTimeout === "interrupt" ? options.timeoutMs - elapsed() : null;
    thread.hand(call, { prepared: ready, filename, wantsValue, channels, values, budgetMs });
  };
  let giveUp: (() => void) | undefined;
  const elapsed = prepared === undefined ? stopwatch() : () => 0;
  const call = thread.begin({
    done: (end) =>
      done(end.type === "interrupted" ? interrupted(id) : toSettled(end, messageBytes)),
    giveUp: prepared === undefined ? () => giveUp?.() : undefined,
  });
  if (prepared !== undefined) {
    // The thread wakes up while the actor changes its state.
    hand(prepared);
    actor.send(RUN);
    return false;
  }
  actor.send(RUN);
  giveUp = compiler.compile(
    { source, options: rewriting, limitMs: compileMs ?? DEFAULT_COMPILE_MS, tenant },
    (compiled) => {
      if (compiled.ok) hand(keep(source, rewriting, compiled.value));
      else thread.refuse(call, compileError(id, compiled.error));
    },
  );
  return true;
}

function stopwatch(): () => number {
  const start = performance.now();
  return () => performance.now() - start;
}

/** Ids of the channels whose ends are passed to a run, by themselves or inside its values. */
export function handedChannels({ channels, values }: PassedRunOptions): readonly number[] {
  const inside = values?.packed.channels ?? [];
  if (channels === null) return inside;
  const ends = channels.kind === "pair" ? channels.pair : channels.ends;
  return [...ends.map(({ id }) => id), ...inside];
}

function prepareOrFail(source: string, options: RewriteOptions): Prepared | undefined {
  try {
    return prepareQuickly(source, options);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw failed(toExcinfo(error));
  }
}

/** Why there is no script: the source is wrong, takes too much, or there is nobody to compile it. */
function compileError(id: number, cause: unknown): Error {
  if (cause instanceof SyntaxError || cause instanceof RangeError) return failed(toExcinfo(cause));
  return new InterpreterError(
    `Cannot run source in interpreter ${id}: the thread that compiles it cannot be started, or has failed`,
    { cause },
  );
}

function toSettled(
  end: Exclude<RunEnd, { type: "interrupted" }>,
  messageBytes = Infinity,
): Parameters<Done<Packed | null>>[0] {
  switch (end.type) {
    case "done": {
      const length = end.value?.bytes.length ?? 0;
      if (length <= messageBytes) return { ok: true, value: end.value };
      // The guest checks this itself, unless source has got at it.
      const what = "Cannot return the value of the source";
      return { ok: false, error: tooLong(what, { length, limit: messageBytes }) };
    }
    case "failed":
      return { ok: false, error: failed(mapExcinfo(end.excinfo)) };
    case "unshareable":
      return { ok: false, error: fromFailure({ tag: end.tag, message: end.message }) };
    case "ended":
    case "refused":
      return { ok: false, error: end.error };
  }
}

/** A run that took too long, in an interpreter that goes on. */
function interrupted(id: number): Parameters<Done<Packed | null>>[0] {
  const message =
    `The run was interrupted: it took longer than its timeout; interpreter ${id} is idle and keeps its namespace`;
  const details = { reason: "timeout", isInterpreterAlive: true };
  return { ok: false, error: new InterpreterTerminatedError(message, details) };
}

function failed(excinfo: Excinfo): RunFailedError {
  return new RunFailedError(excinfo, { cause: fromExcinfo(excinfo) });
}

function passChannels(
  references: EndReferences,
  lend: (channel: number) => SharedArrayBuffer | undefined,
): PassedChannels {
  const pass = ({ end, id }: EndReference): PassedEnd => {
    const buffer = lend(id);
    if (buffer === undefined) {
      throw new ChannelClosedError(`Cannot pass channel ${id} to a run: it is closed`);
    }
    return { end, buffer };
  };
  if (references.kind === "pair") {
    const [recv, send] = references.pair;
    return { kind: "pair", pair: [pass(recv), pass(send)] };
  }
  return { kind: "names", names: references.names, ends: references.ends.map(pass) };
}
