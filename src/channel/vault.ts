// Shared memory inside messages. Bytes cannot carry it, so the sender deposits the
// buffers with the main interpreter and puts a token into the record; whoever
// receives the record asks for them.

// Taken now: source may declare names of its own that hide these.
const { Error } = globalThis;
/** Where buffers wait for the receiver of a message. */
export interface Vault {
  /** Keeps the buffers; the token is the sender's and used once. */
  deposit(channel: number, buffers: readonly SharedArrayBuffer[]): number;
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
