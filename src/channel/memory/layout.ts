// The layout of a channel's shared memory: every header word, who writes it, and
// which store commits what. Nothing else knows an offset. Words are 32 bits.
//
// The truth is in few words: STATE, CAPACITY, HEAD, TAIL, the records between HEAD
// and TAIL, and the rows of the parties. What is marked "derived" can be computed
// from them, and is, when somebody died between two stores (see repair.ts).

// Taken now: source may declare names of its own that hide these.
const { Int32Array, Math, SharedArrayBuffer, Uint8Array } = globalThis;
/** Words on one line; 128 bytes, so that two sides never write to one cache line. */
const LINE = 32;

// Line 0, read by all, written rarely, under both locks (ROWS: under SEND_LOCK).
/** The channel's id; never changes. */
export const ID = 0;
/** One of the states below; this store commits a close. */
export const STATE = 1;
/** What becomes of the items of a dead sender: an index of `UNBOUND_ITEMS_VALUES`. */
export const UNBOUND_ITEMS = 2;
/** Bytes of the ring; this store commits a growth. Only grows. */
export const CAPACITY = 3;
/** Rows of the party table that were ever in use; only grows. */
export const ROWS = 4;

// Line 1, the senders' side, under SEND_LOCK.
/** 0, or the owner's interpreter id + 1, with CONTENDED added if somebody sleeps for it. */
export const SEND_LOCK: number = LINE;
/** Offset behind the last record; this store commits a send. */
export const TAIL: number = LINE + 1;
/** Sequence number of the next record; derived. Stored before TAIL. */
export const TAIL_SEQ: number = LINE + 2;
/** HEAD as the senders last saw it: looking at HEAD itself fetches the receivers' line. Derived. */
export const HEAD_SEEN: number = LINE + 3;

// Line 2, the receivers' side, under RECV_LOCK.
/** As SEND_LOCK. Whoever needs both takes SEND_LOCK first. */
export const RECV_LOCK: number = 2 * LINE;
/** Offset of the first record; this store commits a receive. */
export const HEAD: number = 2 * LINE + 1;
/** Sequence number of the first record; derived. Stored after HEAD. */
export const HEAD_SEQ: number = 2 * LINE + 2;
/** Withdrawn records between HEAD and TAIL; derived. Written under both locks, or by a receive. */
export const TOMBSTONES: number = 2 * LINE + 3;
/** 1 while a jump to higher offsets lies between HEAD and TAIL; derived. See ring.ts. */
export const FOLDED: number = 2 * LINE + 4;
/** TAIL as the receivers last saw it; derived. */
export const TAIL_SEEN: number = 2 * LINE + 5;

// Line 3, the receivers' doorbell.
/** Odd while a receiver listens; changes when it should look again. See doorbell.ts. */
export const RECV_BELL: number = 3 * LINE;
/** Callers that wait to receive, of all interpreters; derived: the sum of the rows. Under RECV_LOCK. */
export const RECV_WAITERS: number = 3 * LINE + 1;
/** 1 while the main interpreter sleeps in a receive; written by it alone. */
export const HOST_SLEEPS: number = 3 * LINE + 2;

// From line 4 on, the party table. Under SEND_LOCK, except as noted.
export const PARTIES: number = 4 * LINE;
export const ROW_WORDS = 8;
export const MAX_ROWS = 1000;
/** Interpreter id + 1; 0: the row is free. This store commits taking or freeing the row. */
export const ROW_OWNER = 0;
/** The owner's use of the sending end: one of the uses below. */
export const ROW_SEND = 1;
/** The owner's use of the receiving end. */
export const ROW_RECV = 2;
/** The owner's callers that wait to receive. Under RECV_LOCK. */
export const ROW_WAITERS = 3;
/** The owner's doorbell as a sender: rung when its item was received, or the channel closed. */
export const ROW_BELL = 4;

export const HEADER_WORDS: number = PARTIES + MAX_ROWS * ROW_WORDS;
/** Where the ring begins. */
export const RING_START: number = HEADER_WORDS * 4;

// States.
export const OPEN = 0;
/** Sending has ended, items are left; the receive of the last one closes. */
export const CLOSING = 1;
export const CLOSED = 2;
/** Closed, because the memory makes no sense or its lock is held for ever. */
export const SPOILED = 3;

// Uses of an end.
export const UNUSED = 0;
export const USED = 1;
export const RELEASED = 2;

// A record: a header of four words, then the payload, at a multiple of 8 bytes.
/** Bytes of the payload; of a jump: the offset to go on from. */
export const RECORD_LENGTH = 0;
/** Bits below, and the sender's row from bit 16 on. */
export const RECORD_FLAGS = 1;
/** Interpreter id of the sender. */
export const RECORD_SENDER = 2;
export const RECORD_SEQ = 3;
export const RECORD_HEADER_BYTES = 16;
/** A jump has the first two words of a record only. */
export const JUMP_BYTES = 8;

/** Somebody waits until this item is received. */
export const RENDEZVOUS = 1;
/** A tombstone: nobody receives this item any more. */
export const WITHDRAWN = 2;
/** The sender is gone, and the channel says that its items go with it. */
export const UNBOUND_ITEM = 4;
/** The payload begins with a token for shared memory; see channel/deposits.ts. */
export const HAS_SHARED = 8;
/** The payload begins with a table of chunks; see long_contents.ts. */
export const HAS_CHUNKS = 32;
/** Not an item: the next record is elsewhere. */
export const JUMP = 16;
export const ROW_SHIFT = 16;

/** Bytes that one channel can have at most; address space, not memory, is reserved for them. */
export const MAX_BYTES: number = 1024 ** 3;
export const MAX_CAPACITY: number = MAX_BYTES - RING_START;
const MIN_CAPACITY = 4096;

/** What becomes of the queued items of an interpreter that ends. */
export type UnboundItems = "keep" | "replace" | "error" | "remove";
export const UNBOUND_ITEMS_VALUES: readonly UnboundItems[] = ["keep", "replace", "error", "remove"];

interface MemoryOptions {
  readonly unboundItems: UnboundItems;
  readonly capacity: number;
}

/** Makes the memory of a channel. */
export function allocate(id: number, options: MemoryOptions): SharedArrayBuffer {
  const length = lengthFor(options);
  const buffer = new SharedArrayBuffer(length, { maxByteLength: MAX_BYTES });
  fill(buffer, id, options);
  return buffer;
}

/** Makes the memory of a closed channel that of a new one, if it is large enough. */
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

function fill(buffer: SharedArrayBuffer, id: number, { unboundItems }: MemoryOptions): void {
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  header[ID] = id;
  header[UNBOUND_ITEMS] = UNBOUND_ITEMS_VALUES.indexOf(unboundItems);
  header[CAPACITY] = buffer.byteLength - RING_START;
}

/** Memory of a channel that is closed in that state and has nothing else: all such share it. */
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
  /** The header and the parties; never replaced. */
  readonly header: Int32Array;
  /** The ring's words and bytes, as long as the ring was when last looked at. */
  words: Int32Array;
  bytes: Uint8Array;
  capacity: number;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.header = new Int32Array(buffer, 0, HEADER_WORDS);
    this.capacity = 0;
    this.words = new Int32Array(buffer, RING_START, 0);
    this.bytes = new Uint8Array(buffer, RING_START, 0);
    this.refresh();
  }

  /** Makes the views anew. Views of a fixed length: those that track the buffer's are slow. */
  refresh(): void {
    const claimed = this.header[CAPACITY]!;
    const actual = this.buffer.byteLength - RING_START;
    this.capacity = claimed >= 0 && claimed <= actual ? claimed & ~7 : actual & ~7;
    this.words = new Int32Array(this.buffer, RING_START, this.capacity >> 2);
    this.bytes = new Uint8Array(this.buffer, RING_START, this.capacity);
  }
}
