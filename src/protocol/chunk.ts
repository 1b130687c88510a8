// A chunk is several calls of a function as one task of a pool (api/pool/chunk.ts). Its interpreter
// is told that it is one: then it answers with what can cross, even if not all of it can.

/** The argument behind the columns, by which a call is known to be a chunk. */
export const CHUNK = "chunk·rt";

/** What a chunk gives: the time is in milliseconds. */
export type ChunkAnswer = readonly [
  results: ArrayLike<unknown>,
  ms: number,
  /** What the call behind the last result threw. */
  thrown?: readonly [value: unknown] | undefined,
  /** Why the result behind the last one cannot cross. */
  refusal?: string,
];
