// Shared memory and channels in items. Bytes cannot carry them, so the sender deposits them
// with the main interpreter and puts a token into the record. The receiver of the record gives
// the token back. It gets the memory, and from then on may use the channels that the sender
// could use.

// Taken now: source may declare names of its own that hide these.
const { Error } = globalThis;

/** Where shared memory and channels wait for the receiver of an item. */
export interface Deposits {
  /** Keeps them and returns a token, which belongs to the sender and is good for one item. */
  deposit(
    channel: number,
    buffers: readonly SharedArrayBuffer[],
    channels: readonly number[],
  ): number;
  /** Forgets what this realm deposited for an item that nobody will receive. */
  discard(token: number): void;
  /** Hands out what was deposited, once. */
  withdraw(channel: number, sender: number, token: number): readonly SharedArrayBuffer[];
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
