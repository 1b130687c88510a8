// What a pool knows of the functions that it is given: how each gets to a worker, and how long
// it takes there.

import { functionTarget, type Target } from "../api/line.ts";

/** So many functions are remembered. */
const MOST = 1_000;
/** Weight of the latest time in the mean. */
const LATEST = 1 / 8;
/** How much work a worker should have in hand, in milliseconds, so that it never waits. */
const IN_HAND_MS = 2;
/** Longer tasks go to a worker one by one. */
const LONGEST_MS = 20;
/** The most and the fewest tasks of a short kind in hand. */
const DEEPEST = 512;
const SHALLOWEST = 2;

/** One function. */
export class Kind {
  readonly target: Target;
  /** Mean time that it takes, in milliseconds; `undefined` before it has been measured. */
  #ms: number | undefined;

  constructor(source: string, filename: string) {
    this.target = functionTarget(source, filename);
  }

  get ms(): number {
    return this.#ms ?? 0;
  }

  /** How many of these a worker may have in hand: one, unless they are known to be short. */
  get depth(): number {
    const ms = this.#ms;
    if (ms === undefined || ms > LONGEST_MS) return 1;
    return Math.max(SHALLOWEST, Math.min(Math.ceil(IN_HAND_MS / Math.max(ms, 1e-3)), DEEPEST));
  }

  /** One has taken so long. */
  measured(ms: number): void {
    this.#ms = this.#ms === undefined ? ms : this.#ms + (ms - this.#ms) * LATEST;
  }

  /** One takes longer than others did. */
  isSlow(): void {
    this.#ms = undefined;
  }
}

/** Those that were given last. */
export class Kinds {
  readonly #kinds = new Map<string, Kind>();

  get(source: string, filename: string): Kind {
    let kind = this.#kinds.get(source);
    if (kind !== undefined) return kind;
    kind = new Kind(source, filename);
    this.#kinds.set(source, kind);
    for (const [oldest] of this.#kinds) {
      if (this.#kinds.size <= MOST) break;
      this.#kinds.delete(oldest);
    }
    return kind;
  }
}
