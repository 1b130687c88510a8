// What the host shows of itself to whoever watches it: plain data, taken at one moment. The
// room `inspect/` makes of it what users see.

import type { ThreadUsage } from "../runtime/adapter.ts";
import type { PoolStats } from "./pool/options.ts";

export type { ThreadUsage } from "../runtime/adapter.ts";

/** An interpreter. */
export interface InterpreterFacts {
  readonly id: number;
  readonly name: string;
  readonly isolated: boolean;
  readonly creator: number;
  /** The value of its machine. */
  readonly state: string;
}

/** A channel or a queue. */
export interface ChannelFacts {
  readonly kind: "channel" | "queue";
  readonly id: number;
  readonly creator: number;
  /** Most items of a queue; `null` if there is no limit. */
  readonly maxsize: number | null;
  /** Items that wait to be received. */
  readonly depth: number;
  /** Items that have been received; it begins again after 2 ** 32. */
  readonly received: number;
  readonly waitingReceivers: number;
  /** `null` if that is not known. */
  readonly waitingSenders: number | null;
  /** Bytes of its buffer. */
  readonly byteLength: number;
}

/** A pool. */
export interface PoolFacts {
  readonly id: number;
  readonly name: string;
  /** The value of its machine. */
  readonly state: string;
  readonly maxWorkers: number;
  readonly stats: PoolStats;
}

/** What the host shows. */
export interface Inspection {
  readonly runtime: "Deno" | "Bun" | "Node";
  interpreters(): readonly InterpreterFacts[];
  channels(): readonly ChannelFacts[];
  pools(): readonly PoolFacts[];
  /** Resolves when the thread has told; a busy one may take long. */
  usage(id: number): Promise<ThreadUsage>;
  /**
   * Calls back with what XState's inspection says of the interpreters' machines, beginning with
   * the actors that are there; the function returned ends that.
   */
  watchActors(listener: (event: object) => void): () => void;
}
