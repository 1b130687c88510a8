// Which sources the host parses itself. Those take some milliseconds at most, whatever is in
// them. All others are compiled by a thread of its own (compiler_entry.ts). The limits come
// from the worst sources that tests/source/compile.test.ts has.

/**
 * MiB that one source may take: of the heap of the compiling thread, and of the stripper's memory.
 */
export const COMPILER_MIB = 512;

/** Thrown instead of work that may take long. */
export class TooCostly extends Error {
  override readonly name = "TooCostly";
}

/** Characters: the time of the parser may grow with their square. */
const MAX_PARSED = 4_096;
/** Named groups in regular expressions: the time may grow with their cube (acornjs/acorn#1445). */
const MAX_GROUPS = 50;
/** Characters for the type stripper, whose worst cases the other limits bound further. */
const MAX_STRIPPED = 2_048;
/**
 * Forks: signs after which the stripper may read what follows twice. What lies inside two of
 * them it may read four times. There may be other such signs, so its work is counted too
 * (types.ts).
 */
const MAX_FORKS = 10;
/** Levels of nesting. At twice as many the stripper runs out of stack, and must be loaded again. */
const MAX_LEVELS = 300;
/** Signs of addition: with each, the text of an enum's member may double. */
const MAX_SUMS = 8;

/** Whether the parser takes no longer than some milliseconds. */
export function isQuickToParse(source: string): boolean {
  return source.length <= MAX_PARSED && count(source, /\(\?</g) <= MAX_GROUPS;
}

/** Whether the stripper takes no longer than some milliseconds. */
export function isQuickToStrip(source: string): boolean {
  return source.length <= MAX_STRIPPED &&
    count(source, /<(?![<=])|\?(?![.?](?!\d))|\binfer\b/g) <= MAX_FORKS &&
    count(source, /[([{`!~:]|=>|[-+]\s*(?=[-+])/g) <= MAX_LEVELS &&
    // Words can be written with escapes.
    (!/\benum\b|\\u/.test(source) || count(source, /\+|\$\{/g) <= MAX_SUMS);
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
