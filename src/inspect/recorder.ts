// Remembers what has happened: the runs in progress, the last ones that ended, and the last
// interpreters that ended. It hears of it on `node:diagnostics_channel`, as anybody else may.

import {
  channels,
  type CreateMessage,
  creates,
  type EndMessage,
  ends,
  type RunEndMessage,
  type RunMessage,
  runs,
  type RunStartMessage,
} from "../host/diagnostics.ts";
import { describe, excerptOf } from "./excerpt.ts";
import type { EndedView, RunView } from "./protocol.ts";

const MOST_RUNS = 200;
const MOST_ENDED = 50;

/** What is remembered of an interpreter that exists. */
export interface Recorded {
  readonly created: number;
  runs: number;
  run: RunView | undefined;
}

/** The record of this process. */
export class Recorder {
  readonly since: number = Date.now();
  readonly runs: RunView[] = [];
  readonly ended: EndedView[] = [];
  readonly #interpreters = new Map<number, Recorded>();
  readonly #listeners = new Set<() => void>();

  constructor() {
    creates.subscribe((message) => this.#onCreate(message));
    ends.subscribe((message) => this.#onEnd(message));
    runs.subscribe((message) => this.#onRun(message));
    channels.subscribe(() => this.#changed());
  }

  /** What is remembered of an interpreter; `undefined` if nothing has been heard of it. */
  of(id: number): Recorded | undefined {
    return this.#interpreters.get(id);
  }

  /** Calls back after each change; the function returned ends that. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #onCreate({ id, time }: CreateMessage): void {
    this.#interpreters.set(id, { created: epoch(time), runs: 0, run: undefined });
    this.#changed();
  }

  #onEnd({ id, name, reason, exitCode, time, duration }: EndMessage): void {
    this.#interpreters.delete(id);
    add(this.ended, { id, name, reason, exitCode, end: epoch(time), duration }, MOST_ENDED);
    this.#changed();
  }

  #onRun(message: RunMessage): void {
    if (message.phase === "start") this.#onRunStart(message);
    else this.#onRunEnd(message);
    this.#changed();
  }

  #onRunStart({ run, id, caller, kind, source, filename, time }: RunStartMessage): void {
    // One that was there before the recording began.
    const known = this.#interpreters.get(id) ?? { created: NaN, runs: 0, run: undefined };
    const excerpt = excerptOf(source);
    known.run = {
      ...{ run, interpreter: id, caller, kind, excerpt, filename, start: epoch(time) },
      ...{ end: null, outcome: null, error: null },
    };
    this.#interpreters.set(id, known);
  }

  #onRunEnd(message: RunEndMessage): void {
    const { run, id, outcome, error, time } = message;
    const known = this.#interpreters.get(id);
    if (known?.run?.run !== run) return;
    const told = outcome === "done" ? null : describe(error);
    add(this.runs, { ...known.run, end: epoch(time), outcome, error: told }, MOST_RUNS);
    known.run = undefined;
    known.runs++;
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function epoch(time: number): number {
  return performance.timeOrigin + time;
}

function add<T>(list: T[], one: T, most: number): void {
  list.push(one);
  if (list.length > most) list.shift();
}
