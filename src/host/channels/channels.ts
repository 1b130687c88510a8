// The host's side of channels and queues. It gives them their ids, knows them all, keeps the pieces
// that items refer to, and clears up after a close or a death. Items do not pass
// through here: they go from thread to thread.

import type { StoredChannelOptions, StoredQueueOptions } from "../../api/options.ts";
import type { Channel } from "../../channel/channel.ts";
import type { MemoryOptions } from "../../channel/memory/layout.ts";
import { notFoundError } from "../../channel/names.ts";
import { ChannelRegistry } from "../../channel/registry.ts";
import { eachClaim } from "../../channel/memory/claims.ts";
import { type Gauge, readGauge } from "../../channel/memory/gauge.ts";
import { setDeposits } from "../../channel/deposits.ts";
import { isChannelKey, isQueueKey, queueId, queueKey } from "../../codec/handles.ts";
import { tellFreed } from "../../runtime/collector.ts";
import { channels as topic } from "../diagnostics.ts";
import { type Claim, type Deposit, KeptDeposits, keyOf } from "./deposits.ts";
import { ChannelMemory, type Maker } from "./memory.ts";

/** Bytes that a queue starts with, as a channel does. */
const QUEUE_CAPACITY = 16_384;

const MAIN = 0;
const BY_MAIN: Maker = { maker: MAIN, counted: MAIN };

/** All channels and queues of the process, by their keys. */
export class HostChannels {
  readonly #registry = new ChannelRegistry(MAIN, ({ id }, buffer) => this.#onClosed(id, buffer));
  readonly #memory = new ChannelMemory();
  readonly #tell: (guest: number, id: number) => void;
  readonly #deposits: KeptDeposits;
  #nextId = 0;
  #lastInternalKey = 0;
  #lastQueue = 0;
  #lastToken = 0;
  /** The guest that has just said that it gave up the memory of a channel. */
  #closer = MAIN;

  /**
   * @param drain Handles frames that have arrived: a deposit may be among them.
   * @param tell Tells a guest that a channel which it has met is closed.
   */
  constructor(drain: () => void, tell: (guest: number, id: number) => void) {
    this.#tell = tell;
    this.#deposits = new KeptDeposits({
      isOpen: (id) => this.isOpen(id),
      claimsIn: (id) => this.#claimsIn(id),
      drain,
    });
    setDeposits({
      deposit: (channel, pieces, channels) => {
        const token = ++this.#lastToken;
        this.deposit(0, { token, channel, pieces, channels });
        return token;
      },
      discard: (token) => this.discard(0, token),
      withdraw: (channel, sender, token) => {
        drain();
        return this.withdraw({ channel, sender, token })?.pieces ?? [];
      },
    });
  }

  /**
   * Makes a channel.
   *
   * @throws {RangeError} There are too many already.
   */
  create(options: StoredChannelOptions, by: Maker = BY_MAIN): Channel {
    const channel = this.#make(this.#nextId, options, by);
    this.#nextId++;
    if (topic.isHeard) publishCreate(channel.id, by.maker);
    return channel;
  }

  /**
   * Makes a queue.
   *
   * @throws {RangeError} There are too many already.
   */
  createQueue(options: StoredQueueOptions, by: Maker = BY_MAIN): Channel {
    const id = this.#lastQueue + 1;
    const queue = this.#make(queueKey(id), { ...options, capacity: QUEUE_CAPACITY }, by);
    this.#lastQueue = id;
    if (topic.isHeard) publishCreate(queue.id, by.maker, options.maxsize);
    return queue;
  }

  #make(key: number, options: MemoryOptions, by: Maker): Channel {
    return this.#registry.add(this.#memory.take(key, by, options));
  }

  /**
   * Makes a channel of the module's own. No handle can have its key, so source cannot open the
   * channel, and no list has it.
   *
   * @throws {RangeError} There are too many channels already.
   */
  createInternal(options: StoredChannelOptions, by: Maker): Channel {
    const key = this.#lastInternalKey - 2;
    const channel = this.#make(key, options, by);
    this.#lastInternalKey = key;
    return channel;
  }

  /** The channel, `undefined` if it is closed and gone; throws if there never was one. */
  open(id: number): Channel | undefined {
    const channel = this.#registry.get(id);
    if (channel === undefined && !this.#wasMade(id)) throw notFoundError(id);
    return channel;
  }

  #wasMade(key: number): boolean {
    if (!Number.isSafeInteger(key)) return false;
    if (isChannelKey(key)) return key < this.#nextId;
    return isQueueKey(key) && queueId(key) > 0 && queueId(key) <= this.#lastQueue;
  }

  /** The memory of a channel for a guest; `undefined` if it is closed. */
  lend(id: number, guest: number): SharedArrayBuffer | undefined {
    const buffer = this.open(id)?.buffer;
    if (buffer !== undefined) this.#memory.lend(id, guest);
    return buffer;
  }

  /** A guest has found a channel closed and given up its memory. */
  onClosed(id: number, guest: number): void {
    this.#closer = guest;
    try {
      this.#registry.look(id);
    } finally {
      this.#closer = MAIN;
    }
  }

  /** The memory of closed channels has been collected in a guest. */
  onCollected(ids: readonly number[], guest: number): void {
    for (const id of ids) this.#memory.forget(id, guest);
  }

  #onClosed(id: number, buffer: SharedArrayBuffer): void {
    for (const guest of this.#memory.holdersOf(id)) {
      if (guest !== this.#closer) this.#tell(guest, id);
    }
    if (!this.#memory.reuse(id, buffer, this.#closer)) tellFreed(buffer.byteLength);
    this.#deposits.onClosed();
    if (topic.isHeard) publishClose(id);
  }

  /** How the channels and queues that are not closed stand. */
  gauges(): (Gauge & Pick<Maker, "maker"> & { readonly key: number })[] {
    return this.list().flatMap((key) => {
      const buffer = this.#registry.get(key)?.buffer;
      if (buffer === undefined) return [];
      return [{ key, maker: this.#memory.makerOf(key), ...readGauge(buffer) }];
    });
  }

  /** Keys of the channels and queues that are not closed, ascending. */
  list(): readonly number[] {
    return this.#registry.openIds().filter((key) => isChannelKey(key) || isQueueKey(key));
  }

  /** Keeps the pieces that an item refers to until its receiver asks for them. */
  deposit(sender: number, { token, ...kept }: Deposit & { readonly token: number }): void {
    this.#deposits.add(sender, token, kept);
  }

  /** Forgets what was deposited for an item that nobody will receive. */
  discard(sender: number, token: number): void {
    this.#deposits.discard(sender, token);
  }

  /** Hands out what was deposited; an item is received once, so it is asked for once. */
  withdraw(claim: Claim): Deposit | undefined {
    return this.#deposits.take(claim);
  }

  /** Whether a channel is there and not closed. */
  isOpen(id: number): boolean {
    return this.#registry.get(id)?.isRecvClosed === false;
  }

  /** Clears up after an interpreter whose thread is gone. */
  bury(id: number): void {
    for (const channelId of this.#registry.openIds()) this.#registry.get(channelId)?.bury(id);
    this.#memory.bury(id);
    this.#deposits.onGone();
  }

  #claimsIn(id: number): ReadonlySet<string> {
    const keys = new Set<string>();
    try {
      const buffer = this.#registry.get(id)?.buffer;
      if (buffer === undefined) return keys;
      eachClaim(buffer, (sender, token) => keys.add(keyOf(sender, token)));
    } catch {
      // Its memory makes no sense, so whoever uses it next ends it.
    }
    return keys;
  }
}

/** Says that a channel or a queue was made. */
function publishCreate(key: number, creator: number, maxsize = 0): void {
  const limit = maxsize > 0 ? maxsize : null;
  const time = performance.now();
  topic.publish({ phase: "create", ...publicOf(key), creator, maxsize: limit, time });
}

/** Says that a channel or a queue has closed, unless it is one of the module's own. */
function publishClose(key: number): void {
  if (!isChannelKey(key) && !isQueueKey(key)) return;
  topic.publish({ phase: "close", ...publicOf(key), time: performance.now() });
}

function publicOf(key: number): { readonly kind: "channel" | "queue"; readonly id: number } {
  return isQueueKey(key) ? { kind: "queue", id: queueId(key) } : { kind: "channel", id: key };
}
