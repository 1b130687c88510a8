// The texts that threads are started from where the module's files are not at hand, because a
// bundler has put the module into a file of the program. Only the package carries them: its
// build (.ci/texts.mjs) puts them here. A checkout, and whoever imports the sources by URL, has
// the files.

/** Each is text, packed by gzip, as base64. */
export interface PackedTexts {
  /** The first file of a thread: guest/entry.js. */
  readonly entry: string;
  /** By the paths in `src/` of the files that they stand for: functions, as text.ts calls them. */
  readonly bodies: Readonly<Record<string, string>>;
}

/** The texts; `undefined` if this is no package. */
export const texts: PackedTexts | undefined = undefined;
