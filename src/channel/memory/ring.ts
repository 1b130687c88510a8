// The ring of records: where a record goes, how it is taken, how the ring grows. It knows
// nothing about waiting. Its caller holds the lock that a method names.
//
// Records follow each other from HEAD to TAIL and are never split. Where the next record does
// not follow, there is a jump to it. At the end of the ring a jump leads back to 0. If the ring
// grew while it was wrapped (TAIL before HEAD), a jump leads up to where the old ring ended;
// the ring is then called folded. There is always room for a jump after TAIL. So the one store
// of TAIL commits the jump together with the record that it leads to, and nothing is ever
// moved. HEAD == TAIL means that the ring is empty, because HEAD never stays at a tombstone.
//
// A large record goes back to 0 early if the ring is empty. The caches of the processor still
// have that part of the ring, and to write into memory that they do not have takes two to four
// times as long (22 instead of 89 µs for 1 MiB, Bun 1.4, measured). If the room before HEAD is
// used up after that, the next record is folded: it goes to the place after that jump.

import {
  CAPACITY,
  FOLDED,
  HAS_LONG_CONTENTS,
  HEAD,
  HEAD_SEEN,
  HEAD_SEQ,
  JUMP,
  JUMP_BYTES,
  MAX_CAPACITY,
  type Memory,
  RECORD_FLAGS,
  RECORD_HEADER_BYTES,
  RECORD_LENGTH,
  RECORD_SENDER,
  RECORD_SEQ,
  RING_START,
  ROW_SHIFT,
  TAIL,
  TAIL_SEEN,
  TAIL_SEQ,
  TOMBSTONES,
  WITHDRAWN,
} from "./layout.ts";
import { readParts, writeContents } from "./long_contents.ts";
import type { Outgoing } from "../item.ts";
import { NONE, PADDED_BYTES } from "../../codec/payload.ts";
import { jumpTarget, NonsenseError, recordEnd, walk } from "./recount.ts";

// Taken now: source may declare names of its own that hide these.
const { Atomics, Int32Array, Math, RangeError, Uint8Array } = globalThis;

const { load, store } = Atomics;

const NO_ROOM = -1;
/** Payloads from this length on go back to 0 early. */
const LARGE_BYTES = 2 ** 16;

/** Payloads up to this length are copied by a loop: views and calls would cost more. */
const LOOP_BYTES = PADDED_BYTES;
const SCRATCH_BYTES = 65_536;
const scratch = new Uint8Array(SCRATCH_BYTES);
/** Payloads up to this length share scratch memory, because new memory costs more than the copy. */
const KEPT_BYTES = 2 ** 22;
let largeScratch = scratch;
const scratchWords = new Int32Array(scratch.buffer);
/** Views of the scratch memory, one for each small length, made when it is first needed. */
const smallViews: Uint8Array[] = [];

function scratchView(length: number): Uint8Array {
  if (length > LOOP_BYTES) return scratch.subarray(0, length);
  return smallViews[length] ??= scratch.subarray(0, length);
}

function largeView(length: number): Uint8Array {
  if (length > KEPT_BYTES) return new Uint8Array(length);
  if (length > largeScratch.length) {
    largeScratch = new Uint8Array(Math.min(2 * length, KEPT_BYTES));
  }
  return largeScratch.subarray(0, length);
}

/** The ring of one channel, for one realm. */
export class Ring {
  readonly #memory: Memory;
  readonly #me: number;
  /** After a growth, where the next record goes although that is after HEAD; else NO_ROOM. */
  #foldAt: number = NO_ROOM;
  /** HEAD_SEQ as this realm last saw it. */
  #headSeqSeen = 0;

  /** Sequence number of the record that was pushed last. */
  pushedSeq = 0;

  /** The record that was taken last. The payload is scratch memory, valid until the next `take`. */
  takenFlags = 0;
  takenSender = 0;
  takenPayload: Uint8Array = scratch;
  takenContents: readonly Uint8Array[] = NONE;

  constructor(memory: Memory, me: number) {
    this.#memory = memory;
    this.#me = me;
  }

  /** Whether the ring has no record. */
  isEmpty(): boolean {
    return load(this.#memory.header, TAIL) === load(this.#memory.header, HEAD);
  }

  /** How many records can be received: exact under both locks; under RECV_LOCK never too many. */
  live(): number {
    const { header } = this.#memory;
    return (header[TAIL_SEQ]! - header[HEAD_SEQ]! - header[TOMBSTONES]!) | 0;
  }

  /**
   * Whether there is a record for each of so many waiting receivers; under SEND_LOCK, after
   * their number was read. It may say `false` although there is. A receive stores HEAD_SEQ
   * before TOMBSTONES, and TOMBSTONES before it counts its waiter off. They are read here in
   * the opposite order, so no more records are seen than there were at the first reading.
   */
  hasFor(waiters: number): boolean {
    const { header } = this.#memory;
    if (load(header, TOMBSTONES) !== 0) return false;
    return ((header[TAIL_SEQ]! - load(header, HEAD_SEQ)) | 0) >= waiters;
  }

  /**
   * Whether there are fewer than `max` records; under SEND_LOCK. It may say `false` although there
   * are. A receive stores HEAD_SEQ before TOMBSTONES, which are read in the same order. So a
   * receive that is seen in part leaves too many records here, and never too few.
   */
  hasFewerThan(max: number): boolean {
    const { header } = this.#memory;
    const next = header[TAIL_SEQ]!;
    // A look at HEAD_SEQ itself fetches the receivers' cache line.
    const known = (next - this.#headSeqSeen) | 0;
    if (known >= 0 && known < max) return true;
    this.#headSeqSeen = load(header, HEAD_SEQ);
    return ((next - this.#headSeqSeen - load(header, TOMBSTONES)) | 0) < max;
  }

  /** Appends a record, under SEND_LOCK; `false` if there is no room, and then `grow` makes some. */
  push(payload: Outgoing, flags: number, row: number): boolean {
    const memory = this.#memory;
    const { header } = memory;
    if (header[CAPACITY] !== memory.capacity) memory.refresh();
    const { length } = payload;
    const tail = header[TAIL]!;
    const offset = this.#place(length);
    if (offset === NO_ROOM) return false;
    const { words, bytes } = memory;
    if (offset !== tail) {
      if (offset > tail) header[FOLDED] = 1;
      words[(tail >> 2) + RECORD_LENGTH] = offset;
      words[(tail >> 2) + RECORD_FLAGS] = JUMP;
      this.#foldAt = NO_ROOM;
    }
    const at = offset >> 2;
    const seq = header[TAIL_SEQ]!;
    words[at + RECORD_LENGTH] = length;
    words[at + RECORD_FLAGS] = flags | (row << ROW_SHIFT);
    words[at + RECORD_SENDER] = this.#me;
    words[at + RECORD_SEQ] = seq;
    const start = offset + RECORD_HEADER_BYTES;
    if (length <= LOOP_BYTES) {
      const from = payload.words;
      const to = start >> 2;
      for (let i = 0, count = (length + 3) >> 2; i < count; i++) words[to + i] = from[i]!;
    } else {
      bytes.set(payload.bytes, start);
      writeContents(bytes, start + payload.bytes.length, payload.contents);
    }
    this.pushedSeq = seq;
    header[TAIL_SEQ] = (seq + 1) | 0;
    store(header, TAIL, start + ((length + 7) & ~7));
    return true;
  }

  /** Makes room for a payload of that length, under both locks. */
  grow(length: number): void {
    const memory = this.#memory;
    const { header, buffer } = memory;
    memory.refresh();
    // HEAD may have moved since, or have been seen late.
    if (this.#place(length) !== NO_ROOM) return;
    const size = RECORD_HEADER_BYTES + ((length + 7) & ~7) + JUMP_BYTES;
    const { capacity } = memory;
    const [head, tail] = [header[HEAD]!, header[TAIL]!];
    if (tail < head && header[FOLDED] === 0) {
      const unused = this.#endBeforeWrap(head);
      if (unused + size <= capacity) {
        this.#foldAt = unused;
        return;
      }
    }
    const needed = (tail < head ? capacity : tail) + size;
    if (needed > MAX_CAPACITY) {
      throw new RangeError(
        size > MAX_CAPACITY
          ? `the message has ${length} bytes, the limit is ${MAX_CAPACITY - size + length}`
          : `a message of ${length} bytes does not fit beside the queued items, the limit of all is ${MAX_CAPACITY} bytes; receive some items first`,
      );
    }
    // A thread may have died after it grew the buffer and before it stored CAPACITY.
    const actual = buffer.byteLength - RING_START;
    const grown = Math.max(Math.min(Math.max(2 * capacity, needed), MAX_CAPACITY), actual) & ~7;
    if (grown > actual) buffer.grow(RING_START + grown);
    store(header, CAPACITY, grown);
    memory.refresh();
    if (tail < head) this.#foldAt = capacity;
  }

  /**
   * Takes the first record, under RECV_LOCK, into the `taken…` fields.
   *
   * @returns Whether there was one.
   */
  take(): boolean {
    const memory = this.#memory;
    const { header } = memory;
    let tail = header[TAIL_SEEN]!;
    const head = header[HEAD]!;
    if (head === tail) {
      tail = this.#seeTail();
      if (head === tail) return false;
    }
    if (header[CAPACITY] !== memory.capacity) memory.refresh();
    const first = this.#skip(head, tail);
    if (first.offset === tail) return false;
    const { words } = memory;
    const at = first.offset >> 2;
    const end = recordEnd(memory, first.offset);
    const length = words[at + RECORD_LENGTH]!;
    this.takenFlags = words[at + RECORD_FLAGS]!;
    this.takenSender = words[at + RECORD_SENDER]!;
    this.#copyOut(first.offset + RECORD_HEADER_BYTES, length);
    // HEAD must not stay at a tombstone. So if this is the last record seen, TAIL is read again.
    if (end === tail) tail = this.#seeTail();
    const next = end === tail ? NOTHING_SKIPPED : this.#skip(end, tail);
    const passed = first.passed + 1 + next.passed;
    const isUnfolded = first.isUnfolded || next.isUnfolded;
    store(header, HEAD, end === tail ? tail : next.offset);
    header[HEAD_SEQ] = (header[HEAD_SEQ]! + passed) | 0;
    if (passed > 1) store(header, TOMBSTONES, (header[TOMBSTONES]! - (passed - 1)) | 0);
    if (isUnfolded) header[FOLDED] = 0;
    return true;
  }

  /**
   * Withdraws the record with that sequence number, under both locks.
   *
   * @returns Whether it was there.
   */
  withdraw(seq: number): boolean {
    const { words } = this.#memory;
    return this.mark((at) => words[at + RECORD_SEQ] === seq, WITHDRAWN) > 0;
  }

  /**
   * Marks the records that the test picks (by word index), under both locks.
   *
   * @returns How many.
   */
  mark(test: (at: number) => boolean, flag: number): number {
    const memory = this.#memory;
    const { header } = memory;
    let marked = 0;
    walk(memory, (at) => {
      const flags = memory.words[at + RECORD_FLAGS]!;
      if ((flags & WITHDRAWN) !== 0 || !test(at)) return;
      store(memory.words, at + RECORD_FLAGS, flags | flag);
      marked++;
    });
    if (flag === WITHDRAWN && marked > 0) {
      header[TOMBSTONES] = (header[TOMBSTONES]! + marked) | 0;
      this.settleHead();
    }
    return marked;
  }

  /** Moves HEAD past tombstones, under both locks. */
  settleHead(): void {
    const { header } = this.#memory;
    // HEAD may only move past records that TAIL_SEEN includes.
    const { offset, passed, isUnfolded } = this.#skip(header[HEAD]!, this.#seeTail());
    store(header, HEAD, offset);
    header[HEAD_SEQ] = (header[HEAD_SEQ]! + passed) | 0;
    header[TOMBSTONES] = (header[TOMBSTONES]! - passed) | 0;
    if (isUnfolded) header[FOLDED] = 0;
  }

  #seeTail(): number {
    const { header } = this.#memory;
    return header[TAIL_SEEN] = load(header, TAIL);
  }

  /**
   * Where a payload of that length goes, or NO_ROOM. All senders see HEAD late. So this may
   * find less room than there is, but never room that is in use.
   */
  #place(length: number): number {
    const { header } = this.#memory;
    if (length >= LARGE_BYTES) header[HEAD_SEEN] = load(header, HEAD);
    const offset = this.#placeBefore(header[HEAD_SEEN]!, length);
    if (offset === header[TAIL]) return offset;
    const head = header[HEAD_SEEN] = load(header, HEAD);
    return this.#placeBefore(head, length);
  }

  #placeBefore(head: number, length: number): number {
    const { header, capacity } = this.#memory;
    const size = RECORD_HEADER_BYTES + ((length + 7) & ~7) + JUMP_BYTES;
    const tail = header[TAIL]!;
    // `!(…)` instead of inverted comparisons, so that `undefined` fails too.
    if (!(head >= 0 && head <= capacity && tail >= 0 && tail < capacity) || (tail & 7) !== 0) {
      throw new NonsenseError("head or tail are outside of the ring");
    }
    if (this.#foldAt !== NO_ROOM) return this.#foldAt;
    const isAlone = tail === head && header[FOLDED] === 0;
    if (isAlone && length >= LARGE_BYTES && size <= head) return 0;
    if (tail < head) return tail + size <= head ? tail : NO_ROOM;
    if (tail + size <= capacity) return tail;
    return header[FOLDED] === 0 && size <= head ? 0 : NO_ROOM;
  }

  /** The offset after the jump back to 0, in a ring that is wrapped. */
  #endBeforeWrap(head: number): number {
    const memory = this.#memory;
    let end = head;
    walk(memory, (at) => {
      const offset = at << 2;
      if (offset < end) return false;
      end = recordEnd(memory, offset);
    });
    return end + JUMP_BYTES;
  }

  /**
   * The first offset from there on that has neither a jump nor a tombstone; the tail if there is
   * none.
   */
  #skip(offset: number, tail: number): Skipped {
    const memory = this.#memory;
    const { words, capacity } = memory;
    if (offset >= 0 && offset < capacity && (offset & 7) === 0) {
      // By far the most common case, which allocates nothing.
      const flags = words[(offset >> 2) + RECORD_FLAGS]!;
      if (offset !== tail && (flags & (JUMP | WITHDRAWN)) === 0) {
        stay.offset = offset;
        return stay;
      }
    }
    let passed = 0;
    let isUnfolded = false;
    for (let steps = capacity / JUMP_BYTES; offset !== tail; steps--) {
      if (steps < 0 || !(offset >= 0 && offset < capacity) || (offset & 7) !== 0) {
        throw new NonsenseError("the records do not lead to the tail");
      }
      const flags = words[(offset >> 2) + RECORD_FLAGS]!;
      if ((flags & JUMP) !== 0) {
        const target = jumpTarget(memory, offset);
        isUnfolded ||= target > offset;
        offset = target;
      } else if ((flags & WITHDRAWN) !== 0) {
        offset = recordEnd(memory, offset);
        passed++;
      } else break;
    }
    return { offset, passed, isUnfolded };
  }

  #copyOut(start: number, length: number): void {
    if ((this.takenFlags & HAS_LONG_CONTENTS) === 0) {
      this.takenPayload = this.#copy(start, length);
      this.takenContents = NONE;
      return;
    }
    const parts = readParts(this.#memory, { start, length });
    this.takenPayload = this.#copy(parts.start, parts.length);
    this.takenContents = parts.contents;
  }

  #copy(start: number, length: number): Uint8Array {
    const { words, bytes } = this.#memory;
    if (length <= LOOP_BYTES) {
      const from = start >> 2;
      for (let i = 0; i < length; i += 4) scratchWords[i >> 2] = words[from + (i >> 2)]!;
      return scratchView(length);
    }
    const copy = length <= SCRATCH_BYTES ? scratchView(length) : largeView(length);
    copy.set(bytes.subarray(start, start + length));
    return copy;
  }
}

interface Skipped {
  offset: number;
  readonly passed: number;
  readonly isUnfolded: boolean;
}

const stay: Skipped = { offset: 0, passed: 0, isUnfolded: false };
const NOTHING_SKIPPED: Skipped = { offset: 0, passed: 0, isUnfolded: false };
