// Hints: what to write instead of source that is understood but cannot be run. The parsers only
// say which sign they did not expect.

const HINTS = {
  accessor:
    "Cannot use accessor fields: no runtime has them yet; write a private field, with get and set for it",
  decorator:
    "Cannot use decorators: they are not supported; call the decorator yourself, as in C = decorate(C)",
  export:
    "Cannot export from source: what it declares at top level stays in the interpreter; remove the word export",
  jsx:
    'Cannot use JSX: the source is run as it is; compile it first, or write the calls, as in h("a", { id: 1 })',
  return:
    "Cannot return from source: it is no function; evaluate() gives the value of its last expression, so remove the word return",
} as const;

/** The hint for exports, which not only the parsers find. */
export const NO_EXPORTS: string = HINTS.export;

/** Whether a message is a hint. */
export function isHint(message: string): boolean {
  return (Object.values(HINTS) as string[]).includes(message);
}

/** Characters before the place in which the beginning of a JSX tag is looked for. */
const MAX_TAG = 1000;

/** The hint for what a parser complains about at a place; `undefined` if there is none. */
export function hintAt(text: string, at: number, message: string): string | undefined {
  const before = text.slice(Math.max(0, at - MAX_TAG), at);
  if (text[at] === "@") return HINTS.decorator;
  if (/\baccessor[ \t]+$/.test(before)) return HINTS.accessor;
  if (/return/i.test(message) && /outside|not allowed here/.test(message)) return HINTS.return;
  if (/export assignment/.test(message)) return HINTS.export;
  if (text[at] === "=" && /\bexport\s*$/.test(before)) return HINTS.export;
  const start = text[at] === "<" ? at : at - before.length + before.lastIndexOf("<");
  const isTag = /^<\/?(?:[A-Za-z][\w.:-]*)?(?:\s[^<>]*)?\/?>/.test(
    text.slice(start, start + MAX_TAG),
  );
  return isTag && /<\/|\/>/.test(text.slice(start)) ? HINTS.jsx : undefined;
}
