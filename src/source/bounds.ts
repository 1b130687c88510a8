// Which sources are parsed where they are asked for, in the host, because it takes them
// some milliseconds at most, whatever is in them. All others are compiled by a thread
// (compiler_entry.ts). The limits come from the worst that tests/source/bounds.test.ts
// could think of.

/** MiB that compiling one source may take: of the thread's heap, and of the stripper's memory. */
export const COMPILER_MIB = 512;

/** Thrown instead of doing what may take long. */
export class TooCostly extends Error {
  override readonly name = "TooCostly";
}

/** The parser's worst is the square of the length. */
const MAX_PARSED = 4_096;
/** Of names of groups in regular expressions it is the cube. */
const MAX_GROUPS = 50;
/** The stripper's worst, but for what the others bound. */
const MAX_STRIPPED = 2_048;
/**
 * For each of these the stripper may read what follows twice, and what is inside of that four
 * times. There are other ways to that, so its work is counted, too (types.ts).
 */
const MAX_FORKS = 10;
/** With twice as many levels its stack ends, and then it has to be loaded again. */
const MAX_LEVELS = 300;
/** What an enum is computed from may double with each. */
const MAX_SUMS = 8;

/** Whether parsing takes no longer than some milliseconds. */
export function isQuickToParse(source: string): boolean {
  return source.length <= MAX_PARSED && count(source, /\(\?</g) <= MAX_GROUPS;
}

/** The same for taking types out. */
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
