// The functions that this interpreter gave to interpreters that it created. Their calls come
// from the host, and the answers go back to it.

import { callFunction, endedReason } from "../api/call_function.ts";
import type { HostFunction } from "../api/create_options.ts";
import { movedOf } from "../codec/pieces.ts";
import { SafeMap } from "../primordials.ts";
import type { Outcome, Packed } from "../protocol/frames.ts";
import { forHost } from "./large.ts";
import type { CallFrame, Wire } from "./wire.ts";

// Taken now: source may declare names of its own that hide these.
const { AbortController } = globalThis;

interface Creation {
  readonly functions: ReadonlyMap<string, HostFunction>;
  /** For each run that has called what fires its signal, by the host's number of the run. */
  readonly runs: Map<number, AbortController>;
}

/** The calls that this interpreter answers. */
export class IncomingCalls {
  readonly #wire: Wire;
  readonly #creations = new SafeMap<number, Creation>();
  /** Interpreters whose runs this thread blocks on. */
  readonly #blockedOn: number[] = [];

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Keeps the functions that the interpreter of that creation may call. */
  add(creation: number, functions: ReadonlyMap<string, HostFunction>): void {
    if (functions.size > 0) this.#creations.set(creation, { functions, runs: new SafeMap() });
  }

  /** Forgets them: nothing was created, or the interpreter has ended. */
  remove(creation: number): void {
    const runs = this.#creations.get(creation)?.runs;
    this.#creations.delete(creation);
    for (const controller of runs?.values() ?? []) controller.abort(endedReason());
  }

  /** Blocks on a run of an interpreter, and keeps that in mind meanwhile. */
  whileBlocked<T>(id: number, block: () => T): T {
    this.#blockedOn.push(id);
    try {
      return block();
    } finally {
      this.#blockedOn.pop();
    }
  }

  /** Handles a frame about them. */
  onFrame(frame: CallFrame): void {
    const { creation: number } = frame;
    if (frame.type === "callerEnded") {
      this.remove(number);
      return;
    }
    const creation = this.#creations.get(number);
    if (creation === undefined) return;
    const { run } = frame;
    if (frame.type === "runEnded") {
      const controller = creation.runs.get(run);
      creation.runs.delete(run);
      controller?.abort(endedReason());
      return;
    }
    const { caller, call, name, args, chain } = frame;
    const controller = creation.runs.get(run) ?? new AbortController();
    creation.runs.set(run, controller);
    const { signal } = controller;
    const isBlocked = chain.some((id) => this.#blockedOn.includes(id));
    callFunction(creation.functions, { name, args, signal, isBlocked }, (outcome) => {
      const moved = outcome.ok ? movedOf(outcome.value.shared) : undefined;
      this.#wire.post({ type: "answer", caller, call, outcome: outcomeForHost(outcome) }, moved);
    });
  }
}

function outcomeForHost(outcome: Outcome<Packed>): Outcome<Packed> {
  return outcome.ok ? { ok: true, value: forHost(outcome.value) } : outcome;
}
