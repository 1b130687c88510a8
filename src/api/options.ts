// Option types of waits, channels and the module as a whole. This file has types alone: what
// a door shows must not meet a captured value of the same name (see checks.ts).

import type { UnboundItems } from "../channel/channel.ts";
import type { StandardSchemaV1 } from "./standard_schema.ts";

/** Options of a wait: how long, and what may end it. */
export interface WaitOptions {
  /** Ends the wait: the promise rejects with the signal's reason. Absent: nothing aborts it. */
  readonly signal?: AbortSignal;
  /**
   * Longest wait in milliseconds; fractions are allowed. 0 means now or never; absent, and
   * `Infinity`, mean for ever.
   */
  readonly timeout?: number;
}

/** Options of a wait that blocks the thread: nothing can abort it. */
export interface SyncWaitOptions {
  /**
   * Longest wait in milliseconds; fractions are allowed. 0 means now or never; absent, and
   * `Infinity`, mean for ever.
   */
  readonly timeout?: number;
}

/** What moves instead of being copied. */
export interface TransferOptions {
  /**
   * `ArrayBuffer`s of the value that move: they are detached here at once, and the receiver has
   * their memory, however long they are. Absent: all are copied.
   */
  readonly transfer?: readonly ArrayBuffer[];
}

/** Options of `send`. */
export interface SendOptions extends WaitOptions, TransferOptions {}

/** Options of `sendSync`. */
export interface SendSyncOptions extends SyncWaitOptions, TransferOptions {}

/**
 * Options of `createChannel`.
 *
 * @typeParam Input Type of what is sent.
 * @typeParam Output Type of what is received.
 */
export interface ChannelOptions<Input = unknown, Output = Input> {
  /**
   * What every item must fit that is received with the end that `createChannel` returns, in
   * this interpreter. The schema stays here: an interpreter that the end is handed to gets one
   * without it, and makes its own with `new RecvChannel(end.id, { schema })`. Absent: nothing
   * is checked.
   */
  readonly schema?: StandardSchemaV1<Input, Output>;
  /**
   * What becomes of queued items whose sender's interpreter ends. They stay (`"keep"`), or
   * they go (`"remove"`). Or receivers get something in their place: `UNBOUND` (`"replace"`),
   * or an `ItemInterpreterDestroyed` (`"error"`).
   * @default "keep"
   */
  readonly unboundItems?: UnboundItems;
  /**
   * Bytes to start with, from 1 to 536,870,912; the channel grows as needed.
   * @default 16384
   */
  readonly capacity?: number;
}

/**
 * Options of `new RecvChannel`.
 *
 * @typeParam T Type of the items, as the schema gives them.
 */
export interface RecvChannelOptions<T = unknown> {
  /** What every item must fit that this handle receives. Absent: nothing is checked. */
  readonly schema?: StandardSchemaV1<unknown, T>;
}

/** The options of `createChannel` that the channel itself has. */
export type StoredChannelOptions = Required<Omit<ChannelOptions, "schema">>;

/**
 * Options of `createQueue`.
 *
 * @typeParam Input Type of what is put.
 * @typeParam Output Type of what is got.
 */
export interface QueueOptions<Input = unknown, Output = Input> {
  /**
   * What every item must fit that is got from the queue in this interpreter. The schema stays
   * here: an interpreter that the queue is handed to has it without, and gives it one of its
   * own with `new Queue(id, { schema })`. Absent: nothing is checked.
   */
  readonly schema?: StandardSchemaV1<Input, Output>;
  /**
   * Most items that the queue may have, an integer. 0 and less mean any number.
   * @default 0
   */
  readonly maxsize?: number;
  /**
   * What becomes of the items in the queue whose putter's interpreter ends, unless `put` says
   * otherwise. They stay (`"keep"`), or they go (`"remove"`). Or `get` gives something in their
   * place: `UNBOUND` (`"replace"`), or an `ItemInterpreterDestroyed` (`"error"`).
   * @default "keep"
   */
  readonly unboundItems?: UnboundItems;
}

/**
 * Options of `new Queue`.
 *
 * @typeParam T Type of the items, as the schema gives them.
 */
export interface QueueHandleOptions<T = unknown> {
  /** What every item must fit that is got in this interpreter. Absent: what was said before. */
  readonly schema?: StandardSchemaV1<unknown, T>;
}

/** The options of `createQueue` that the queue itself has. */
export type StoredQueueOptions = Required<Omit<QueueOptions, "schema">>;

/** Options of `get`: whether and how long to wait, and what may end the wait. */
export interface GetOptions extends WaitOptions {
  /**
   * Whether to wait at all; `false` is the same as `timeout: 0`, whatever `timeout` is.
   * @default true
   */
  readonly block?: boolean;
}

/** Options of `getSync`, which nothing can abort. */
export interface GetSyncOptions extends SyncWaitOptions {
  /**
   * Whether to wait at all; `false` is the same as `timeout: 0`, whatever `timeout` is.
   * @default true
   */
  readonly block?: boolean;
}

/** Options of `putNowait`. */
export interface PutNowaitOptions {
  /** What becomes of this item when this interpreter ends; absent: as the queue has it. */
  readonly unboundItems?: UnboundItems;
}

/** Options of `put`. */
export interface PutOptions extends GetOptions, PutNowaitOptions {}

/** Options of `putSync`, which nothing can abort. */
export interface PutSyncOptions extends GetSyncOptions, PutNowaitOptions {}

/** Options of `shutdown`. */
export interface ShutdownOptions {
  /**
   * Whether the items in the queue are dropped.
   * @default false
   */
  readonly immediate?: boolean;
}

/** Options of `configure`. */
export interface ConfigureOptions {
  /**
   * How many started, never used threads are kept for each kind of interpreter, from 0 to 64.
   * Absent: as many as before, which is none at first.
   * @default 0
   */
  readonly spares?: number;
}

/** Options of `close` on the ends of a channel. */
export interface CloseOptions {
  /**
   * Whether items that nobody received yet may be dropped.
   * @default false
   */
  readonly force?: boolean;
}
