// Counts the words and identifiers of real files on all cores.
//
//   npm start                         the TypeScript and Markdown of the installed packages
//   npm start -- --runtime bun DIR…   other runtimes, other directories
//   deno run -A examples/word-count.ts · bun examples/word-count.ts
//
// One interpreter for each core runs the same source. File names go out through
// one channel, which all of them receive from; what they find comes back through
// another. Then the same again with one interpreter, to see what the others gave.

import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { create, createChannel } from "subinterpreters";

// Runs inside each interpreter; `files` and `reports` are its channel ends.
const COUNTER = `
import { readFileSync } from "node:fs";

const counts = new Map<string, number>();
for await (const file of files) {
  try {
    const content = readFileSync(file);
    let words = 0;
    for (const [word] of content.toString("utf8").matchAll(/[\\p{L}_$][\\p{L}\\p{N}_$]*/gu)) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
      words++;
    }
    reports.sendNowait({ file, words, bytes: content.length });
  } catch (error) {
    reports.sendNowait({ file, failure: String(error) });
  }
}
reports.sendNowait({ counts });
`;

type Report =
  | { file: string; words: number; bytes: number }
  | { file: string; failure: string }
  | { counts: Map<string, number> };

interface Result {
  words: number;
  bytes: number;
  failures: string[];
  counts: Map<string, number>;
  seconds: number;
}

/** Counts with this many interpreters. */
async function count(files: readonly string[], interpreters: number): Promise<Result> {
  const [fileRecv, fileSend] = createChannel();
  const [reportRecv, reportSend] = createChannel();
  const pool = await Promise.all(Array.from({ length: interpreters }, () => create()));
  const result: Result = { words: 0, bytes: 0, failures: [], counts: new Map(), seconds: 0 };
  const started = performance.now();
  const runs = pool.map((interpreter) =>
    interpreter.run(COUNTER, { channels: { files: fileRecv, reports: reportSend } })
  );
  // Closing lets the counters drain what is queued; then their loops end.
  for (const file of files) fileSend.sendNowait(file);
  fileSend.close();
  void Promise.all(runs).then(() => reportSend.close(), () => reportSend.close({ force: true }));

  let finished = 0;
  for await (const report of reportRecv) {
    add(result, report as Report);
    if ("file" in (report as Report)) showProgress(++finished, files.length);
  }
  await Promise.all(runs);
  result.seconds = (performance.now() - started) / 1000;
  await Promise.all(pool.map((interpreter) => interpreter.close()));
  return result;
}

function add(result: Result, report: Report): void {
  if ("counts" in report) {
    for (const [word, n] of report.counts) {
      result.counts.set(word, (result.counts.get(word) ?? 0) + n);
    }
  } else if ("failure" in report) {
    result.failures.push(`${report.file}: ${report.failure}`);
  } else {
    result.words += report.words;
    result.bytes += report.bytes;
  }
}

let shown = 0;

/** One line that changes; nothing when the output is not a terminal. */
function showProgress(done: number, total: number): void {
  if (!process.stdout.isTTY) return;
  const now = performance.now();
  if (now - shown < 100 && done < total) return;
  shown = now;
  process.stdout.write(done < total ? `\r${done} of ${total} files` : `\r\x1b[K`);
}

/** All TypeScript and Markdown files below a directory. */
function* textFiles(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) yield* textFiles(path);
    else if (/\.(?:[cm]?tsx?|md)$/.test(entry.name)) yield path;
  }
}

const USAGE = "npm start [-- [--runtime deno|bun|node] [DIR…]]";
let positionals: string[];
try {
  const options = { help: { type: "boolean" } } as const;
  const { values, ...given } = parseArgs({ allowPositionals: true, options });
  positionals = given.positionals;
  if (values.help === true) {
    console.log(USAGE);
    process.exit(0);
  }
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exit(2);
}
const directories = positionals.length > 0
  ? positionals
  : [fileURLToPath(new URL("../node_modules", import.meta.url))];
let files: string[];
try {
  files = directories.flatMap((directory) => [...textFiles(directory)]);
} catch (error) {
  console.error(`Cannot read the files to count: ${(error as Error).message}`);
  process.exit(1);
}
if (files.length === 0) {
  console.error(`Cannot count words: no TypeScript or Markdown file in ${directories.join(", ")}`);
  process.exit(1);
}

// Both counts find the files in the system's cache, whichever comes first.
for (const file of files) {
  try {
    readFileSync(file);
  } catch {
    // The interpreters meet the same error, and report it.
  }
}

const cores = availableParallelism();
const all = await count(files, cores);
const one = cores > 1 ? await count(files, 1) : all;

const commonest = [...all.counts].sort(([, a], [, b]) => b - a).slice(0, 20);
for (const [word, n] of commonest) console.log(`${n.toString().padStart(9)}  ${word}`);
for (const failure of all.failures) console.error(`not counted: ${failure}`);
const megabytes = all.bytes / 1e6;
const rate = (megabytes / all.seconds).toFixed(1);
console.log(
  `\n${all.words} words in ${files.length - all.failures.length} files, ` +
    `${megabytes.toFixed(1)} MB in ${all.seconds.toFixed(2)} s with ${cores} interpreters: ` +
    `${rate} MB/s, ${(one.seconds / all.seconds).toFixed(2)} times as fast as one interpreter`,
);
