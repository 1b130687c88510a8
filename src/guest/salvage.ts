// Chunks of calls whose results cannot all cross: what can is sent, with why the rest cannot.

import { encode } from "../codec/encode.ts";
import { fromExcinfo } from "../codec/excinfo.ts";
import { explain } from "../codec/explain.ts";
import { notedInside } from "../codec/transfers.ts";
import { NotShareableError } from "../errors.ts";
import type { ChunkAnswer } from "../protocol/chunk.ts";
import { excinfoOf } from "./outcome.ts";

// Taken now: source may declare names of its own that hide these.
const { Array } = globalThis;

/** The buffers that were noted for the results of a chunk. */
export function notedInResults(value: unknown): readonly ArrayBuffer[] | undefined {
  // By index: source may have replaced what destructuring of a list takes.
  const results: unknown = Array.isArray(value) ? value[0] : undefined;
  return Array.isArray(results) ? notedInside(results, undefined) : undefined;
}

/** The part of a chunk's answer that can cross; `undefined` if all of it can. */
export function salvaged(value: unknown): ChunkAnswer | undefined {
  if (!Array.isArray(value)) return undefined;
  const all: unknown = value[0];
  const ms: unknown = value[1];
  const thrown: unknown = value[2];
  if (typeof ms !== "number" || typeof all !== "object" || all === null) return undefined;
  if (Array.isArray(all)) {
    const results: unknown[] = [];
    for (let i = 0; i < all.length; i++) {
      const refusal = refusalOf(all[i]);
      if (refusal !== undefined) return [results, ms, undefined, refusal];
      results[i] = all[i];
    }
  }
  if (!Array.isArray(thrown) || refusalOf(thrown[0]) === undefined) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- A chunk's script has made the list.
  return [all as ArrayLike<unknown>, ms, [fromExcinfo(excinfoOf(thrown[0]))]];
}

/** Why a value cannot cross; `undefined` if it can. */
function refusalOf(value: unknown): string | undefined {
  try {
    encode(value);
    return undefined;
  } catch (error) {
    return error instanceof NotShareableError ? explain(value) : undefined;
  }
}
