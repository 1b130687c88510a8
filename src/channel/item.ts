// An item between value and record: shared memory and the right to use the channels in
// it go by way of the vault, and an item whose sender is gone may have become something else.

import { decode } from "../codec/decode.ts";
import { encodeInChunks } from "../codec/encode.ts";
import { checkMessage, exceedsLimit } from "../codec/limit.ts";
import { type DecodeOptions, NONE, type Payload, type Reused } from "../codec/payload.ts";
import { ReadShapes } from "../codec/shapes.ts";
import { ChannelError, ItemInterpreterDestroyed } from "../errors.ts";
import { lengthInRecord, withTable } from "./memory/long_contents.ts";
import {
  HAS_CHUNKS,
  HAS_SHARED,
  ID,
  UNBOUND_ITEM,
  UNBOUND_ITEMS,
  UNBOUND_ITEMS_VALUES,
  type UnboundItems,
} from "./memory/layout.ts";
import { UNBOUND } from "./unbound.ts";
import { vault } from "./deposits.ts";

// Taken now: source may declare names of its own that hide these.
const { ArrayBuffer, DataView, Int32Array, Uint8Array } = globalThis;

const TOKEN_BYTES = 8;
const NO_WORDS = new Int32Array(0);
const NO_BUFFERS: readonly SharedArrayBuffer[] = [];

/** A value on its way into the ring. */
export interface Outgoing extends Payload {
  /** Of the whole payload, the chunks included. */
  readonly length: number;
  readonly flags: number;
  /** Of the shared memory that was deposited for it; 0: none was. */
  readonly token: number;
}

/** Where the item comes from that was taken last; asked only where it matters. */
export interface Origin {
  readonly channel: number;
  readonly sender: number;
  readonly unboundItems: UnboundItems | undefined;
  /** What this realm remembers of the channel's items. */
  readonly shapes: ReadShapes;
}

/** What a ring gives. */
export interface Taken {
  readonly takenFlags: number;
  readonly takenSender: number;
  readonly takenPayload: Uint8Array;
  readonly takenChunks: readonly Uint8Array[];
}

/** The origin of what a ring gives. */
export function originOf(header: Int32Array, ring: Taken): Origin {
  return {
    shapes: new ReadShapes(),
    get channel() {
      return header[ID]!;
    },
    get sender() {
      return ring.takenSender;
    },
    get unboundItems() {
      return UNBOUND_ITEMS_VALUES[header[UNBOUND_ITEMS]!];
    },
  };
}

/** What receiving an item ends in when the item itself is an error. */
export class Failed {
  readonly error: Error;
  constructor(error: Error) {
    this.error = error;
  }
}

/** The commonest kind: one object, as the bytes too are valid until the next value only. */
const plain: Reused<Outgoing> = {
  bytes: new Uint8Array(0),
  words: NO_WORDS,
  length: 0,
  chunks: NONE,
  flags: 0,
  token: 0,
};

/** Encodes a value, for one push before the next; shared memory in it is deposited. */
export function packItem(channel: number, value: unknown): Outgoing {
  const { bytes, words, chunks, shared, channels } = encodeInChunks(value);
  const length = chunks.length === 0 ? bytes.length : bytes.length + lengthInRecord(chunks);
  if (exceedsLimit({ length })) checkMessage(`Cannot send on channel ${channel}`, { length });
  if (shared.length === 0 && channels.length === 0) {
    if (chunks.length > 0) return pack(bytes, { chunks, flags: 0, token: 0 });
    plain.bytes = bytes;
    plain.words = words;
    plain.length = length;
    return plain;
  }
  const copy = new Uint8Array(new ArrayBuffer((TOKEN_BYTES + bytes.length + 3) & ~3))
    .subarray(0, TOKEN_BYTES + bytes.length);
  copy.set(bytes, TOKEN_BYTES);
  const token = vault().deposit(channel, shared, channels);
  new DataView(copy.buffer).setUint32(0, token);
  return pack(copy, { chunks, flags: HAS_SHARED, token });
}

/** Bytes that are an item's own, at the beginning of their memory. */
function pack(
  bytes: Uint8Array,
  { chunks, flags, token }: Pick<Outgoing, "chunks" | "flags" | "token">,
): Outgoing {
  if (chunks.length === 0) {
    const { length } = bytes;
    return { bytes, words: new Int32Array(bytes.buffer), length, chunks, flags, token };
  }
  const head = withTable(bytes, chunks);
  const length = head.length + lengthInRecord(chunks);
  return { bytes: head, words: NO_WORDS, length, chunks, flags: flags | HAS_CHUNKS, token };
}

/** Forgets what was deposited for an item that nobody will receive. */
export function discardItem({ token }: Pick<Outgoing, "token">): void {
  if (token !== 0) vault().discard(token);
}

/** Decodes an item; what goes wrong is the result too, because it has been received. */
export function unpackItem(
  { takenPayload, takenChunks, takenFlags: flags }: Taken,
  origin: Origin,
): unknown {
  if ((flags & UNBOUND_ITEM) !== 0) return unboundItem(origin);
  if ((flags & HAS_SHARED) !== 0) return unpackShared(takenPayload, takenChunks, origin);
  try {
    return decode(takenPayload, NO_BUFFERS, withChunks(takenChunks, origin));
  } catch (cause) {
    return unreadable(origin, cause);
  }
}

/** Filled again for each item. */
const options: Reused<Required<DecodeOptions>> = { chunks: NONE, shapes: undefined };

function withChunks(chunks: readonly Uint8Array[], { shapes }: Origin): DecodeOptions {
  options.chunks = chunks;
  options.shapes = shapes;
  return options;
}

function unpackShared(
  payload: Uint8Array,
  chunks: readonly Uint8Array[],
  { channel, sender, shapes }: Origin,
): unknown {
  try {
    // The vault is asked over the wire: the payload must outlive other messages.
    const copy = payload.slice();
    const token = new DataView(copy.buffer).getUint32(0);
    const buffers = vault().withdraw(channel, sender, token);
    return decode(copy.subarray(TOKEN_BYTES), buffers, { chunks, shapes });
  } catch (cause) {
    return unreadable({ channel, sender }, cause);
  }
}

function unreadable(
  { channel, sender }: Pick<Origin, "channel" | "sender">,
  cause: unknown,
): Failed {
  return new Failed(
    new ChannelError(
      `Cannot receive from channel ${channel}: the item from interpreter ${sender} cannot be read and is dropped`,
      { cause },
    ),
  );
}

function unboundItem({ channel, sender, unboundItems }: Origin): unknown {
  if (unboundItems === "replace") return UNBOUND;
  return new Failed(
    new ItemInterpreterDestroyed(
      `Cannot receive from channel ${channel}: interpreter ${sender}, which sent the item, is gone; the item is dropped`,
    ),
  );
}
