// Chance that can be repeated: `SEED=123 npm test -- --name "model"` gives the same
// random operations again, `RUNS=1000` more of them.

import process from "node:process";

/** Parameters for fast-check's `assert`, and the seed for any other generator. */
export interface Seeded {
  readonly seed: number;
  readonly numRuns: number;
}

/** Takes seed and number of runs from the environment, else a new seed, and prints both. */
export function seeded(defaults: { readonly numRuns?: number } = {}): Seeded {
  const seed = readInteger("SEED") ?? Math.floor(Math.random() * 0x7fff_ffff);
  const numRuns = readInteger("RUNS") ?? defaults.numRuns ?? 100;
  console.log(`SEED=${seed} RUNS=${numRuns}`);
  return { seed, numRuns };
}

function readInteger(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(`Cannot read ${name}: it must be an integer, received "${text}"`);
}

/** A small generator (mulberry32): the same numbers for the same seed on every runtime. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
