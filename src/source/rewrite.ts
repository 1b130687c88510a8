// From a source to the scripts that a guest runs. A script keeps the lines of its source:
// whatever must stand before the source stands in its first line, because Bun 1.4 ignores a
// negative `lineOffset` (measured; oven-sh/bun#38248).

import { Script as VmScript } from "node:vm";
import type { AnyNode, FunctionDeclaration } from "acorn";
import { toOutline } from "../protocol/outline.ts";
import { isQuickToParse, TooCostly } from "./bounds.ts";
import { completionEdits } from "./completion.ts";
import {
  applyEdits,
  blank,
  countLines,
  type Edit,
  fill,
  type Position,
  traceEdits,
} from "./edits.ts";
import { NO_EXPORTS } from "./hints.ts";
import { assignFunction, findExport, hoist, type Hoisted } from "./hoist.ts";
import { library } from "./libraries.ts";
import { parse, type Parsed, parseObject } from "./parse.ts";
import { rewriteFunction } from "./rewrite_function.ts";
import { type Found, scan } from "./scan.ts";
import { syntaxErrorAt, tooDeep } from "./syntax_error.ts";
import { type Steps, toTrace } from "./trace.ts";

/** How to rewrite a source. */
export interface RewriteOptions {
  readonly language: string;
  /** Whether the main script gives the value of the last expression. */
  readonly wantsValue: boolean;
  /** The source is the text of a function, which the main script gives. */
  readonly isFunction?: boolean;
  /** The filename in the stack of a SyntaxError. */
  readonly filename: string;
}

/** A rewritten source, as plain data that threads can pass on. */
export interface Rewritten {
  readonly outline: string;
  readonly isAsync: boolean;
  readonly main: RewrittenPart;
  readonly prelude: RewrittenPart | null;
}

/** One script of a rewritten source. */
export interface RewrittenPart {
  readonly text: string;
  /** The way back to places of the source. */
  readonly steps: Steps;
  /** The last line that has anything of the source. */
  readonly lastLine: number;
}

/**
 * Rewrites a source.
 *
 * @throws {SyntaxError} Its stack is the place in the source.
 * @throws {TooCostly} It may take long, and `isBounded` says that it must not.
 * @throws {NotCallable} It is to be a function, and is none that can be called elsewhere.
 */
export function rewrite(
  source: string,
  options: RewriteOptions & { readonly isBounded: boolean },
): Rewritten {
  try {
    if (options.isFunction) {
      if (options.isBounded && !isQuickToParse(source)) throw new TooCostly();
      return rewriteFunction(source, options.filename);
    }
    const object = options.wantsValue ? parseObject(source, options) : undefined;
    return rewriteParsed(object ?? parse(source, options), options);
  } catch (error) {
    // Here nothing but the stack can run out: all of this recurses into a tree.
    throw error instanceof RangeError ? tooDeep(options.filename) : error;
  }
}

function rewriteParsed(
  parsed: Parsed,
  { language, wantsValue, filename }: RewriteOptions,
): Rewritten {
  const { text, program } = parsed;
  refuseExports(parsed, filename);
  const found = scan(program);
  if (found.using !== undefined) refuseUsing(parsed, { using: found.using, filename });
  const hoisted = hoist({
    text,
    program,
    scan: found,
    isTyped: language === "typescript",
    isTransformed: parsed.steps.some(({ kind }) => kind === "places"),
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
  const inside = [...inFunctions.map((one) => replace(text, one)), ...commentsInFunctions];
  return {
    outline: toOutline({ names, imports }),
    isAsync: usesAwait || imports.length > 0,
    main: toPart(parsed, { edits, tail }),
    prelude: functions.length === 0
      ? null
      : toPart(parsed, { edits: functionsAlone(text, functions, inside), tail: "" }),
  };
}

/** One script, and the way back from it. */
function toPart(
  { text, steps }: Parsed,
  { edits, tail }: { readonly edits: readonly Edit[]; readonly tail: string },
): RewrittenPart {
  return {
    text: applyEdits(text, edits) + tail,
    steps: [{ kind: "moves", numbers: traceEdits(text, edits) }, ...steps],
    lastLine: countLines(text),
  };
}

const STRICT = '"use strict";';

/** What stands before and after the main script. */
function wrapping(
  { resets, isScoped }: Hoisted,
  { usesAwait, variable }: { readonly usesAwait: boolean; readonly variable: string | undefined },
): { readonly head: string; readonly tail: string } {
  const start = STRICT + (resets.length === 0 ? "" : `${resets.join("=")}=void 0;`);
  // The script must have no value of its own: where there are imports, a promise would be awaited.
  if (!usesAwait && !isScoped && variable === undefined) return { head: start, tail: "\n;void 0" };
  const opened = `${start}(${usesAwait ? "async " : ""}()=>{`;
  if (variable === undefined) return { head: opened, tail: "\n})()" };
  return { head: `${opened}let ${variable};`, tail: `\n;return ${variable};})()` };
}

/**
 * Edits that leave nothing but the function declarations, each at its place. They run first of all.
 */
function functionsAlone(
  text: string,
  functions: readonly FunctionDeclaration[],
  inside: readonly Edit[],
): Edit[] {
  const edits = [{ start: 0, end: 0, text: STRICT }, ...inside];
  let at = 0;
  for (const declaration of functions) {
    edits.push(erase(text, at, declaration.start));
    // In minified source nothing may stand between two functions that could end the first.
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

/** Whether something stands in a function that the top level declares. */
function isInDeclaration(found: Found<unknown>): boolean {
  return found.statement?.type === "FunctionDeclaration";
}

/** Whether a place is in one of the nodes, which are in order. */
function isWithin(nodes: readonly AnyNode[], place: number): boolean {
  let [low, high] = [0, nodes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((nodes[middle]?.end ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return (nodes[low]?.start ?? Infinity) <= place;
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

/** Replaces what only modules may have by names that the guest provides (guest/evaluate.ts). */
function replace(text: string, { node }: Found<AnyNode>): Edit {
  const { start, end } = node;
  switch (node.type) {
    case "ImportExpression":
      return { start, end: start + "import".length, text: "imp·rt" };
    case "MetaProperty":
      return { start, end, text: fill("import·meta", text.slice(start, end)) };
    case "AssignmentExpression": {
      // Not in brackets, which would continue the line before.
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
  throw syntaxErrorAt(NO_EXPORTS, filename, placeOf(parsed, found));
}

let hasUsing: boolean | undefined;

/** Refuses `using` where the runtime does not have it: its own error would not help. */
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
function placeOf({ text, steps }: Parsed, { start }: AnyNode): Position {
  return toTrace(steps).back(library("acorn").getLineInfo(text, start));
}
