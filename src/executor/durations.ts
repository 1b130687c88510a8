// How long things took, as a histogram of the runtime's own: it keeps counts and no values.

import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import type { Durations } from "../api/pool/options.ts";

/** Longer ones count as this long, in microseconds: a week. */
const LONGEST_US = 7 * 24 * 3600 * 1e6;
const NONE: Durations = { count: 0, min: 0, mean: 0, p50: 0, p90: 0, p99: 0, max: 0 };

/** Records durations. */
export class DurationRecorder {
  #histogram: RecordableHistogram | undefined;

  /** Counts one. */
  record(ms: number): void {
    // Two digits are kept of each: enough to tell, in some KiB.
    this.#histogram ??= createHistogram({ lowest: 1, highest: LONGEST_US, figures: 2 });
    this.#histogram.record(Math.min(Math.max(Math.round(ms * 1000), 1), LONGEST_US));
  }

  /** What they were. */
  describe(): Durations {
    const histogram = this.#histogram;
    if (histogram === undefined) return NONE;
    const percentile = (at: number) => histogram.percentile(at) / 1000;
    return {
      count: histogram.count,
      min: histogram.min / 1000,
      mean: histogram.mean / 1000,
      p50: percentile(50),
      p90: percentile(90),
      p99: percentile(99),
      max: histogram.max / 1000,
    };
  }
}
