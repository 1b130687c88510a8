// Whether what was typed goes on in the next line: then it ends where the parser wants more.

import type { Excinfo } from "../../../mod.ts";

/** Errors that name where something began, and not where it should have ended. */
const UNTERMINATED = /^Unterminated (template|block comment)/;

/** Whether an error of the source says no more than that it is not at its end yet. */
export function isIncomplete(source: string, { name, message, stack = "" }: Excinfo): boolean {
  if (name !== "SyntaxError") return false;
  if (UNTERMINATED.test(message)) return true;
  const [, line, column] = /:(\d+):(\d+)\)?\s*$/.exec(stack) ?? [];
  if (line === undefined) return false;
  const lines = source.trimEnd().split("\n");
  const last = lines.at(-1) ?? "";
  return Number(line) > lines.length ||
    (Number(line) === lines.length && Number(column) > last.length);
}
