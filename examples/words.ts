// The work of word-count.ts. Each interpreter has an instance of this module of its own. The
// program counts with the same functions, to see what it would do alone.

import { readFileSync } from "node:fs";

/** Words and identifiers in any script. */
const WORD = /[\p{L}_$][\p{L}\p{N}_$]*/gu;

/** What was found in some files. */
export interface Tally {
  words: number;
  counts: Map<string, number>;
  readonly failures: string[];
}

export function emptyTally(): Tally {
  return { words: 0, counts: new Map(), failures: [] };
}

/** Counts one file and gives its length in bytes. A file that cannot be read is a failure. */
export function countFile(file: string, tally: Tally): number {
  try {
    const content = readFileSync(file);
    // One array of all words costs less than an object for each match.
    const found = content.toString("utf8").match(WORD) ?? [];
    for (const word of found) tally.counts.set(word, (tally.counts.get(word) ?? 0) + 1);
    tally.words += found.length;
    return content.length;
  } catch (error) {
    tally.failures.push(`${file}: ${String(error)}`);
    return 0;
  }
}

/**
 * What the interpreters share while they count: numbers in shared memory, which all of them and
 * the program see at once. The first says which file is next; of each interpreter follow its
 * bytes so far and the file that it has.
 */
export type Board = BigInt64Array;

export function newBoard(interpreters: number): Board {
  return new BigInt64Array(new SharedArrayBuffer(8 * (1 + 2 * interpreters)));
}

/** How far an interpreter is. */
export function readBoard(board: Board, interpreter: number): { bytes: number; file: number } {
  const at = 1 + 2 * interpreter;
  return { bytes: Number(Atomics.load(board, at)), file: Number(Atomics.load(board, at + 1)) };
}

/** So many of its commonest words an interpreter hands over; all of them would take long to copy. */
const HANDED_OVER = 5_000;

/** Takes one file after the other, until the interpreters together have taken all. */
export function countShare(files: readonly string[], board: Board, interpreter: number): Tally {
  const tally = emptyTally();
  const at = 1 + 2 * interpreter;
  for (;;) {
    const next = Atomics.add(board, 0, 1n);
    const file = files[Number(next)];
    if (file === undefined) break;
    Atomics.store(board, at + 1, next);
    Atomics.add(board, at, BigInt(countFile(file, tally)));
  }
  tally.counts = new Map(commonest(tally.counts, HANDED_OVER));
  return tally;
}

/** The commonest words, with the number of each. */
export function commonest(counts: ReadonlyMap<string, number>, most: number): [string, number][] {
  return [...counts].sort(([, a], [, b]) => b - a).slice(0, most);
}
