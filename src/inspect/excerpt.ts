// Texts for people: the beginning of a source, and what an error says.

const MOST = 80;

/** The beginning of a text, on one line. */
export function excerptOf(text: string): string {
  // A source may have megabytes: only what can be shown is looked at.
  const line = text.slice(0, 4 * MOST).replaceAll(/\s+/g, " ").trim();
  return line.length > MOST || text.length > 4 * MOST ? `${line.slice(0, MOST)}…` : line;
}

/** Name and message of what was thrown. */
export function describe(thrown: unknown): string {
  return excerptOf(thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown));
}
