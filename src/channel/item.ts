// An item between value and record: shared memory and the right to use the channels in
// it go by way of the vault, and an item whose sender is gone may have become something else.

import { decode } from "../codec/decode.ts";
import { encode } from "../codec/encode.ts";
import { checkMessage } from "../codec/limit.ts";
import type { Payload } from "../codec/payload.ts";
import { ChannelError, ItemInterpreterDestroyed } from "../errors.ts";
import { HAS_SHARED, UNBOUND_ITEM, type UnboundItems } from "./layout.ts";
import { UNBOUND } from "./unbound.ts";
import { vault } from "./vault.ts";

// Taken now: source may declare names of its own that hide these.
const { ArrayBuffer, DataView, Int32Array, Uint8Array } = globalThis;

const TOKEN_BYTES = 8;
const NO_BUFFERS: readonly SharedArrayBuffer[] = [];

/** A value on its way into the ring. */
export interface Outgoing extends Payload {
  readonly flags: number;
  /** Of the shared memory that was deposited for it; 0: none was. */
  readonly token: number;
}

/** What a record says besides its payload, and its channel. */
export interface Origin {
  readonly channel: number;
  readonly sender: number;
  readonly flags: number;
  readonly unboundItems: UnboundItems | undefined;
}

/** What receiving an item ends in when the item itself is an error. */
export class Failed {
  readonly error: Error;
  constructor(error: Error) {
    this.error = error;
  }
}

/** Encodes a value; shared memory in it is deposited. */
export function packItem(channel: number, value: unknown): Outgoing {
  const { bytes, words, shared, channels } = encode(value);
  checkMessage(`Cannot send on channel ${channel}`, bytes);
  if (shared.length === 0 && channels.length === 0) return { bytes, words, flags: 0, token: 0 };
  const copy = new Uint8Array(new ArrayBuffer((TOKEN_BYTES + bytes.length + 3) & ~3))
    .subarray(0, TOKEN_BYTES + bytes.length);
  copy.set(bytes, TOKEN_BYTES);
  const token = vault().deposit(channel, shared, channels);
  new DataView(copy.buffer).setUint32(0, token);
  return { bytes: copy, words: new Int32Array(copy.buffer), flags: HAS_SHARED, token };
}

/** Forgets what was deposited for an item that nobody will receive. */
export function discardItem({ token }: Pick<Outgoing, "token">): void {
  if (token !== 0) vault().discard(token);
}

/** Decodes an item; what goes wrong is the result too, because it has been received. */
export function unpackItem(payload: Uint8Array, origin: Origin): unknown {
  const { channel, sender, flags } = origin;
  if ((flags & UNBOUND_ITEM) !== 0) return unboundItem(origin);
  try {
    if ((flags & HAS_SHARED) === 0) return decode(payload, NO_BUFFERS);
    // The vault is asked over the wire: the payload must outlive other messages.
    const copy = payload.slice();
    const token = new DataView(copy.buffer).getUint32(0);
    return decode(copy.subarray(TOKEN_BYTES), vault().withdraw(channel, sender, token));
  } catch (cause) {
    return new Failed(
      new ChannelError(
        `Cannot receive from channel ${channel}: the item from interpreter ${sender} cannot be read and is dropped`,
        { cause },
      ),
    );
  }
}

function unboundItem({ channel, sender, unboundItems }: Origin): unknown {
  if (unboundItems === "replace") return UNBOUND;
  return new Failed(
    new ItemInterpreterDestroyed(
      `Cannot receive from channel ${channel}: interpreter ${sender}, which sent the item, is gone; the item is dropped`,
    ),
  );
}
