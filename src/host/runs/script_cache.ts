// Which scripts a guest has: a source that runs again is not sent again. The host alone
// decides what the guest keeps, in numbered slots, so that both always agree.

import type { Prepared } from "../../source/prepared.ts";

const SLOTS = 64;
/** Longer scripts, in characters, are sent every time: what a guest keeps must stay small. */
const MAX_CHARS = 100_000;

/** The slot of a script that the guest does not keep. */
export const NOT_KEPT = -1;

interface Kept {
  readonly slot: number;
  readonly filename: string;
}

/** The scripts of one guest. */
export class ScriptCache {
  readonly #kept = new Map<Prepared, Kept>();
  readonly #occupants: Prepared[] = [];
  #next = 0;

  /** Where the guest has the script, or will have it once it is sent. */
  take(prepared: Prepared, filename: string): { readonly slot: number; readonly isSent: boolean } {
    const kept = this.#kept.get(prepared);
    if (kept?.filename === filename) return { slot: kept.slot, isSent: true };
    const { main, prelude } = prepared.script;
    const chars = main.text.length + (prelude?.text.length ?? 0);
    if (chars > MAX_CHARS) return { slot: NOT_KEPT, isSent: false };
    const slot = kept?.slot ?? this.#free();
    this.#occupants[slot] = prepared;
    this.#kept.set(prepared, { slot, filename });
    return { slot, isSent: false };
  }

  /** The slot that was filled the longest ago. */
  #free(): number {
    const slot = this.#next;
    this.#next = (slot + 1) % SLOTS;
    const occupant = this.#occupants[slot];
    if (occupant !== undefined) this.#kept.delete(occupant);
    return slot;
  }
}
