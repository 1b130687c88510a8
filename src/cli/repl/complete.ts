// What could stand at the end of a line: names of the namespace, of globals, and of properties.

import type { Interpreter } from "../../../mod.ts";
import { NAME } from "../inside.ts";

/** Words that no variable is called. */
const KEYWORDS = new Set(
  ("async await break case catch class const continue debugger default delete do else enum export " +
    "extends false finally for function if import in instanceof interface let new null of return " +
    "static super switch this throw true try type typeof undefined var void while with yield as")
    .split(" "),
);
const IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu;
const AT_END =
  /(?:([\p{ID_Start}$_][\p{ID_Continue}$]*(?:\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*)\.)?([\p{ID_Continue}$]*)$/u;
/** Names of the module's own, which nobody types. */
const OWN = new Set([NAME, "_"]);
/** Longest time that a look at the namespace may take, in milliseconds. */
const LOOK = { timeout: 300, onTimeout: "interrupt" } as const;

/** The words of a source that may be names of its own. */
export function wordsOf(source: string): string[] {
  return [...source.matchAll(IDENTIFIER)].map(([word]) => word).filter((word) =>
    !KEYWORDS.has(word)
  );
}

/** Those of the words that are variables now. */
export async function existing(
  interpreter: Interpreter,
  words: ReadonlySet<string>,
): Promise<string[]> {
  const thunks = [...words].filter((word) => !OWN.has(word)).map((word) =>
    `["${word}",()=>${word}]`
  );
  return await interpreter.evaluate<string[]>(`${NAME}.existing([${thunks.join(",")}])`, LOOK);
}

/**
 * What could complete a line.
 *
 * @returns The whole words, and the part of the line that they replace.
 */
export async function completions(
  line: string,
  { interpreter, words }: {
    readonly interpreter: Interpreter;
    readonly words: ReadonlySet<string>;
  },
): Promise<[found: string[], part: string]> {
  const [, holder, part = ""] = AT_END.exec(line) ?? [];
  const begins = (name: string) => name.startsWith(part) && !OWN.has(name);
  if (holder === undefined) {
    const own = (await existing(interpreter, words)).filter(begins).toSorted();
    if (part === "") return [own, part];
    const globals = await interpreter.evaluate<string[]>(`${NAME}.keys(globalThis,[])`, LOOK);
    const all = [...own, ...globals.filter(begins).toSorted(), ...[...KEYWORDS].filter(begins)];
    return [[...new Set(all)], part];
  }
  const [first = "", ...path] = holder.split(".");
  const at = `typeof ${first}==="undefined"?undefined:${first}`;
  const source = `${NAME}.keys(${at},${JSON.stringify(path)})`;
  const keys = await interpreter.evaluate<string[]>(source, LOOK);
  const names = keys.filter((key) => begins(key) && wordsOf(key)[0] === key);
  return [names.toSorted().map((key) => `${holder}.${key}`), `${holder}.${part}`];
}
