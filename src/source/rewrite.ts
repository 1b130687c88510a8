// Source text to the scripts that a guest runs. Scripts keep the lines of their source:
// what has to stand before it stands in its first line (Bun 1.4 ignores a negative
// `lineOffset`, measured).

import { Script as VmScript } from "node:vm";
import type { AnyNode, FunctionDeclaration } from "acorn";
import type { Script, ScriptPart } from "../protocol/frames.ts";
import { Cache } from "./cache.ts";
import { completionEdits } from "./completion.ts";
import {
  applyEdits,
  blank,
  countLines,
  type Edit,
  fill,
  type Position,
  type Trace,
  traceEdits,
} from "./edits.ts";
import { assignFunction, findExport, hoist, type Hoisted } from "./hoist.ts";
import { library } from "./libraries.ts";
import { parse, type Parsed } from "./parse.ts";
import { keepPositions, type Marked, markOf, markScript } from "./positions.ts";
import { type Found, scan } from "./scan.ts";
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
  /** Its parts, for whoever maps their positions. */
  readonly marked: readonly Marked[];
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
  const prepared = cache.get(source, () => {
    try {
      return rewrite(source, options);
    } catch (error) {
      // What goes down into a tree has nothing else to run out of but its stack.
      throw error instanceof RangeError ? tooDeep(options.filename) : error;
    }
  });
  prepared.marked.forEach(keepPositions);
  return prepared;
}

function rewrite(source: string, { language, wantsValue, filename }: RewriteOptions): Prepared {
  const parsed = parse(source, { language, filename });
  const { text, program } = parsed;
  refuseExports(parsed, filename);
  const found = scan(program);
  if (found.using !== undefined) refuseUsing(parsed, { using: found.using, filename });
  const hoisted = hoist({
    text,
    program,
    scan: found,
    isTyped: language === "typescript",
    isTransformed: parsed.trace !== undefined,
  });
  const variable = wantsValue ? unusedName(text) : undefined;
  const replaced = [...found.imports, ...found.violations];
  const { imports, names, functions } = hoisted;
  const { usesAwait } = found;
  const { head, tail } = wrapping(hoisted, { usesAwait, variable });
  const [inFunctions, outside] = partition(replaced, isInDeclaration);
  const [commentsInFunctions, comments] = partition(
    parsed.comments,
    (edit) => isWithin(functions, edit.start),
  );
  const edits = [
    { start: 0, end: 0, text: head },
    ...hoisted.edits,
    ...outside.map((one) => replace(text, one)),
    ...(variable === undefined ? [] : completionEdits(program.body, variable)),
    ...comments,
    ...(text.startsWith("#!") ? [{ start: 0, end: 2, text: "//" }] : []),
  ];
  const main = toPart(parsed, { edits, tail });
  const inside = [...inFunctions.map((one) => replace(text, one)), ...commentsInFunctions];
  const prelude = functions.length === 0
    ? null
    : toPart(parsed, { edits: functionsAlone(text, functions, inside), tail: "" });
  return {
    script: {
      names,
      imports,
      isAsync: usesAwait || imports.length > 0,
      main: main.part,
      prelude: prelude?.part ?? null,
    },
    marked: prelude === null ? [main.marked] : [main.marked, prelude.marked],
  };
}

/** A part of the script, and the way back from it. */
function toPart(
  { text, trace }: Parsed,
  { edits, tail }: { readonly edits: readonly Edit[]; readonly tail: string },
): { readonly part: ScriptPart; readonly marked: Marked } {
  const marked = markScript(join(traceEdits(text, edits), trace), countLines(text));
  return { part: { text: applyEdits(text, edits) + tail, mark: markOf(marked) }, marked };
}

function join(last: Trace, first: Trace | undefined): Trace {
  if (first === undefined) return last;
  return { size: last.size + first.size, back: (place) => first.back(last.back(place)) };
}

const STRICT = '"use strict";';

/** What stands around the main script. */
function wrapping(
  { resets, isScoped }: Hoisted,
  { usesAwait, variable }: { readonly usesAwait: boolean; readonly variable: string | undefined },
): { readonly head: string; readonly tail: string } {
  const start = STRICT + (resets.length === 0 ? "" : `${resets.join("=")}=void 0;`);
  // Without a value of its own: one that is a promise would be waited for where imports are.
  if (!usesAwait && !isScoped && variable === undefined) return { head: start, tail: "\n;void 0" };
  const opened = `${start}(${usesAwait ? "async " : ""}()=>{`;
  if (variable === undefined) return { head: opened, tail: "\n})()" };
  return { head: `${opened}let ${variable};`, tail: `\n;return ${variable};})()` };
}

/** The function declarations alone, each at its place; they run before everything else. */
function functionsAlone(
  text: string,
  functions: readonly FunctionDeclaration[],
  inside: readonly Edit[],
): Edit[] {
  const edits = [{ start: 0, end: 0, text: STRICT }, ...inside];
  let at = 0;
  for (const declaration of functions) {
    edits.push(erase(text, at, declaration.start));
    // What was minified has nothing between two functions that could end the first.
    if (at === declaration.start) edits.push({ start: at, end: at, text: ";" });
    edits.push(assignFunction(text, declaration));
    at = declaration.end;
  }
  edits.push(erase(text, at, text.length));
  return edits;
}

function erase(text: string, start: number, end: number): Edit {
  return { start, end, text: blank(text.slice(start, end)) };
}

/** Whether a find is part of a function that the top level declares. */
function isInDeclaration(found: Found<unknown>): boolean {
  return found.statement?.type === "FunctionDeclaration";
}

/** Whether a place is in one of the nodes, which are in order. */
function isWithin(nodes: readonly AnyNode[], place: number): boolean {
  let [low, high] = [0, nodes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (nodes[middle]!.end <= place) low = middle + 1;
    else high = middle;
  }
  return (nodes[low]?.start ?? Infinity) <= place;
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

/** What only modules may say becomes what the guest has put there (guest/evaluate.ts). */
function replace(text: string, { node }: Found<AnyNode>): Edit {
  const { start, end } = node;
  switch (node.type) {
    case "ImportExpression":
      return { start, end: start + "import".length, text: "imp·rt" };
    case "MetaProperty":
      return { start, end, text: fill("import·meta", text.slice(start, end)) };
    case "AssignmentExpression": {
      // Not in brackets: these would go on with a line before it.
      const { left } = node;
      const name = text.slice(left.start, left.end);
      const constant = `new class{get c(){return ${name}}set c(v){const·rt=v}}().c`;
      return { start: left.start, end: left.end, text: constant };
    }
    default:
      return { start, end, text: "const·rt" };
  }
}

function unusedName(text: string): string {
  let name = "completion";
  for (const [used] of text.matchAll(/completion_*/g)) {
    if (used.length >= name.length) name = `${used}_`;
  }
  return name;
}

function refuseExports(parsed: Parsed, filename: string): void {
  const found = findExport(parsed.program);
  if (found === undefined) return;
  throw syntaxErrorAt(
    "Cannot export from source: what it declares at top level stays in the interpreter; remove the word export",
    filename,
    placeOf(parsed, found),
  );
}

let hasUsing: boolean | undefined;

/** Otherwise the runtime would complain, in words that do not help. */
function refuseUsing(
  parsed: Parsed,
  { using, filename }: { readonly using: AnyNode; readonly filename: string },
): void {
  hasUsing ??= compiles("{ using x = null; }");
  if (hasUsing) return;
  throw syntaxErrorAt(
    "Cannot declare with using: this runtime does not have it; use Node 24, Deno or Bun, or write try and finally",
    filename,
    placeOf(parsed, using),
  );
}

function compiles(text: string): boolean {
  try {
    return new VmScript(text) instanceof VmScript;
  } catch {
    return false;
  }
}

/** Where a node is in the given source. */
function placeOf({ text, trace }: Parsed, { start }: AnyNode): Position {
  const { line, column } = library("acorn").getLineInfo(text, start);
  return trace?.back({ line, column }) ?? { line, column };
}
