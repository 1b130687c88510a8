// How one interpreter uses one channel: its row of the party table, and whether it uses each
// end. To associate is to take a row and to enter the first use of an end in it.

import { RELEASED, type ROW_RECV, ROW_SEND, USED } from "./memory/layout.ts";
import { NO_ROW, rowBase, takeRow } from "./memory/parties.ts";
import { cannot, errorOf } from "./names.ts";

// Taken now: source may declare names of its own that hide these.
const { Atomics } = globalThis;
const { store } = Atomics;

/** One end of a channel: the word of a row that says how it is used. */
export type End = typeof ROW_SEND | typeof ROW_RECV;

/** The association of one interpreter with one channel. */
export class Association {
  /** This interpreter's row of the party table; NO_ROW until it is needed. */
  row: number = NO_ROW;
  /** Whether the sending end has been entered as used. */
  hasSent = false;
  /** Whether the receiving end has been entered as used. */
  hasReceived = false;
  readonly #channel: number;
  readonly #me: number;

  constructor(channel: number, me: number) {
    this.#channel = channel;
    this.#me = me;
  }

  /** Enters the first use of an end, under SEND_LOCK; `false` if that end was released. */
  begin(header: Int32Array, end: End): boolean {
    const index = this.#indexOf(header, end);
    if (header[index] === RELEASED) return false;
    store(header, index, USED);
    this.#note(end, true);
    return true;
  }

  /** Marks an end as released, under both locks; `false` if it already was. */
  release(header: Int32Array, end: End): boolean {
    const index = this.#indexOf(header, end);
    if (header[index] === RELEASED) return false;
    store(header, index, RELEASED);
    this.#note(end, false);
    return true;
  }

  #indexOf(header: Int32Array, end: End): number {
    const row = takeRow(header, this.#me);
    if (row === NO_ROW) {
      const what = cannot("use", this.#channel);
      throw errorOf(this.#channel, `${what}: too many interpreters use it`);
    }
    this.row = row;
    return rowBase(row) + end;
  }

  #note(end: End, isUsed: boolean): void {
    if (end === ROW_SEND) this.hasSent = isUsed;
    else this.hasReceived = isUsed;
  }
}
