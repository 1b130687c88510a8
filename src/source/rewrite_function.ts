// From the text of a function to a script whose value is that function.

import { toOutline } from "../protocol/outline.ts";
import { applyEdits, countLines, type Edit, traceEdits } from "./edits.ts";
import { remedyFor } from "./build_tools.ts";
import { readFunction } from "./functions.ts";
import type { Rewritten } from "./rewrite.ts";

/**
 * Rewrites the text of a function.
 *
 * @param filename What stack traces call it.
 * @throws {NotCallable} It is no function that can be called elsewhere.
 */
export function rewriteFunction(text: string, filename: string): Rewritten {
  const { expression, free, helpers, edits } = readFunction(text);
  const [open, close] = helpers === "" ? ["", ""] : [`{${helpers}`, "}"];
  const all: Edit[] = [{ start: 0, end: 0, text: `"use strict";${open}` }, ...edits];
  const needs = free.map(({ name, line, column }) => ({
    name,
    line,
    column: column + 1,
    remedy: remedyFor(name, filename),
  }));
  return {
    outline: toOutline({ names: [], imports: [], needs }),
    isAsync: false,
    main: {
      text: applyEdits(expression, all) + close,
      steps: [
        { kind: "moves", numbers: traceEdits(expression, all) },
        { kind: "moves", numbers: traceEdits(text, [{ start: 0, end: 0, text: "(" }]) },
      ],
      lastLine: countLines(text),
    },
    prelude: null,
  };
}
