// What a sandbox on Deno imports. Deno 2.9 does two things whatever a thread's permissions are
// (measured). It asks the npm registry for a package, so data could leave by a package's name. And
// it opens the file that a module names as its source map. A hook hears of what source imports, but
// not of what that imports in turn: Deno has asked for it by then. So the texts that source may
// have written itself are searched for such names before Deno loads them.

import { InterpreterError } from "../../errors.ts";
import { SafeSet } from "../../primordials.ts";
import { builtin } from "../../runtime/builtins.ts";
import type { DenoNamespace } from "../../runtime/globals.ts";

// Taken now: source may replace them.
const { Reflect, RegExp, String, URL, atob, decodeURIComponent } = globalThis;
const { apply, get } = Reflect;
const exec: RegExp["exec"] = get(RegExp.prototype, "exec");
const lower: string["toLowerCase"] = get(String.prototype, "toLowerCase");
const slice: string["slice"] = get(String.prototype, "slice");
const fromCodePoint = String.fromCodePoint.bind(String);
const canParse = URL.canParse.bind(URL);
const getHref: (() => string) | undefined = Reflect.getOwnPropertyDescriptor(URL.prototype, "href")
  ?.get;

/** Looked for anywhere in a text, so that it does not matter how an import is written. */
const PACKAGE = /npm:/;
const IS_PACKAGE = /^[^!-~]*npm:/;
const FOREIGN_MAP = /sourcemappingurl\s*=\s*(?!data:)\S/;
const ESCAPE = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]+)\}|([^]))|[\t\n\r]/gi;
/** Of what follows a backslash: nothing is left of these in a string, or in a URL. */
const NOTHING = /^[\t\n\rtnr\u2028\u2029]$/;
/** Escapes of URLs, for characters of ASCII; no others are looked for. */
const PERCENT = /%([0-7][0-9a-f])/gi;
/** Every second character of a file in UTF-16, which Deno takes too. */
const NUL = /\0/g;
/** A string may begin at any quote: which of them begin one cannot be told. */
const QUOTED = /(["'`])((?:\\[^]|(?!\1)[^\\])*)\1/y;
const PATH = /^[^!-~]*(?:\.{0,2}[/\\]|file:)/i;
const DATA = /^[^!-~]*(data:[^]*)/i;
const BLOB = /^[^!-~]*blob:/i;
const BASE64 = /^data:[^,]*;\s*base64\s*,/i;
/** Another charset writes the same text in other bytes. */
const FOREIGN_CHARSET = /^data:[^,]*charset(?!="?utf-8"?[;,])/i;
/** Such a name has no quotes. */
const FOREIGN_JSX = /@jsximportsource\s*(?:[./\\]|file:|data:|blob:)/;
const WASM = /\0asm/;
const A_PACKAGE = "a package of npm without the permission import";
const A_BLOB = "a blob; import its text as a data: URL";
/** How many files one import may lead to; more than any program's own plug-ins have. */
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
  /** Whether source may have written a file. */
  readonly isOwn: (url: string) => boolean;
}

/**
 * Keeps source from the registry, unless it may import from anywhere, and from source maps
 * that are files.
 *
 * @param id Gives the id of the interpreter, for the errors.
 */
export function guardImports(deno: DenoNamespace, id: () => number): void {
  const { permissions } = deno;
  const query = permissions.querySync.bind(permissions);
  const read = deno.readTextFileSync.bind(deno);
  const isGranted = (permission: Readonly<Record<string, string>>) =>
    query(permission).state === "granted";
  const mayImport = isGranted({ name: "import" });
  const refuse = (what: string): never => {
    throw new InterpreterError(`Cannot import ${what}: interpreter ${id()} is sandboxed`);
  };
  const { fileURLToPath } = builtin<typeof import("node:url")>("node:url");
  const isOwn = (url: string) => {
    try {
      return isGranted({ name: "write", path: fileURLToPath(url) });
    } catch {
      // No path; Deno cannot import it either.
      return false;
    }
  };
  const search: Search = { mayImport, refuse, read, isOwn };
  const { registerHooks } = builtin<{ registerHooks: RegisterHooks }>("node:module");
  registerHooks({
    resolve(specifier, context, next) {
      if (!mayImport && matches(IS_PACKAGE, normal(specifier))) refuse(A_PACKAGE);
      const resolved = next(specifier, context);
      const { url } = resolved;
      if (url === null || isData(context)) return resolved;
      if (!mayImport && begins(url, "npm:")) refuse(A_PACKAGE);
      if (begins(url, "blob:")) refuse(A_BLOB);
      checkUrl(url, search, new SafeSet());
      return resolved;
    },
  });
}

/** Whether a module is data: such a module is not run, and imports nothing. */
function isData({ importAttributes }: Context): boolean {
  const type = importAttributes?.type;
  return type === "json" || type === "text" || type === "bytes";
}

function checkUrl(url: string, search: Search, seen: SafeSet<string>): void {
  if (begins(url, "data:")) checkText(contentOf(url, search), { search, seen, base: url });
  else if (begins(url, "file:") && search.isOwn(url)) checkFile(url, search, seen);
}

/** Checks a file that source may write to. */
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
  checkText(text, { search, seen, base: url });
}

/** Checks a module's text, and the files and data that it may import: all names in quotes. */
function checkText(
  bytes: string,
  { search, seen, base }: { search: Search; seen: SafeSet<string>; base: string },
): void {
  const { mayImport, refuse } = search;
  if (matches(WASM, bytes)) refuse("WebAssembly as a module; use WebAssembly.instantiate()");
  const text = edited(bytes, NUL, () => "");
  const plain = normal(text);
  const decoded = normal(percentDecoded(text));
  if (matches(FOREIGN_MAP, plain) || matches(FOREIGN_MAP, decoded)) {
    refuse("a module whose source map is elsewhere; leave sourceMappingURL out");
  }
  if (matches(FOREIGN_JSX, plain) || matches(FOREIGN_JSX, decoded)) {
    refuse("a module whose JSX comes from a file; name a package in @jsxImportSource");
  }
  if (!mayImport) {
    if (matches(PACKAGE, plain) || matches(PACKAGE, decoded)) refuse(A_PACKAGE);
    // A module may import one that is written into its own text.
    if (matches(/;\s*base64/, decoded)) refuse("a module with data in base64; write it as text");
  }
  for (let at = 0; at < text.length; at++) {
    QUOTED.lastIndex = at;
    const found = match(QUOTED, text);
    if (found === null) continue;
    const name = normal(found[2] ?? "", false);
    if (matches(BLOB, name)) refuse(A_BLOB);
    const data = match(DATA, name)?.[1];
    if (data !== undefined) checkUrl(`data:${apply(slice, data, [5])}`, search, seen);
    else if (matches(PATH, name) && canParse(name, base)) {
      checkUrl(hrefOf(new URL(name, base)), search, seen);
    }
  }
}

function hrefOf(url: URL): string {
  // The getter as it was: source may have put another into its place.
  return getHref === undefined ? url.href : apply(getHref, url, []);
}

/** The text of a `data:` module. */
function contentOf(url: string, { refuse }: Search): string {
  if (matches(FOREIGN_CHARSET, url)) refuse("a module in another charset; write it in UTF-8");
  const head = match(BASE64, url);
  if (head === null) return percentDecoded(url);
  try {
    return atob(decodeURIComponent(apply(slice, url, [head[0].length])));
  } catch {
    return url;
  }
}

function percentDecoded(text: string): string {
  return edited(text, PERCENT, ([, code]) => fromHex(code ?? ""));
}

/** A text without escapes, and without what the parser of URLs leaves out. */
function normal(text: string, lowered = true): string {
  const made = edited(text, ESCAPE, (found) => {
    const code = found[1] ?? found[2] ?? found[3];
    if (code !== undefined) return fromHex(code);
    return found[4] === undefined || matches(NOTHING, found[4]) ? "" : found[4];
  });
  return lowered ? apply(lower, made, []) : made;
}

/** A text with other text in the place of what a global pattern matches. */
function edited(text: string, pattern: RegExp, make: (found: RegExpExecArray) => string): string {
  let made = "";
  let end = 0;
  pattern.lastIndex = 0;
  for (let found = match(pattern, text); found !== null; found = match(pattern, text)) {
    made += apply(slice, text, [end, found.index]);
    end = pattern.lastIndex;
    made += make(found);
  }
  return made + apply(slice, text, [end]);
}

function fromHex(digits: string): string {
  const code = +`0x${digits}`;
  return code > 0x10ffff ? "" : fromCodePoint(code);
}

function match(pattern: RegExp, text: string): RegExpExecArray | null {
  return apply(exec, pattern, [text]);
}

function matches(pattern: RegExp, text: string): boolean {
  return match(pattern, text) !== null;
}

function begins(text: string, start: string): boolean {
  return apply(slice, text, [0, start.length]) === start;
}
