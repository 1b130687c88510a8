// The layout of a channel's shared memory: each word of the header, who writes it, and which
// store commits what. To commit is to make a change true for everybody, by one store. No other
// file knows an offset. A word has 32 bits.
//
// The truth is in few words: STATE, CAPACITY, HEAD, TAIL, the records between HEAD and TAIL,
// and the rows of the parties. A party is an interpreter that uses the channel. A word that is
// marked "derived" can be computed from these. That is done after a thread has died between
// two stores (recount.ts).

// Taken now: source may declare names of its own that hide these.
const { Int32Array, Math, SharedArrayBuffer, Uint8Array } = globalThis;
/** Words on one line of the header: 128 bytes, so that two sides never write to one cache line. */
const LINE = 32;

// Line 0: read by all, and written rarely, under both locks (ROWS: under SEND_LOCK).
/** The key of the channel or queue (codec/handles.ts); never changes. */
export const ID = 0;
/** One of the states below. Its store commits a close. */
export const STATE = 1;
/** What happens to the items of a dead sender: an index into `UNBOUND_ITEMS_VALUES`. */
export const UNBOUND_ITEMS = 2;
/** Bytes of the ring. Its store commits a growth. It only grows. */
export const CAPACITY = 3;
/** Rows of the party table that were ever in use. It only grows. */
export const ROWS = 4;
/** Most items of a queue; 0 or less: any number. Never changes. */
export const MAXSIZE = 5;

// Line 1: the senders' side, written under SEND_LOCK.
/**
 * 0 if the lock is free; else its owner's interpreter id + 1, with CONTENDED added if somebody may
 * sleep for it.
 */
export const SEND_LOCK: number = LINE;
/** Offset after the last record. Its store commits a send. */
export const TAIL: number = LINE + 1;
/** Sequence number of the next record. Derived. Stored before TAIL. */
export const TAIL_SEQ: number = LINE + 2;
/**
 * HEAD as the senders last saw it, because a look at HEAD itself fetches the receivers' cache line.
 * Derived.
 */
export const HEAD_SEEN: number = LINE + 3;

// Line 2: the receivers' side, written under RECV_LOCK.
/** As SEND_LOCK. Whoever needs both takes SEND_LOCK first. */
export const RECV_LOCK: number = 2 * LINE;
/** Offset of the first record. Its store commits a receive. */
export const HEAD: number = 2 * LINE + 1;
/** Sequence number of the first record. Derived. Stored after HEAD. */
export const HEAD_SEQ: number = 2 * LINE + 2;
/**
 * Tombstones between HEAD and TAIL; a tombstone is a withdrawn record. Derived. Written under both
 * locks, or by a receive.
 */
export const TOMBSTONES: number = 2 * LINE + 3;
/** 1 while a jump to higher offsets lies between HEAD and TAIL (see ring.ts). Derived. */
export const FOLDED: number = 2 * LINE + 4;
/** TAIL as the receivers last saw it. Derived. */
export const TAIL_SEEN: number = 2 * LINE + 5;

// Line 3: the receivers' bell.
/**
 * The word that sleeping receivers wait on. Odd while one listens; it changes when they should look
 * again (doorbell.ts).
 */
export const RECV_BELL: number = 3 * LINE;
/**
 * Waiting receivers of all interpreters: the sum of ROW_WAITERS. Derived. Written under RECV_LOCK.
 */
export const RECV_WAITERS: number = 3 * LINE + 1;
/** 1 while the main interpreter sleeps in a receive. Only the main interpreter writes it. */
export const HOST_SLEEPS: number = 3 * LINE + 2;

// Line 4: the putters' bell. A putter is an interpreter that puts items on a queue.
/** The word that putters wait on while the queue is full. Odd while one listens (doorbell.ts). */
export const ROOM_BELL: number = 4 * LINE;
/** 1 while the main interpreter sleeps in a put. Only the main interpreter writes it. */
export const HOST_PUTS: number = 4 * LINE + 1;

// From line 5 on: the party table, one row for each party. Written under SEND_LOCK, unless noted.
export const PARTIES: number = 5 * LINE;
export const ROW_WORDS = 8;
export const MAX_ROWS = 1000;
/**
 * Interpreter id + 1, or 0 if the row is free. Its store commits that the row is taken or freed.
 */
export const ROW_OWNER = 0;
/** How the owner uses the sending end: one of the uses below. */
export const ROW_SEND = 1;
/** How the owner uses the receiving end. */
export const ROW_RECV = 2;
/** Waiting receivers of the owner. Written under RECV_LOCK. */
export const ROW_WAITERS = 3;
/** The owner's bell as a sender: rung when its item was received, or the channel was closed. */
export const ROW_BELL = 4;

export const HEADER_WORDS: number = PARTIES + MAX_ROWS * ROW_WORDS;
/** Where the ring begins. */
export const RING_START: number = HEADER_WORDS * 4;

// States.
export const OPEN = 0;
/** Sending has ended, but items are left. The receive of the last item closes the channel. */
export const CLOSING = 1;
export const CLOSED = 2;
/** Closed because the memory makes no sense, or because a lock is held for ever. */
export const SPOILED = 3;

// Uses of an end.
export const UNUSED = 0;
export const USED = 1;
export const RELEASED = 2;

// A record has the bytes of one item: a header of four words, then the payload. It begins at a
// multiple of 8 bytes.
/** Bytes of the payload; in a jump, the offset that it leads to. */
export const RECORD_LENGTH = 0;
/** The flags below, and from bit 16 on the row of the sender. */
export const RECORD_FLAGS = 1;
/** Interpreter id of the sender. */
export const RECORD_SENDER = 2;
export const RECORD_SEQ = 3;
export const RECORD_HEADER_BYTES = 16;
/** A jump has only the first two words of a record. */
export const JUMP_BYTES = 8;

/** Its sender waits until the item is received. */
export const RENDEZVOUS = 1;
/** The record is a tombstone: nobody can receive its item any more. */
export const WITHDRAWN = 2;
/** The sender is gone, and the channel's `unboundItems` says that its items change with that. */
export const UNBOUND_ITEM = 4;
/** The payload begins with a token for shared memory (channel/deposits.ts). */
export const HAS_SHARED = 8;
/** The payload begins with a table of long contents (long_contents.ts). */
export const HAS_LONG_CONTENTS = 32;
/** A jump, which is no item: it says where the next record is. */
export const JUMP = 16;
export const ROW_SHIFT = 16;
/**
 * Three bits that say what becomes of this item when its sender is gone. 0 says: as the channel
 * has it; else one more than an index into `UNBOUND_ITEMS_VALUES`.
 */
export const CHOICE_SHIFT = 6;
const CHOICE_MASK = 7;

/** The most bytes that one channel can have. Address space is reserved for them, not memory. */
export const MAX_BYTES: number = 1024 ** 3;
export const MAX_CAPACITY: number = MAX_BYTES - RING_START;
const MIN_CAPACITY = 4096;

/** What becomes of the queued items of an interpreter that ends. */
export type UnboundItems = "keep" | "replace" | "error" | "remove";
export const UNBOUND_ITEMS_VALUES: readonly UnboundItems[] = ["keep", "replace", "error", "remove"];

/** The flags of a choice that is made for one item; `undefined` leaves it to the channel. */
export function flagsOf(choice: UnboundItems | undefined): number {
  return choice === undefined ? 0 : (UNBOUND_ITEMS_VALUES.indexOf(choice) + 1) << CHOICE_SHIFT;
}

/** What becomes of the item with these flags when its sender is gone. */
export function choiceOf(header: Int32Array, flags: number): UnboundItems | undefined {
  const own = (flags >> CHOICE_SHIFT) & CHOICE_MASK;
  return UNBOUND_ITEMS_VALUES[own === 0 ? header[UNBOUND_ITEMS]! : own - 1];
}

/** What a channel or a queue is made with. */
export interface MemoryOptions {
  readonly unboundItems: UnboundItems;
  readonly capacity: number;
  /** Of a queue: how many items it may have; 0 or less: any number. */
  readonly maxsize?: number;
}

/** Makes the memory of a channel. */
export function allocate(id: number, options: MemoryOptions): SharedArrayBuffer {
  const length = lengthFor(options);
  const buffer = new SharedArrayBuffer(length, { maxByteLength: MAX_BYTES });
  fill(buffer, id, options);
  return buffer;
}

/** Makes the memory of a closed channel the memory of a new one; `false` if it is too small. */
export function reset(buffer: SharedArrayBuffer, id: number, options: MemoryOptions): boolean {
  if (buffer.byteLength < lengthFor(options)) return false;
  new Uint8Array(buffer).fill(0);
  fill(buffer, id, options);
  return true;
}

function lengthFor({ capacity }: MemoryOptions): number {
  const ringBytes = Math.max(MIN_CAPACITY, Math.ceil(capacity / 8) * 8);
  return RING_START + Math.min(ringBytes, MAX_CAPACITY);
}

function fill(
  buffer: SharedArrayBuffer,
  id: number,
  { unboundItems, maxsize = 0 }: MemoryOptions,
): void {
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  header[ID] = id;
  header[UNBOUND_ITEMS] = UNBOUND_ITEMS_VALUES.indexOf(unboundItems);
  header[MAXSIZE] = maxsize;
  header[CAPACITY] = buffer.byteLength - RING_START;
}

/** Memory that has nothing but that state. All closed channels of a realm share it. */
export function closedMemory(state: typeof CLOSED | typeof SPOILED): Memory {
  return closed[state] ??= makeClosed(state);
}

const closed: Partial<Record<number, Memory>> = {};

function makeClosed(state: number): Memory {
  const memory = new Memory(new SharedArrayBuffer(RING_START));
  memory.header[STATE] = state;
  return memory;
}

/** A channel's memory as this realm sees it. */
export class Memory {
  readonly buffer: SharedArrayBuffer;
  /** ID as it was at first: source may not change what errors say. */
  readonly key: number;
  /** The header and the party table. Never replaced. */
  readonly header: Int32Array;
  /** The ring as words and as bytes, as long as it was when `refresh` last looked. */
  words: Int32Array;
  bytes: Uint8Array;
  capacity: number;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.header = new Int32Array(buffer, 0, HEADER_WORDS);
    this.key = this.header[ID]!;
    this.capacity = 0;
    this.words = new Int32Array(buffer, RING_START, 0);
    this.bytes = new Uint8Array(buffer, RING_START, 0);
    this.refresh();
  }

  /**
   * Makes the views anew. Their length is fixed: views that follow the length of their buffer are
   * slow.
   */
  refresh(): void {
    const claimed = this.header[CAPACITY]!;
    const actual = this.buffer.byteLength - RING_START;
    this.capacity = claimed >= 0 && claimed <= actual ? claimed & ~7 : actual & ~7;
    this.words = new Int32Array(this.buffer, RING_START, this.capacity >> 2);
    this.bytes = new Uint8Array(this.buffer, RING_START, this.capacity);
  }
}
