// Several calls of a function as one task: columns of arguments go there, a list of results
// comes back. If a call throws, what came before it is not lost.

import { encode } from "../../codec/encode.ts";
import { hasNoted, notedFor } from "../../codec/transfers.ts";
import { NotShareableError } from "../../errors.ts";
import { CHUNK } from "../../protocol/chunk.ts";
import type { Job } from "./pool.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Float64Array } = globalThis;

/** What a map sends at once: items that are next to each other, a column for each iterable. */
export interface Rows {
  readonly columns: readonly (readonly unknown[])[];
  /** How many items come before these. */
  readonly start: number;
  /** What `transfer()` noted for one of them. */
  readonly notes: readonly Note[];
}

interface Note {
  readonly row: number;
  readonly buffers: readonly ArrayBuffer[];
}

/** Values of one argument, or results: as an array, or as numbers, which cross faster. */
export type Column = readonly unknown[] | Float64Array;

/** What a chunk gives. */
export interface ChunkEnd {
  readonly results: ArrayLike<unknown>;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** What the call behind the last result threw. */
  readonly thrown: { readonly value: unknown } | undefined;
  /** Why the result behind the last one cannot cross, as an interpreter says. */
  readonly refusal: string | undefined;
}

/** The job of calling a function once for each row of some columns. */
export function chunkJob({ source, filename }: Job, columns: number): Job {
  const row = Array.from({ length: columns }, (_, n) => `columns·rt[${n}][at·rt]`).join(",");
  return {
    // No function uses these names. What the first call throws is thrown, so that it is traced.
    // The loop is in a function that is not async: V8 compiles it to code nearly twice as fast.
    source: `async(columns·rt)=>{const call·rt=(${source}
);
const results·rt=[],begun·rt=performance.now(),length·rt=columns·rt[0].length;
let numbers·rt=true;
const some·rt=()=>{
for(let at·rt=results·rt.length;at·rt<length·rt;at·rt++){
const result·rt=call·rt(${row});
if(typeof result·rt!=="number"){
numbers·rt=false;
if(typeof result·rt?.then==="function")return result·rt;
}
results·rt.push(result·rt);
}};
try{
for(let waited·rt;(waited·rt=some·rt())!==undefined;)results·rt.push(await waited·rt);
}catch(error·rt){
if(results·rt.length===0)throw error·rt;
return[results·rt,performance.now()-begun·rt,[error·rt]];
}
return[numbers·rt?Float64Array.from(results·rt):results·rt,performance.now()-begun·rt];
}`,
    isFunction: true,
    args: [],
    filename,
  };
}

/** The arguments of a chunk. */
export function argumentsFor({ columns }: Rows): readonly unknown[] {
  return [toColumns(columns), CHUNK];
}

/** The notes that `transfer()` has made for items: they count once. */
export function notesOf(columns: readonly (readonly unknown[])[]): readonly Note[] {
  const notes: Note[] = [];
  if (!hasNoted()) return notes;
  for (const column of columns) {
    for (const [row, value] of column.entries()) {
      const buffers = notedFor(value);
      if (buffers !== undefined) notes.push({ row, buffers });
    }
  }
  return notes;
}

/** The items before the first that cannot cross, and its error; `undefined` if all can. */
export function refusedItem(
  { columns, start, notes }: Rows,
): { readonly before: Rows; readonly error: NotShareableError } | undefined {
  const length = columns[0]?.length ?? 0;
  for (let row = 0; row < length; row++) {
    for (const [n, column] of columns.entries()) {
      const which = columns.length === 1 ? "" : ` of iterable ${n}`;
      const error = refusalOf(column[row], `Cannot map: item ${start + row}${which}`);
      if (error === undefined) continue;
      const before = columns.map((all) => all.slice(0, row));
      return {
        before: { columns: before, start, notes: notes.filter((one) => one.row < row) },
        error,
      };
    }
  }
  return undefined;
}

function refusalOf(value: unknown, subject: string): NotShareableError | undefined {
  try {
    encode(value, subject);
  } catch (error) {
    if (error instanceof NotShareableError) return error;
  }
  return undefined;
}

/** Columns as they cross fastest. */
function toColumns(columns: readonly (readonly unknown[])[]): Column[] {
  return columns.map((column) =>
    column.length > 1 && column.every((value) => typeof value === "number")
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all of them are numbers
      ? Float64Array.from(column as readonly number[])
      : column
  );
}

/** What a chunk gave, unless a worker made it up. */
export function readChunk(value: unknown): ChunkEnd | undefined {
  if (!Array.isArray(value)) return undefined;
  const [results, ms, thrown, refusal]: unknown[] = value;
  if (!(results instanceof Float64Array) && !Array.isArray(results)) return undefined;
  if (typeof ms !== "number") return undefined;
  return {
    results,
    ms,
    thrown: Array.isArray(thrown) ? { value: thrown[0] } : undefined,
    refusal: typeof refusal === "string" ? refusal : undefined,
  };
}
