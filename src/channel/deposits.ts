// Pieces and channels in items. Bytes cannot carry them, so the sender deposits them with the
// main interpreter and puts a token into the record. The receiver of the record gives the token
// back. It gets the pieces, and from then on may use the channels that the sender could use.

import type { Piece } from "../codec/pieces.ts";

// Taken now: source may declare names of its own that hide these.
const { Error } = globalThis;

/** Where pieces and channels wait for the receiver of an item. */
export interface Deposits {
  /** Keeps them and returns a token, which belongs to the sender and is good for one item. */
  deposit(
    channel: number,
    pieces: readonly Piece[],
    channels: readonly number[],
  ): number;
  /** Forgets what this realm deposited for an item that nobody will receive. */
  discard(token: number): void;
  /** Hands the pieces out that were deposited, once. The sender itself may take them back. */
  withdraw(channel: number, sender: number, token: number): readonly Piece[];
}

let own: Deposits | undefined;

/** Says how this realm reaches the deposits. */
export function setDeposits(way: Deposits): void {
  own = way;
}

/** How this realm reaches the deposits. */
export function deposits(): Deposits {
  if (own === undefined) throw new Error("Invariant: deposits are set before a channel is used");
  return own;
}
