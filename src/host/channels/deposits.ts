// What senders have deposited for items that nobody has received yet: pieces, and the right to
// use channels (channel/deposits.ts). It is bounded for each sender, and forgotten when its
// channel is closed, or when its item is gone because an interpreter has ended.

import type { Piece } from "../../codec/pieces.ts";

/** What belongs to one item. */
export interface Deposit {
  readonly channel: number;
  readonly pieces: readonly Piece[];
  /** Channels that the receiver may use from then on. */
  readonly channels: readonly number[];
}

/** Where an item is, and what names its deposit. */
export interface Claim {
  readonly channel: number;
  readonly sender: number;
  readonly token: number;
}

/** What the deposits ask about channels. */
export interface DepositHost {
  readonly isOpen: (channel: number) => boolean;
  /** The deposits that the items of an open channel refer to, as `keyOf` names them. */
  readonly claimsIn: (channel: number) => ReadonlySet<string>;
  /** Handles frames that have arrived: somebody may be asking for a deposit. */
  readonly drain: () => void;
}

/** The most deposits that are kept of one sender: a flood of them must not fill the host's memory. */
const MAX_DEPOSITS = 10_000;
/** A deposit counts once, and once more for each so many pieces in it. */
const PIECES = 16;
/** It counts once more for so many bytes that were moved: a sender has no other limit for these. */
const MOVED_BYTES = 2 ** 20;
/**
 * It counts so often for each piece that takes mappings of the system's, of which a process has
 * some 65,000. Its sender may have been told that it was collected (confine/reservations.ts).
 */
const RESERVING = 10;

/** How long deposits are kept, in milliseconds. */
export interface DepositDelays {
  /** Of a closed channel: whoever has received its last item may be about to ask for them. */
  readonly closed: number;
  /** Those whose item is in no channel, when an interpreter has ended: a receiver may be held up. */
  readonly unclaimed: number;
}

const DELAYS: DepositDelays = { closed: 100, unclaimed: 2_000 };

const MAIN = 0;

/** The name of a deposit. */
export function keyOf(sender: number, token: number): string {
  return `${sender}:${token}`;
}

function sizeOf({ pieces, channels }: Deposit): number {
  let size = 1 + Math.floor((pieces.length + channels.length) / PIECES);
  for (const piece of pieces) {
    if (piece instanceof ArrayBuffer) size += Math.floor(piece.byteLength / MOVED_BYTES);
    else if (!(piece instanceof SharedArrayBuffer) || piece.growable) size += RESERVING;
  }
  return size;
}

/** The deposits of all senders. */
export class KeptDeposits {
  readonly #host: DepositHost;
  readonly #delays: DepositDelays;
  readonly #kept = new Map<string, Deposit>();
  /** The size of what is kept, by sender. */
  readonly #sizes = new Map<number, number>();
  #isSweeping = false;

  constructor(host: DepositHost, delays: DepositDelays = DELAYS) {
    this.#host = host;
    this.#delays = delays;
  }

  /** Keeps what an item refers to until its receiver asks for it. */
  add(sender: number, token: number, deposit: Deposit): void {
    const key = keyOf(sender, token);
    this.#forget(key);
    const size = (this.#sizes.get(sender) ?? 0) + sizeOf(deposit);
    if (sender !== MAIN && size > MAX_DEPOSITS) return;
    this.#sizes.set(sender, size);
    this.#kept.set(key, deposit);
    if (!this.#host.isOpen(deposit.channel)) this.#sweepSoon();
  }

  /** Forgets what was deposited for an item that nobody will receive. */
  discard(sender: number, token: number): void {
    this.#forget(keyOf(sender, token));
  }

  /** Hands out what was deposited; an item is received once, so it is asked for once. */
  take({ channel, sender, token }: Claim): Deposit | undefined {
    const key = keyOf(sender, token);
    const kept = this.#kept.get(key);
    // Tokens can be guessed: whoever has nothing to do with the channel gets nothing.
    if (kept?.channel !== channel) return undefined;
    this.#forget(key);
    return kept;
  }

  /** A channel is closed: what belongs to its items is of use to nobody. */
  onClosed(): void {
    if (this.#kept.size > 0) this.#sweepSoon();
  }

  /** An interpreter is gone, and with it perhaps items that it had sent or just received. */
  onGone(): void {
    this.onClosed();
    const lost = this.#unclaimed();
    if (lost.size === 0) return;
    // An item may be about to be sent, or have been received by somebody else just now.
    later(this.#delays.unclaimed, () => {
      this.#host.drain();
      for (const key of this.#unclaimed()) if (lost.has(key)) this.#forget(key);
    });
  }

  #sweepSoon(): void {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    later(this.#delays.closed, () => {
      this.#isSweeping = false;
      // A receiver that has asked by now still gets it.
      this.#host.drain();
      for (const [key, { channel }] of this.#kept) {
        if (!this.#host.isOpen(channel)) this.#forget(key);
      }
    });
  }

  /** The deposits for which no item waits. */
  #unclaimed(): Set<string> {
    const lost = new Set<string>();
    const claims = new Map<number, ReadonlySet<string>>();
    for (const [key, { channel }] of this.#kept) {
      if (!this.#host.isOpen(channel)) continue;
      const known = claims.get(channel) ?? this.#host.claimsIn(channel);
      claims.set(channel, known);
      if (!known.has(key)) lost.add(key);
    }
    return lost;
  }

  #forget(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    const sender = Number.parseInt(key, 10);
    const size = (this.#sizes.get(sender) ?? 0) - sizeOf(kept);
    if (size > 0) this.#sizes.set(sender, size);
    else this.#sizes.delete(sender);
  }
}

function later(delayMs: number, callback: () => void): void {
  const timer: { unref(): void } = setTimeout(callback, delayMs);
  timer.unref();
}
