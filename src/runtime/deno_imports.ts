// What a sandbox on Deno imports. Whatever a thread's permissions are, Deno 2.9 asks the npm
// registry for a package, so that data could leave by a package's name, and opens the file
// that a module names as its source map (measured). A hook hears of what source imports, but
// not of what that imports in turn: Deno has asked for it by then. So the texts that source
// may have written itself are searched for such names before Deno loads them.

import { InterpreterError } from "../errors.ts";
import { SafeSet } from "../primordials.ts";
import { builtin } from "./builtins.ts";
import { globals } from "./globals.ts";

// Taken now: source may replace them.
const { Reflect, RegExp, String, URL, atob, decodeURIComponent } = globalThis;
const { apply, get } = Reflect;
const method = (of: object, name: string) => get(of, name) as (...args: unknown[]) => unknown;
const exec = method(RegExp.prototype, "exec");
const lower = method(String.prototype, "toLowerCase");
const slice = method(String.prototype, "slice");
const fromCodePoint = method(String, "fromCodePoint");
const canParse = method(URL, "canParse");
const hrefOf = Reflect.getOwnPropertyDescriptor(URL.prototype, "href")!.get!;

/** In texts `npm:` is looked for in all of them, so that how it is written does not matter. */
const PACKAGE = /npm:/;
const IS_PACKAGE = /^[^!-~]*npm:/;
const FOREIGN_MAP = /sourcemappingurl\s*=\s*(?!data:)\S/;
const ESCAPE = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}|([^]))|[\t\n\r]/gi;
/** Escapes and characters that URLs leave out. */
const NOTHING = /^[\t\n\rtnr\u2028\u2029]$/;
const PATH = /["']((?:\.{0,2}\/|file:)[^"']*)["']/;
const BASE64 = /^data:[^,]*;\s*base64\s*,/i;
const A_PACKAGE = "a package of npm without the permission import";
/** Of one import; more than any program's own plug-ins have. */
const MAX_FILES = 1_000;

interface Resolved {
  readonly url: string | null;
}

interface Context {
  readonly importAttributes?: { readonly type?: unknown };
}

type RegisterHooks = (hooks: {
  resolve(
    specifier: string,
    context: Context,
    next: (specifier: string, context: Context) => Resolved,
  ): Resolved;
}) => void;

/** What texts are searched for. */
interface Search {
  /** Whether source may import from anywhere. */
  readonly mayImport: boolean;
  readonly refuse: (what: string) => never;
  readonly read: (url: URL) => string;
}

/**
 * Keeps source from the registry, unless it may import from anywhere, and from source maps
 * that are files.
 *
 * @param id Of the interpreter, for the errors.
 */
export function guardImports(id: () => number): void {
  const { permissions } = globals.Deno!;
  const querySync = method(permissions, "querySync");
  const read = method(globals.Deno!, "readTextFileSync") as (url: URL) => string;
  const isGranted = (query: object) =>
    (apply(querySync, permissions, [query]) as { readonly state: string }).state === "granted";
  const mayImport = isGranted({ name: "import" });
  const refuse = (what: string): never => {
    throw new InterpreterError(`Cannot import ${what}: interpreter ${id()} is sandboxed`);
  };
  const search: Search = { mayImport, refuse, read };
  const { fileURLToPath } = builtin<typeof import("node:url")>("node:url");
  const { registerHooks } = builtin<{ registerHooks: RegisterHooks }>("node:module");
  registerHooks({
    resolve(specifier, context, next) {
      if (!mayImport && matches(IS_PACKAGE, normal(specifier))) refuse(A_PACKAGE);
      const resolved = next(specifier, context);
      const { url } = resolved;
      if (url === null || isData(context)) return resolved;
      if (!mayImport && begins(url, "npm:")) refuse(A_PACKAGE);
      if (begins(url, "blob:")) refuse("a blob; import its text as a data: URL");
      if (begins(url, "data:")) checkText(contentOf(url), search);
      else if (begins(url, "file:") && isGranted({ name: "write", path: fileURLToPath(url) })) {
        checkFile(url, search, new SafeSet());
      }
      return resolved;
    },
  });
}

/** Such modules are not run, and import nothing. */
function isData({ importAttributes }: Context): boolean {
  const type = importAttributes?.type;
  return type === "json" || type === "text" || type === "bytes";
}

function checkText(text: string, search: Search): void {
  const { mayImport, refuse } = search;
  const plain = normal(text);
  const decoded = normal(decode(text));
  if (matches(FOREIGN_MAP, plain) || matches(FOREIGN_MAP, decoded)) {
    refuse("a module whose source map is elsewhere; leave sourceMappingURL out");
  }
  if (mayImport) return;
  if (matches(PACKAGE, plain) || matches(PACKAGE, decoded)) refuse(A_PACKAGE);
  // A module may import one that is written into its own text.
  if (matches(/;\s*base64/, decoded)) refuse("a module with data in base64; write it as text");
}

/** A file that source may write to, and what that imports of files, found by their names in quotes. */
function checkFile(url: string, search: Search, seen: SafeSet<string>): void {
  if (seen.has(url)) return;
  seen.add(url);
  if (seen.size > MAX_FILES) search.refuse(`so many files at once: ${MAX_FILES} is the limit`);
  let text: string;
  try {
    text = search.read(new URL(url));
  } catch {
    // Then Deno cannot import it either.
    return;
  }
  checkText(text, search);
  const plain = normal(text, false);
  const names = new RegExp(PATH, "g");
  for (let found = match(names, plain); found !== null; found = match(names, plain)) {
    if (apply(canParse, URL, [found[1]!, url])) {
      checkFile(apply(hrefOf, new URL(found[1]!, url), []) as string, search, seen);
    }
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not encoded at all.
    return text;
  }
}

/** The text of a `data:` module. */
function contentOf(url: string): string {
  const head = match(BASE64, url);
  if (head === null) return url;
  try {
    return atob(decodeURIComponent(apply(slice, url, [head[0]!.length]) as string));
  } catch {
    return url;
  }
}

/** A text without escapes, and without what the parser of URLs leaves out. */
function normal(text: string, lowered = true): string {
  let made = "";
  let end = 0;
  ESCAPE.lastIndex = 0;
  for (let found = match(ESCAPE, text); found !== null; found = match(ESCAPE, text)) {
    made += apply(slice, text, [end, found.index]) as string;
    end = ESCAPE.lastIndex;
    const code = found[1] ?? found[2] ?? found[3];
    if (code !== undefined) made += fromHex(code);
    else if (found[4] !== undefined && !matches(NOTHING, found[4])) made += found[4];
  }
  made += apply(slice, text, [end]) as string;
  return lowered ? apply(lower, made, []) as string : made;
}

function fromHex(digits: string): string {
  const code = +`0x${digits}`;
  return code > 0x10ffff ? "" : apply(fromCodePoint, String, [code]) as string;
}

function match(pattern: RegExp, text: string): RegExpExecArray | null {
  return apply(exec, pattern, [text]) as RegExpExecArray | null;
}

function matches(pattern: RegExp, text: string): boolean {
  return match(pattern, text) !== null;
}

function begins(text: string, start: string): boolean {
  return apply(slice, text, [0, start.length]) === start;
}
