// Source text to the scripts that a guest runs, and places in those scripts back to
// places in the source. Scripts have one line more at their head than the source has;
// the guest counts it as line 0.

import { type AnyNode, type FunctionDeclaration, getLineInfo } from "acorn";
import type { Script } from "../protocol/frames.ts";
import { Cache } from "./cache.ts";
import { completionEdits } from "./completion.ts";
import { applyEdits, blank, type Edit, type Position, traceBack } from "./edits.ts";
import { assignFunction, findExport, hoist, type Hoisted } from "./hoist.ts";
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
  const runner = mapped.lastIndexOf("runInThisContext");
  return runner < 0 ? mapped : mapped.slice(0, mapped.lastIndexOf("\n", runner));
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
  const edits = [...hoisted.edits, ...replaced.filter(isOutside).map((one) => replace(one))];
  if (variable !== undefined) edits.push(...completionEdits(program.body, variable));
  if (text.startsWith("#!")) edits.push({ start: 0, end: 2, text: "//" });
  const inFunctions = replaced.filter((one) => !isOutside(one)).map((one) => replace(one));
  const { imports, names } = hoisted;
  const isAsync = found.usesAwait || imports.length > 0;
  const main = wrap(applyEdits(text, edits), { hoisted, usesAwait: found.usesAwait, variable });
  return {
    script: {
      names,
      imports,
      isAsync,
      main,
      prelude: toPrelude(text, hoisted.functions, inFunctions),
    },
    toSource: (place) => {
      const back = traceBack(text, edits, place);
      return parsed.traceBack?.(back) ?? back;
    },
  };
}

/** The head line, and what closes it. */
function wrap(
  body: string,
  { hoisted: { resets, isScoped }, usesAwait, variable }: {
    readonly hoisted: Hoisted;
    readonly usesAwait: boolean;
    readonly variable: string | undefined;
  },
): string {
  const reset = resets.length === 0 ? "" : `${resets.join("=")}=void 0;`;
  if (!usesAwait && !isScoped && variable === undefined) return `"use strict";${reset}\n${body}`;
  const [declared, returned] = variable === undefined
    ? ["", ""]
    : [`let ${variable};`, `;return ${variable};`];
  const async = usesAwait ? "async " : "";
  return `"use strict";${reset}(${async}()=>{${declared}\n${body}\n${returned}})()`;
}

/** The function declarations alone, each at its place; they run before everything else. */
function toPrelude(
  text: string,
  functions: readonly FunctionDeclaration[],
  inside: readonly Edit[],
): string | null {
  if (functions.length === 0) return null;
  const edits = [...inside];
  let at = 0;
  for (const declaration of functions) {
    edits.push(erase(text, at, declaration.start), assignFunction(declaration));
    at = declaration.end;
  }
  edits.push(erase(text, at, text.length));
  return `"use strict";\n${applyEdits(text, edits)}`;
}

function erase(text: string, start: number, end: number): Edit {
  return { start, end, text: blank(text.slice(start, end)) };
}

/** Whether a find is part of the main script: functions of the top level are not. */
function isOutside(found: Found<unknown>): boolean {
  return statementOf(found)?.type !== "FunctionDeclaration";
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
  const { line, column } = getLineInfo(text, found.start);
  const place = { line, column };
  throw syntaxErrorAt(
    "Cannot export from source: what it declares at top level stays in the interpreter; remove the word export",
    filename,
    toSource?.(place) ?? place,
  );
}
