// Several calls of a function as one task: columns of arguments go there, a list of results
// comes back. If a call throws, what came before it is not lost.

import type { Job } from "./pool.ts";

// Taken now: source may declare names of its own that hide these.
const { Array, Float64Array } = globalThis;

/** In quotes, as source imports it. */
const PACKAGE = '"subinterpreters"';

/** Values of one argument, or results: as an array, or as numbers, which cross faster. */
export type Column = readonly unknown[] | Float64Array;

/** What a chunk gives. */
export interface ChunkEnd {
  readonly results: ArrayLike<unknown>;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** What the call behind the last result threw. */
  readonly thrown: { readonly value: unknown } | undefined;
}

/** The job of calling a function once for each row of some columns. */
export function chunkJob({ source, filename }: Job, columns: number): Job {
  const row = Array.from({ length: columns }, (_, n) => `columns·rt[${n}][at·rt]`).join(",");
  return {
    // No function uses these names. What the first call throws is thrown, so that it crosses
    // whatever it is. So is what cannot cross as a value, without the results before it.
    source: `async(columns·rt)=>{const call·rt=(${source}
);
const results·rt=[],begun·rt=performance.now(),length·rt=columns·rt[0].length;
let numbers·rt=true;
for(let at·rt=0;at·rt<length·rt;at·rt++){
try{
let result·rt=call·rt(${row});
if(typeof result·rt!=="number"){
numbers·rt=false;
if(typeof result·rt?.then==="function")result·rt=await result·rt;
}
results·rt.push(result·rt);
}catch(error·rt){
if(at·rt===0||!(await import(${PACKAGE})).isShareable([error·rt]))throw error·rt;
return[results·rt,performance.now()-begun·rt,[error·rt]];
}}
return[numbers·rt?Float64Array.from(results·rt):results·rt,performance.now()-begun·rt];
}`,
    isFunction: true,
    args: [],
    filename,
  };
}

/** Columns as they cross fastest. */
export function toColumns(columns: readonly (readonly unknown[])[]): Column[] {
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
  const [results, ms, thrown]: unknown[] = value;
  if (!(results instanceof Float64Array) && !Array.isArray(results)) return undefined;
  if (typeof ms !== "number") return undefined;
  return { results, ms, thrown: Array.isArray(thrown) ? { value: thrown[0] } : undefined };
}
