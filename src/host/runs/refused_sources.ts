// Sources that took more time or memory than they may. Tried again at once they would take it
// again, so they are refused for a while.

import { COMPILER_MIB } from "../../source/bounds.ts";
import { Cache } from "../../source/cache.ts";
import type { CompileRequest } from "./compiler_thread.ts";

const LIMITS = { maxEntries: 64, maxChars: 2 ** 22 };
/** After so long a source is tried again: the machine may have been busy. */
const LIFETIME_MS = 30_000;

interface Refusal {
  readonly language: string;
  readonly limit: "time" | "memory";
  readonly limitMs: number;
  readonly until: number;
}

/** The sources that were refused lately. */
export class RefusedSources {
  readonly #kept = new Cache<Refusal>(LIMITS);

  /** The error of a source that is known to take too much; `undefined` if it may be tried. */
  of({ source, options, limitMs }: CompileRequest): RangeError | undefined {
    const known = this.#kept.get(source);
    if (known === undefined || known.language !== options.language) return undefined;
    if (performance.now() > known.until) return undefined;
    if (known.limit === "time" && known.limitMs < limitMs) return undefined;
    return toError(known.limit, limitMs, options.filename);
  }

  /** Remembers that a source took too much; returns its error. */
  add(
    { source, options: { language, filename }, limitMs }: CompileRequest,
    limit: "time" | "memory",
  ): RangeError {
    const until = performance.now() + LIFETIME_MS;
    this.#kept.set(source, { language, limit, limitMs, until });
    return toError(limit, limitMs, filename);
  }
}

function toError(limit: "time" | "memory", limitMs: number, filename: string): RangeError {
  const message = limit === "time"
    ? `Cannot compile the source: it takes longer than limits.compileMs (${limitMs}); make it shorter or flatter, or raise the limit`
    : `Cannot compile the source: it takes more than ${COMPILER_MIB} MiB of memory; make it shorter or flatter`;
  const error = new RangeError(message);
  error.stack = `RangeError: ${message}\n    at ${filename}:1:1`;
  return error;
}
