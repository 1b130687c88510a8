// Type arguments that look like JavaScript. `f<T>(x)` and the like are the only TypeScript with
// types that is also JavaScript, where it means comparisons.

import type { BinaryExpression, Program } from "acorn";
import { library } from "./libraries.ts";

/** Whether a tree has comparisons that may be type arguments. */
export function looksGeneric(program: Program, text: string): boolean {
  if (!text.includes("<")) return false;
  let found = false;
  library("acorn-walk").simple(program, {
    BinaryExpression(node) {
      found ||= isSuspect(node, text);
    },
  });
  return found;
}

function isSuspect({ operator, left, right }: BinaryExpression, text: string): boolean {
  if (operator !== ">" && operator !== ">>" && operator !== ">>>") return false;
  // `a < b > c` makes no sense as a comparison.
  if (left.type === "BinaryExpression" && left.operator === "<") return true;
  // A comparison is hardly ever written without a blank, as `a >(b)`.
  const after = text.slice(left.end, right.start + 1);
  return />[(`]/.test(after);
}
