// Source text to the scripts that a guest runs, and places in those scripts back to
// places in the source. Scripts keep the lines of their source: what has to stand before
// it stands in its first line (Bun 1.4 ignores a negative `lineOffset`, measured).

import type { AnyNode, FunctionDeclaration } from "acorn";
import type { Script } from "../protocol/frames.ts";
import { Cache } from "./cache.ts";
import { completionEdits } from "./completion.ts";
import { applyEdits, blank, type Edit, type Position, traceBack } from "./edits.ts";
import { assignFunction, findExport, hoist, type Hoisted } from "./hoist.ts";
import { library } from "./libraries.ts";
import { parse, type Parsed } from "./parse.ts";
import { type Found, scan, statementOf } from "./scan.ts";
import { syntaxErrorAt, tooDeep } from "./syntax_error.ts";

/** How to rewrite a source. */
export interface RewriteOptions {
  readonly language: string;
  /** The main script gives the value of the last expression. */
  readonly wantsValue: boolean;
  /** For the stack of a SyntaxError. */
  readonly filename: string;
}

/** A rewritten source. */
export interface Prepared {
  readonly script: Script;
  /** Where a place of the script is in the source. */
  readonly toSource: (place: Position) => Position;
}

const LIMITS = { maxEntries: 256, maxChars: 2 ** 23 };
const caches = new Map<string, Cache<Prepared>>();

/**
 * Rewrites a source, or takes it from the cache.
 *
 * @throws {SyntaxError} Its stack is the place in the source.
 */
export function prepare(source: string, options: RewriteOptions): Prepared {
  const { language, wantsValue } = options;
  const kind = `${language} ${wantsValue}`;
  let cache = caches.get(kind);
  if (cache === undefined) {
    cache = new Cache(LIMITS);
    caches.set(kind, cache);
  }
  return cache.get(source, () => {
    try {
      return rewrite(source, options);
    } catch (error) {
      // What goes down into a tree has nothing else to run out of but its stack.
      throw error instanceof RangeError ? tooDeep(options.filename) : error;
    }
  });
}

/** A stack whose places in the file are those of the source, without the frames that ran it. */
export function mapStack(stack: string, filename: string, { toSource }: Prepared): string {
  const place = new RegExp(`(?<=${escape(filename)}:)(\\d+):(\\d+)`, "g");
  const mapped = stack.replace(place, (_, line: string, column: string) => {
    const source = toSource({ line: Number(line), column: Number(column) - 1 });
    return `${source.line}:${source.column + 1}`;
  });
  const lines = mapped.split("\n");
  const runner = lines.findLastIndex((line) => line.includes("runInThisContext"));
  // Deno has a frame of its own above it.
  const end = lines[runner - 1]?.includes("Script.#runInContext") ? runner - 1 : runner;
  return runner < 0 ? mapped : lines.slice(0, end).join("\n");
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function rewrite(source: string, { language, wantsValue, filename }: RewriteOptions): Prepared {
  const parsed = parse(source, { language, filename });
  const { text, program } = parsed;
  refuseExports(parsed, filename);
  const found = scan(program);
  const hoisted = hoist({ text, program, scan: found, isTyped: language === "typescript" });
  const variable = wantsValue ? unusedName(text) : undefined;
  const replaced = [...found.imports, ...hoisted.violations];
  const { imports, names, functions } = hoisted;
  const { usesAwait } = found;
  const { head, tail } = wrapping(hoisted, { usesAwait, variable });
  const [inFunctions, outside] = partition(replaced, isInDeclaration);
  const edits = [
    { start: 0, end: 0, text: head },
    ...hoisted.edits,
    ...outside.map(replace),
    ...(variable === undefined ? [] : completionEdits(program.body, variable)),
    ...(text.startsWith("#!") ? [{ start: 0, end: 2, text: "//" }] : []),
  ];
  const main = applyEdits(text, edits) + tail;
  // Both scripts have a head of the same length, so that places are traced back alike.
  const prelude = functions.length === 0
    ? null
    : STRICT.padEnd(head.length) + functionsAlone(text, functions, inFunctions.map(replace));
  return {
    script: { names, imports, isAsync: usesAwait || imports.length > 0, main, prelude },
    toSource: (place) => {
      const back = traceBack(text, edits, place);
      return parsed.traceBack?.(back) ?? back;
    },
  };
}

const STRICT = '"use strict";';

/** What stands around the main script. */
function wrapping(
  { resets, isScoped }: Hoisted,
  { usesAwait, variable }: { readonly usesAwait: boolean; readonly variable: string | undefined },
): { readonly head: string; readonly tail: string } {
  const start = STRICT + (resets.length === 0 ? "" : `${resets.join("=")}=void 0;`);
  if (!usesAwait && !isScoped && variable === undefined) return { head: start, tail: "" };
  const opened = `${start}(${usesAwait ? "async " : ""}()=>{`;
  if (variable === undefined) return { head: opened, tail: "\n})()" };
  return { head: `${opened}let ${variable};`, tail: `\n;return ${variable};})()` };
}

/** The function declarations alone, each at its place; they run before everything else. */
function functionsAlone(
  text: string,
  functions: readonly FunctionDeclaration[],
  inside: readonly Edit[],
): string {
  const edits = [...inside];
  let at = 0;
  for (const declaration of functions) {
    edits.push(erase(text, at, declaration.start), assignFunction(declaration));
    at = declaration.end;
  }
  edits.push(erase(text, at, text.length));
  return applyEdits(text, edits);
}

function erase(text: string, start: number, end: number): Edit {
  return { start, end, text: blank(text.slice(start, end)) };
}

/** Whether a find is part of a function that the top level declares. */
function isInDeclaration(found: Found<unknown>): boolean {
  return statementOf(found)?.type === "FunctionDeclaration";
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

/** What only modules may say becomes what the guest has put there (guest/evaluate.ts). */
function replace({ node: { type, start, end } }: Found<AnyNode>): Edit {
  switch (type) {
    case "ImportExpression":
      return { start, end: start + "import".length, text: "imp_rt" };
    case "MetaProperty":
      return { start, end, text: "import_meta".padEnd(end - start) };
    default:
      return { start, end, text: "const_rt" };
  }
}

function unusedName(text: string): string {
  let name = "completion";
  while (text.includes(name)) name += "_";
  return name;
}

function refuseExports({ text, program, traceBack: toSource }: Parsed, filename: string): void {
  const found = findExport(program);
  if (found === undefined) return;
  const { line, column } = library("acorn").getLineInfo(text, found.start);
  const place = { line, column };
  throw syntaxErrorAt(
    "Cannot export from source: what it declares at top level stays in the interpreter; remove the word export",
    filename,
    toSource?.(place) ?? place,
  );
}
