// From a value to what goes into a record, and back. Bytes can carry neither pieces nor the
// right to use a channel, so these are deposited with the host (deposits.ts). An item whose
// sender is gone may have become something else.

import { decode } from "../codec/decode.ts";
import { encodeForRecord } from "../codec/encode.ts";
import { checkMessage, exceedsLimit } from "../codec/limit.ts";
import { detach, movedOf, type Piece } from "../codec/pieces.ts";
import type { Transfer } from "../codec/transfers.ts";
import { type DecodeOptions, NONE, type Payload, type Reused } from "../codec/payload.ts";
import { ReadShapes } from "../codec/shapes.ts";
import { lengthInRecord, tableLength, withTable } from "./memory/long_contents.ts";
import {
  choiceOf,
  HAS_LONG_CONTENTS,
  HAS_SHARED,
  type Memory,
  UNBOUND_ITEM,
  type UnboundItems,
} from "./memory/layout.ts";
import { cannot, destroyedError, errorOf } from "./names.ts";
import { copyOf } from "../primordials.ts";
import { UNBOUND } from "./unbound.ts";
import { deposits } from "./deposits.ts";

// Taken now: source may declare names of its own that hide these.
const { ArrayBuffer, DataView, Int32Array, Map, Uint8Array } = globalThis;

const TOKEN_BYTES = 8;
const NO_WORDS = new Int32Array(0);

/** A value on its way into the ring. */
export interface Outgoing extends Payload {
  /** Length of the whole payload, long contents included. */
  readonly length: number;
  readonly flags: number;
  /** The token of what was deposited for it; 0 if nothing was. */
  readonly token: number;
  /** What it moves; `undefined` if that is nothing. */
  readonly transfer: Transfer | undefined;
  /** What was deposited for it; `undefined` if nothing was. */
  readonly deposit: ItemDeposit | undefined;
}

/** What bytes cannot carry: pieces, and the right to use what these keys name. */
interface ItemDeposit {
  readonly pieces: readonly Piece[];
  readonly channels: readonly number[];
}

/** Where the item that was taken last comes from. Read only where it matters. */
export interface Origin {
  readonly channel: number;
  readonly sender: number;
  readonly unboundItems: UnboundItems | undefined;
  /** The shapes that this realm remembers of the channel's items. */
  readonly shapes: ReadShapes;
}

/** What a ring gives: the record that was taken last. */
export interface Taken {
  readonly takenFlags: number;
  readonly takenSender: number;
  readonly takenPayload: Uint8Array;
  readonly takenContents: readonly Uint8Array[];
}

/** The origin of the record that was taken last. */
export function originOf({ key, header }: Memory, ring: Taken): Origin {
  return {
    shapes: new ReadShapes(),
    channel: key,
    get sender() {
      return ring.takenSender;
    },
    get unboundItems() {
      return choiceOf(header, ring.takenFlags);
    },
  };
}

/** The result of a receive that must throw: the item has been received and is an error. */
export class Failed {
  readonly error: Error;
  constructor(error: Error) {
    this.error = error;
  }
}

/**
 * The most common kind. One object serves all: its bytes too are valid only until the next value.
 */
const plain: Reused<Outgoing> = {
  bytes: new Uint8Array(0),
  words: NO_WORDS,
  length: 0,
  contents: NONE,
  flags: 0,
  token: 0,
  transfer: undefined,
  deposit: undefined,
};

/**
 * Encodes a value for one push, which must come before the next value. Pieces of it are
 * deposited; what moves is detached then.
 */
export function packItem(
  channel: number,
  value: unknown,
  transfer: Transfer | undefined,
): Outgoing {
  const { bytes, words, contents, shared, channels } = encodeForRecord(value, transfer?.buffers);
  const length = contents.length === 0 ? bytes.length : bytes.length + lengthInRecord(contents);
  if (exceedsLimit({ length })) checkMessage(cannot("send on", channel), { length });
  if (shared.length === 0 && channels.length === 0) {
    if (contents.length > 0) return pack(bytes, { contents, ...NOT_DEPOSITED });
    plain.bytes = bytes;
    plain.words = words;
    plain.length = length;
    return plain;
  }
  const copy = new Uint8Array(new ArrayBuffer((TOKEN_BYTES + bytes.length + 3) & ~3))
    .subarray(0, TOKEN_BYTES + bytes.length);
  copy.set(bytes, TOKEN_BYTES);
  const pieces = detach(shared, cannot("send on", channel));
  if (transfer !== undefined) transfer.pieces = shared;
  const token = deposits().deposit(channel, pieces, channels);
  new DataView(copy.buffer).setUint32(0, token);
  const deposit = { pieces, channels };
  return pack(copy, { contents, flags: HAS_SHARED, token, transfer, deposit });
}

type Deposited = Pick<Outgoing, "contents" | "flags" | "token" | "transfer" | "deposit">;

const NOT_DEPOSITED = { flags: 0, token: 0, transfer: undefined, deposit: undefined };

/** As `packItem`, for bytes that belong to this item alone and begin their memory. */
function pack(
  bytes: Uint8Array,
  { contents, flags, token, transfer, deposit }: Deposited,
): Outgoing {
  if (contents.length === 0) {
    const { length } = bytes;
    const words = new Int32Array(bytes.buffer);
    return { bytes, words, length, contents, flags, token, transfer, deposit };
  }
  const head = withTable(bytes, contents);
  const length = head.length + lengthInRecord(contents);
  return {
    bytes: head,
    words: NO_WORDS,
    length,
    contents,
    flags: flags | HAS_LONG_CONTENTS,
    token,
    transfer,
    deposit,
  };
}

/**
 * The item in memory of its own: it can be pushed later, after other values were encoded. Its
 * deposit is withdrawn, because the host keeps none for long whose item is nowhere.
 */
export function keepItem(outgoing: Outgoing, channel: ItemChannel): Outgoing {
  discardItem(outgoing, channel);
  const { bytes, contents } = outgoing;
  const own = new Uint8Array(new ArrayBuffer((bytes.length + 3) & ~3)).subarray(0, bytes.length);
  own.set(bytes);
  const words = new Int32Array(own.buffer);
  return { ...outgoing, bytes: own, words, contents: contents.map(copyOf), token: 0 };
}

/** A kept item, with its deposit; to be pushed now. */
export function depositKept(kept: Outgoing, channel: number): Outgoing {
  const { bytes, contents, deposit } = kept;
  if (deposit === undefined) return kept;
  const token = deposits().deposit(channel, deposit.pieces, deposit.channels);
  const at = contents.length === 0 ? 0 : tableLength(contents.length);
  new DataView(bytes.buffer).setUint32(at, token);
  return { ...kept, token };
}

/** The channel of an item, in one realm. */
interface ItemChannel {
  readonly id: number;
  readonly me: number;
}

/** What belongs to an item of this realm's that nobody will receive. */
export type Unsent = Pick<Outgoing, "token" | "transfer">;

/** Forgets what was deposited for an item that nobody will receive; what has moved comes back. */
export function discardItem(
  { token, transfer }: Unsent,
  { id, me }: ItemChannel,
): void {
  if (token === 0) return;
  if (transfer === undefined) deposits().discard(token);
  else takeBack(transfer, deposits().withdraw(id, me, token));
}

/** Sorts what has come back as the sender named it. */
function takeBack(transfer: Transfer, back: readonly Piece[]): void {
  const moved = movedOf(back);
  const were = transfer.pieces === undefined ? undefined : movedOf(transfer.pieces);
  if (moved === undefined || were?.length !== moved.length) return;
  const places = new Map(were.map((buffer, i) => [buffer, i]));
  const returned: ArrayBuffer[] = [];
  for (const buffer of transfer.buffers) {
    const own = moved[places.get(buffer) ?? -1];
    if (own !== undefined) returned[returned.length] = own;
  }
  transfer.returned = returned;
}

/** Decodes an item. An error is a result too, because the item has been received. */
export function unpackItem(
  { takenPayload, takenContents, takenFlags: flags }: Taken,
  origin: Origin,
): unknown {
  if ((flags & UNBOUND_ITEM) !== 0) return unboundItem(origin);
  if ((flags & HAS_SHARED) !== 0) return unpackShared(takenPayload, takenContents, origin);
  try {
    return decode(takenPayload, NONE, withContents(takenContents, origin));
  } catch (cause) {
    return unreadable(origin, cause);
  }
}

/** Filled anew for each item. */
const options: Reused<Required<DecodeOptions>> = { contents: NONE, shapes: undefined };

function withContents(contents: readonly Uint8Array[], { shapes }: Origin): DecodeOptions {
  options.contents = contents;
  options.shapes = shapes;
  return options;
}

function unpackShared(
  payload: Uint8Array,
  contents: readonly Uint8Array[],
  { channel, sender, shapes }: Origin,
): unknown {
  try {
    // A guest asks the host, and other messages may arrive meanwhile: so the payload is copied.
    const copy = payload.slice();
    const token = new DataView(copy.buffer).getUint32(0);
    const pieces = deposits().withdraw(channel, sender, token);
    return decode(copy.subarray(TOKEN_BYTES), pieces, { contents, shapes });
  } catch (cause) {
    return unreadable({ channel, sender }, cause);
  }
}

function unreadable(
  { channel, sender }: Pick<Origin, "channel" | "sender">,
  cause: unknown,
): Failed {
  const what = cannot("receive from", channel);
  return new Failed(
    errorOf(
      channel,
      `${what}: the item from interpreter ${sender} cannot be read and is dropped`,
      { cause },
    ),
  );
}

function unboundItem({ channel, sender, unboundItems }: Origin): unknown {
  if (unboundItems === "replace") return UNBOUND;
  return new Failed(destroyedError(channel, sender));
}
