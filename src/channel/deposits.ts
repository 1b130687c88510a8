// Shared memory inside messages, and channels. Bytes cannot carry them, so the sender
// deposits them with the main interpreter and puts a token into the record; whoever
// receives the record asks for them. The memory it is given; the channels it may use from
// then on, if the sender could.

// Taken now: source may declare names of its own that hide these.
const { Error } = globalThis;
/** Where buffers wait for the receiver of a message. */
export interface Vault {
  /** Keeps the buffers; the token is the sender's and used once. */
  deposit(
    channel: number,
    buffers: readonly SharedArrayBuffer[],
    channels: readonly number[],
  ): number;
  /** Forgets what this realm deposited for an item that nobody will receive. */
  discard(token: number): void;
  /** Hands the buffers out, once. */
  withdraw(channel: number, sender: number, token: number): readonly SharedArrayBuffer[];
}

let filled: Vault | undefined;

/** Gives this realm its way to the vault. */
export function setVault(way: Vault): void {
  filled = way;
}

/** This realm's way to the vault. */
export function vault(): Vault {
  if (filled === undefined) throw new Error("Invariant: the vault is set before a channel is used");
  return filled;
}
