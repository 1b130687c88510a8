// How a pool stands: what it tells of itself, in the program and in interpreters that have it.

/** How long something took, over many tasks; in milliseconds. */
export interface Durations {
  /** How many there were. */
  readonly count: number;
  /** The shortest; 0 if there were none. */
  readonly min: number;
  /** The mean; 0 if there were none. */
  readonly mean: number;
  /** Half of them were no longer. */
  readonly p50: number;
  /** Nine in ten were no longer. */
  readonly p90: number;
  /** All but one in a hundred were no longer. */
  readonly p99: number;
  /** The longest. */
  readonly max: number;
}

/** What a pool tells of itself. */
export interface PoolStats {
  /** Workers that there are, those that start and those that end included. */
  readonly workers: number;
  /** Tasks that have not begun. */
  readonly queued: number;
  /** Tasks that run. */
  readonly running: number;
  /** Tasks that have a result. */
  readonly done: number;
  /** Tasks that failed. */
  readonly failed: number;
  /** Tasks that were cancelled. */
  readonly cancelled: number;
  /** Times from `submit` until the start. */
  readonly waitingTime: Durations;
  /** Times from the start until the end. */
  readonly runningTime: Durations;
}

/** What a pool tells of itself. */
export interface PoolState {
  /** The most workers that it may have. */
  readonly maxWorkers: number;
  /** How many it has. */
  readonly size: number;
  /** How it stands, in a word. */
  readonly state: string;
  readonly stats: PoolStats;
}
