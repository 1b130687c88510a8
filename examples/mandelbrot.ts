// Draws the Mandelbrot set on all cores and writes it as a PNG.
//
//   deno run -A examples/mandelbrot.ts [FILE] · bun examples/mandelbrot.ts · npx tsx examples/mandelbrot.ts
//
// A pool of interpreters works on stripes of the picture, a few rows each. Those in the middle
// take longest, and whichever worker is free takes the next one. A bar on standard error shows
// how far it is, because the program's own thread has nothing to do.

import { writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { encode } from "fast-png";
import { InterpreterPoolExecutor } from "subinterpreters";

/** What is to be seen: so many pixels around the middle of the set. */
interface Picture {
  readonly width: number;
  readonly height: number;
}

const ROWS_EACH = 8;
const BAR = 40;

/** Draws the rows from `first` up to `end`, as bytes of red, green and blue. Runs in a worker. */
function draw({ width, height }: Picture, first: number, end: number): Uint8Array {
  const ITERATIONS = 1_000;
  const step = 3 / Math.min(width, 1.5 * height);
  const bytes = new Uint8Array((end - first) * width * 3);
  let at = 0;
  for (let row = first; row < end; row++) {
    const ci = (row + 0.5 - height / 2) * step;
    for (let column = 0; column < width; column++) {
      const cr = -0.75 + (column + 0.5 - width / 2) * step;
      let [re, im, n] = [0, 0, 0];
      for (; n < ITERATIONS && re * re + im * im <= 256; n++) {
        [re, im] = [re * re - im * im + cr, 2 * re * im + ci];
      }
      if (n < ITERATIONS) {
        // How fast a point leaves, without steps, becomes its colour. Points of the set stay black.
        const speed = n + 1 - Math.log2(Math.log2(re * re + im * im) / 2);
        bytes[at] = 128 + 127 * Math.cos(0.1 * speed + 3);
        bytes[at + 1] = 128 + 127 * Math.cos(0.1 * speed + 3.6);
        bytes[at + 2] = 128 + 127 * Math.cos(0.1 * speed + 4.2);
      }
      at += 3;
    }
  }
  return bytes;
}

/** Draws the whole picture; `progress` hears how much of it is there, from 0 to 1. */
async function drawAll(
  picture: Picture,
  { workers, progress }: { workers: number | undefined; progress: (done: number) => void },
): Promise<Uint8Array> {
  const { width, height } = picture;
  const bytes = new Uint8Array(width * height * 3);
  let rows = 0;
  progress(0);
  await using pool = new InterpreterPoolExecutor(
    workers === undefined ? {} : { maxWorkers: workers },
  );
  const stripes = Array.from({ length: Math.ceil(height / ROWS_EACH) }, async (_, n) => {
    const first = n * ROWS_EACH;
    const end = Math.min(first + ROWS_EACH, height);
    bytes.set(await pool.submit(draw, picture, first, end), first * width * 3);
    rows += end - first;
    progress(rows / height);
  });
  await Promise.all(stripes);
  return bytes;
}

let shown = -10;

/** A bar that grows: in one line of a terminal, elsewhere a line for each tenth. */
function showProgress(done: number): void {
  const { isTTY } = process.stderr;
  const percent = Math.floor(done * 100);
  const isDue = isTTY || percent === 100 || percent >= shown + 10;
  if (percent === shown || !isDue) return;
  shown = percent;
  const full = Math.round(done * BAR);
  const line = `[${"#".repeat(full)}${"-".repeat(BAR - full)}] ${percent} %`;
  process.stderr.write(isTTY && percent < 100 ? `\r${line}` : isTTY ? `\r${line}\n` : `${line}\n`);
}

const USAGE = "mandelbrot.ts [--width N] [--height N] [--workers N] [FILE]";

/** A whole number of the arguments, from 1 on. */
function count(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1 && number <= 20_000) return number;
  throw new TypeError(`--${name} must be a whole number from 1 to 20000, received ${text}`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      width: { type: "string", default: "1200" },
      height: { type: "string", default: "800" },
      workers: { type: "string" },
    },
  });
  if (positionals.length > 1) throw new TypeError("There can be one file");
  const [file = "mandelbrot.png"] = positionals;
  const width = count("width", values.width);
  const height = count("height", values.height);
  const workers = values.workers === undefined ? undefined : count("workers", values.workers);
  const started = performance.now();
  const data = await drawAll({ width, height }, { workers, progress: showProgress });
  writeFileSync(file, encode({ width, height, channels: 3, data }));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${width} × ${height} pixels in ${seconds} s: ${file}`);
}

try {
  await main();
} catch (error) {
  // What is wrong with the arguments, or why the file cannot be written.
  if (!(error instanceof TypeError) && !(error instanceof Error && "code" in error)) throw error;
  console.error(`${error.message}\n${USAGE}`);
  process.exitCode = 1;
}
