// Runs, seen from the host: a source becomes a script, the actor is asked whether
// it may run, and what the thread answers becomes a value or an error.

import type { Channel } from "../channel/channel.ts";
import type { CheckedRunOptions, EndReference, EndReferences } from "../api/run_options.ts";
import { fromExcinfo, toExcinfo } from "../codec/excinfo.ts";
import { tooLong } from "../codec/limit.ts";
import {
  ChannelClosedError,
  type Excinfo,
  InterpreterError,
  InterpreterTerminatedError,
  RunFailedError,
} from "../errors.ts";
import { fromFailure } from "../protocol/failure.ts";
import type { Packed, PassedChannels, PassedEnd } from "../protocol/frames.ts";
import { mapExcinfo } from "../source/positions.ts";
import { prepare, type Prepared } from "../source/rewrite.ts";
import type { Interpreters } from "./interpreters.ts";
import type { Done } from "./outcome.ts";
import type { RunEnd } from "./thread.ts";

/** What a run needs of the rest of the host. */
export interface RunContext {
  readonly interpreters: Interpreters;
  /** Looks a channel up; `undefined` if it is closed. */
  readonly openChannel: (id: number) => Channel | undefined;
}

/** Starts a run; its value, if one is wanted, comes undecoded. */
export function startRun(
  { interpreters, openChannel }: RunContext,
  { id, source, options }: { id: number; source: string; options: CheckedRunOptions },
  done: Done<Packed | null>,
): void {
  if (id === 0) {
    throw new InterpreterError(
      "Cannot run source in interpreter 0: the main interpreter already running",
    );
  }
  const { actor, thread, options: { language, limits: { messageBytes } } } = interpreters.get(id);
  if (actor.getSnapshot().value !== "idle") {
    throw new InterpreterError(
      `Cannot run source in interpreter ${id}: interpreter already running; wait for run() or call terminate()`,
    );
  }
  const filename = options.filename ?? `<interpreter ${id}>`;
  const { wantsValue } = options;
  const prepared = prepareOrFail(source, { language, wantsValue, filename });
  const channels = options.channels === null ? null : passChannels(options.channels, openChannel);
  // The thread wakes up while the actor changes its state.
  thread.run(
    {
      prepared,
      filename,
      wantsValue,
      channels,
      values: options.values,
      budgetMs: options.onTimeout === "interrupt" ? options.timeoutMs : null,
    },
    (end) => done(end.type === "interrupted" ? interrupted(id) : toSettled(end, messageBytes)),
  );
  actor.send({ type: "RUN" });
}

/** Ids of the channels whose ends are passed to a run, by themselves or inside its values. */
export function handedChannels({ channels, values }: CheckedRunOptions): readonly number[] {
  const inside = values?.packed.channels ?? [];
  if (channels === null) return inside;
  const ends = channels.kind === "pair" ? channels.pair : channels.ends;
  return [...ends.map(({ id }) => id), ...inside];
}

function prepareOrFail(source: string, options: Parameters<typeof prepare>[1]): Prepared {
  try {
    return prepare(source, options);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw failed(toExcinfo(error));
  }
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
  openChannel: RunContext["openChannel"],
): PassedChannels {
  const pass = ({ end, id }: EndReference): PassedEnd => {
    const channel = openChannel(id);
    if (channel === undefined || channel.isRecvClosed) {
      throw new ChannelClosedError(`Cannot pass channel ${id} to a run: it is closed`);
    }
    return { end, buffer: channel.buffer };
  };
  if (references.kind === "pair") {
    const [recv, send] = references.pair;
    return { kind: "pair", pair: [pass(recv), pass(send)] };
  }
  return { kind: "names", names: references.names, ends: references.ends.map(pass) };
}
