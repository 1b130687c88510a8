// Counts the words and identifiers of real files on all cores.
//
//   npm start                         the TypeScript and Markdown of the installed packages
//   npm start -- --runtime bun DIR…   other runtimes, other directories
//   deno run -A examples/word-count.ts · bun examples/word-count.ts
//
// A pool has one interpreter for each core, and each takes one file after the other. Then the same
// is done by one of these interpreters, and by a plain loop in the program, for comparison. All are
// warm by then: what runs for the first time is slow everywhere.

import { readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import process from "node:process";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { InterpreterPoolExecutor } from "subinterpreters";
import { LiveBars } from "./live_bars.ts";
import { commonest, countFile, emptyTally, newBoard, readBoard, type Tally } from "./words.ts";

const USAGE = "npm start [-- [--runtime deno|bun|node] [DIR…]]";
/** The fastest of so many rounds counts, because a machine also does other things. */
const ROUNDS = 3;
/** Milliseconds of counting after which no further round begins. */
const LONG_ENOUGH = 10_000;
/** Seconds of counting that are over before all interpreters have begun. */
const LITTLE = 0.1;
/** Milliseconds after which the plain loop lets the bars be drawn, and Ctrl-C be heard. */
const TURN = 50;

interface Result {
  readonly tally: Tally;
  readonly seconds: number;
}

/** Files, the biggest first: so no interpreter is left with a big one when the others are done. */
interface Files {
  readonly paths: readonly string[];
  readonly bytes: number;
}

let live: LiveBars | undefined;
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  process.on(signal, () => {
    live?.stop();
    process.exit(code);
  });
}

/** All TypeScript and Markdown files below a directory. */
function* textFiles(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) yield* textFiles(path);
    else if (entry.isFile() && /\.(?:[cm]?tsx?|md)$/.test(entry.name)) yield path;
  }
}

function findFiles(directories: readonly string[]): Files {
  const sizes = directories.flatMap((directory) => [...textFiles(directory)])
    .map((path) => ({ path, size: statSync(path).size }))
    .sort((a, b) => b.size - a.size);
  return {
    paths: sizes.map(({ path }) => path),
    bytes: sizes.reduce((bytes, { size }) => bytes + size, 0),
  };
}

/** Shows how far `work` is while it goes on, and tells how long it took. */
async function watched(
  title: string,
  files: Files,
  { interpreters, work }: {
    readonly interpreters: number;
    readonly work: (board: ReturnType<typeof newBoard>) => Promise<Tally>;
  },
): Promise<Result> {
  const board = newBoard(interpreters);
  live = new LiveBars(title, files.bytes, () =>
    Array.from({ length: interpreters }, (_, n) => {
      const { bytes, file } = readBoard(board, n);
      return { bytes, doing: relative(".", files.paths[file] ?? "") };
    }));
  try {
    const started = performance.now();
    const tally = await work(board);
    const seconds = (performance.now() - started) / 1000;
    if (!process.stdout.isTTY) console.log(`${title}: ${seconds.toFixed(2)} s`);
    return { tally, seconds };
  } finally {
    live.stop();
    live = undefined;
  }
}

/** Adds what each interpreter found. */
function total(tallies: readonly Tally[]): Tally {
  const [all = emptyTally(), ...others] = tallies;
  for (const { words, counts, failures } of others) {
    all.words += words;
    all.failures.push(...failures);
    for (const [word, n] of counts) all.counts.set(word, (all.counts.get(word) ?? 0) + n);
  }
  return all;
}

/** The same in the program's own thread, without this module. */
async function countAlone(files: Files, board: ReturnType<typeof newBoard>): Promise<Tally> {
  const tally = emptyTally();
  let turned = performance.now();
  for (const [n, path] of files.paths.entries()) {
    board[2] = BigInt(n);
    board[1] = (board[1] ?? 0n) + BigInt(countFile(path, tally));
    if (performance.now() - turned < TURN) continue;
    await turn();
    turned = performance.now();
  }
  return tally;
}

function readArguments(): string[] {
  try {
    const options = { help: { type: "boolean" } } as const;
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    if (values.help !== true) return positionals;
    console.log(USAGE);
    process.exit(0);
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    process.exit(2);
  }
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

function report({ words, counts, failures }: Tally, { paths, bytes }: Files): void {
  for (const [word, n] of commonest(counts, 20)) {
    console.log(`${n.toString().padStart(9)}  ${word}`);
  }
  for (const failure of failures) console.error(`not counted: ${failure}`);
  const read = paths.length - failures.length;
  console.log(`\n${words} words in ${read} files, ${(bytes / 1e6).toFixed(1)} MB`);
}

async function main(): Promise<void> {
  const given = readArguments();
  const directories = given.length > 0
    ? given
    : [fileURLToPath(new URL("../node_modules", import.meta.url))];
  let files: Files;
  try {
    files = findFiles(directories);
  } catch (error) {
    fail(`Cannot read the files to count: ${(error as Error).message}`);
  }
  if (files.paths.length === 0) {
    fail(`Cannot count words: no TypeScript or Markdown file in ${directories.join(", ")}`);
  }

  const cores = availableParallelism();
  const pool = new InterpreterPoolExecutor({ maxWorkers: cores });
  const module = new URL("./words.ts", import.meta.url);
  const words = pool.import<typeof import("./words.ts")>(module);
  const count = (interpreters: number, title: string): Promise<Result> =>
    watched(title, files, {
      interpreters,
      work: async (board) =>
        total(
          await Promise.all(
            Array.from({ length: interpreters }, (_, n) => words.countShare(files.paths, board, n)),
          ),
        ),
    });
  const name = (interpreters: number): string =>
    interpreters === 1 ? "1 interpreter" : `${interpreters} interpreters`;
  const ways: Record<string, (title: string) => Promise<Result>> = {
    [name(cores)]: (title) => count(cores, title),
    [name(1)]: (title) => count(1, title),
    "a plain loop": (title) =>
      watched(title, files, { interpreters: 1, work: (board) => countAlone(files, board) }),
  };

  const started = performance.now();
  const size = `${files.paths.length} files, ${(files.bytes / 1e6).toFixed(1)} MB`;
  console.log(`Counting the words of ${size} with ${name(cores)}`);
  const first = await count(cores, "counting");
  report(first.tally, files);
  console.log("\nComparing, each way more than once");

  const seconds = new Map(Object.keys(ways).map((way) => [way, Infinity]));
  // The loop has not run yet: its first round is as cold as that of the interpreters was.
  await ways["a plain loop"]?.("a plain loop, for the first time");
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [way, work] of Object.entries(ways)) {
      const result = await work(`${way}, round ${round} of ${ROUNDS}`);
      seconds.set(way, Math.min(seconds.get(way) ?? Infinity, result.seconds));
    }
    if (performance.now() - started > LONG_ENOUGH) break;
  }
  await pool.shutdown();

  console.log();
  for (const [way, best] of seconds) {
    const rate = (files.bytes / 1e6 / best).toFixed(1);
    console.log(`${way.padEnd(16)}${best.toFixed(2).padStart(7)} s${rate.padStart(8)} MB/s`);
  }
  const all = seconds.get(name(cores)) ?? NaN;
  const times = (way: string): string => ((seconds.get(way) ?? NaN) / all).toFixed(2);
  console.log(
    `\n${name(cores)}: ${times(name(1))} times as fast as one, ` +
      `${times("a plain loop")} times as fast as a plain loop`,
  );
  if (all < LITTLE) console.log("So little is not worth spreading: name a folder that has more");
}

await main();
