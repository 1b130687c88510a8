// What word-count.ts shows on a terminal while it counts: a bar for everything, and a line for each
// interpreter. On anything but a terminal it shows nothing.

import process from "node:process";
import cliProgress from "cli-progress";

/** How far something is. */
export interface Progress {
  readonly bytes: number;
  /** What it is doing. */
  readonly doing: string;
}

const BAR = 24;
/** Columns and rows of a terminal that does not tell its size. */
const WIDE = 80;
const TALL = 24;
/** With fewer columns a bar would fill the line. */
const NARROW = 50;

/**
 * One line: a bar, megabytes, megabytes a second, and what is being done, as far as they fit.
 *
 * @param name What the line is about.
 * @param progress Bytes so far, and what is being done.
 * @param options All bytes, seconds since the start, and columns of the terminal.
 */
export function line(
  name: string,
  { bytes, doing }: Progress,
  { total, seconds, columns }: {
    readonly total: number;
    readonly seconds: number;
    readonly columns: number;
  },
): string {
  const megabytes = bytes / 1e6;
  const rate = `${(megabytes / Math.max(seconds, 0.001)).toFixed(0)} MB/s`;
  const full = Math.min(BAR, Math.round((BAR * bytes) / Math.max(total, 1)));
  const bar = `${"█".repeat(full)}${"░".repeat(BAR - full)}`;
  const text = columns < NARROW
    ? `${name} ${megabytes.toFixed(0)} MB ${rate}`
    : `${name} ${bar} ${megabytes.toFixed(1).padStart(6)} MB ${rate.padStart(9)}  ${doing}`;
  return text.slice(0, columns - 1);
}

/** Lines that are drawn anew some times a second, until they are stopped. */
export class LiveBars {
  readonly #bars: cliProgress.MultiBar | undefined;

  /**
   * @param title What all of it is called.
   * @param total All bytes.
   * @param progress How far each interpreter is at this moment.
   */
  constructor(title: string, total: number, progress: () => readonly Progress[]) {
    if (!process.stdout.isTTY) return;
    const start = performance.now();
    // More lines than the terminal has could not be drawn anew.
    const shown = Math.min(progress().length, Math.max((process.stdout.rows || TALL) - 3, 0));
    const draw = (n: number): string => {
      const all = progress();
      const options = {
        total,
        seconds: (performance.now() - start) / 1000,
        columns: process.stdout.columns || WIDE,
      };
      const one = all[n];
      if (one !== undefined) return line(String(n + 1).padStart(3), one, options);
      const bytes = all.reduce((sum, interpreter) => sum + interpreter.bytes, 0);
      return line("all", { bytes, doing: title }, options);
    };
    const format: cliProgress.GenericFormatter = (_options, _params, { n }) => draw(n);
    const bars = new cliProgress.MultiBar({
      format,
      stream: process.stdout,
      clearOnComplete: true,
      forceRedraw: true,
      fps: 10,
      // Ctrl-C ends the program, which stops the bars first.
      gracefulExit: false,
      hideCursor: true,
    });
    for (let n = -1; n < shown; n++) bars.create(total, 0, { n });
    this.#bars = bars;
  }

  /** Takes the lines away and gives the terminal back as it was. */
  stop(): void {
    this.#bars?.stop();
  }
}
