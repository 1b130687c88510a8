// Scripts that are ready to run. The host keeps them by their sources, so that each is made
// once, and with the numbers by which positions.ts finds them.

import type { Script, ScriptPart } from "../protocol/frames.ts";
import { TooCostly } from "./bounds.ts";
import { Cache } from "./cache.ts";
import { keepPositions, type Marked, markOf, markScript } from "./positions.ts";
import { rewrite, type RewriteOptions, type Rewritten, type RewrittenPart } from "./rewrite.ts";
import { toTrace } from "./trace.ts";

/** A script that is ready to run. */
export interface Prepared {
  readonly script: Script;
  /** Its parts, as positions.ts knows them. */
  readonly marked: readonly Marked[];
}

const LIMITS = { maxEntries: 256, maxChars: 2 ** 23 };
const caches = new Map<string, Cache<Prepared>>();

/**
 * The script of a source: from the cache, or made at once.
 *
 * @returns `undefined` if making it may take long.
 * @throws {SyntaxError} Its stack is the place in the source.
 */
export function prepareQuickly(source: string, options: RewriteOptions): Prepared | undefined {
  const kept = cacheFor(options).get(source);
  if (kept !== undefined) {
    kept.marked.forEach(keepPositions);
    return kept;
  }
  try {
    return keep(source, options, rewrite(source, { ...options, isBounded: true }));
  } catch (error) {
    if (error instanceof TooCostly) return undefined;
    throw error;
  }
}

/** Makes a script of a rewritten source, and keeps it. */
export function keep(source: string, options: RewriteOptions, rewritten: Rewritten): Prepared {
  const { outline, isAsync, main, prelude } = rewritten;
  const mainPart = toPart(main);
  const preludePart = prelude === null ? undefined : toPart(prelude);
  const prepared: Prepared = {
    script: {
      outline,
      isAsync,
      main: mainPart.part,
      prelude: preludePart?.part ?? null,
    },
    marked: [mainPart.marked, ...(preludePart === undefined ? [] : [preludePart.marked])],
  };
  cacheFor(options).set(source, prepared);
  return prepared;
}

function toPart(
  { text, steps, lastLine }: RewrittenPart,
): { readonly part: ScriptPart; readonly marked: Marked } {
  const marked = markScript(toTrace(steps), lastLine);
  return { part: { text, mark: markOf(marked) }, marked };
}

function cacheFor({ language, wantsValue, isFunction = false }: RewriteOptions): Cache<Prepared> {
  const kind = `${language} ${wantsValue} ${isFunction}`;
  let cache = caches.get(kind);
  if (cache === undefined) {
    cache = new Cache(LIMITS);
    caches.set(kind, cache);
  }
  return cache;
}
