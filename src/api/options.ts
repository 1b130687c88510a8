// Option types of waits, channels and the module as a whole. This file has types alone: what
// a door shows must not meet a captured value of the same name (see checks.ts).

import type { UnboundItems } from "../channel/channel.ts";

/** Options of a wait: how long, and what may end it. */
export interface WaitOptions {
  /** Ends the wait; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Longest wait in milliseconds, fractions allowed; 0 means now or never, absent means for ever. */
  readonly timeout?: number;
}

/** Options of a blocking wait. */
export interface SyncWaitOptions {
  /** Longest wait in milliseconds, fractions allowed; 0 means now or never, absent means for ever. */
  readonly timeout?: number;
}

/** Options of `createChannel`. */
export interface ChannelOptions {
  /**
   * What becomes of queued items whose sender's interpreter ends: they stay
   * (`"keep"`), receivers get `UNBOUND` (`"replace"`) or an
   * `ItemInterpreterDestroyed` (`"error"`) in their place, or they go (`"remove"`).
   * @default "keep"
   */
  readonly unboundItems?: UnboundItems;
  /**
   * Bytes to start with; the channel grows as needed.
   * @default 16384
   */
  readonly capacity?: number;
}

/** Options of `configure`. */
export interface ConfigureOptions {
  /**
   * How many started, never used threads are kept for each kind of interpreter, 0 to 64.
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
