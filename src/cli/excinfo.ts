// What source threw, as text: its own stack, its properties, its causes and its members, and
// nothing of this program.

import { inspect } from "node:util";
import type { Excinfo } from "../../mod.ts";

/** What source of this program's own is called inside; frames of it are not shown. */
export const HIDDEN = "subinterpreters:run";
const HIDDEN_ALWAYS = [HIDDEN, "<function subinterpretersInside>"];

/** The error as a runtime prints one that nobody caught. */
export function formatExcinfo(excinfo: Excinfo, colors: boolean): string {
  return `Uncaught ${describe(excinfo, colors)}\n`;
}

function describe(excinfo: Excinfo, colors: boolean): string {
  const { name, message, stack, cause, errors = [], properties } = excinfo;
  const head = message === "" ? name : `${name}: ${message}`;
  if (name === "Uncaught") return message;
  // Stacks of JavaScriptCore do not begin with the error itself.
  const text = stack === undefined || stack === ""
    ? head
    : stack.startsWith(name)
    ? stack
    : `${head}\n${stack}`;
  const parts = [
    ...properties === undefined || Object.keys(properties).length === 0
      ? []
      : [`  properties: ${indent(inspect(properties, { colors }))}`],
    ...cause === undefined ? [] : [`  [cause]: ${indent(describe(cause, colors))}`],
    ...errors.map((one, index) => `  [errors][${index}]: ${indent(describe(one, colors))}`),
  ];
  const lines = text.trimEnd().split("\n").filter((line) =>
    !HIDDEN_ALWAYS.some((own) => line.includes(own))
  );
  return [...lines, ...parts].join("\n");
}

function indent(text: string): string {
  return text.replaceAll("\n", "\n  ");
}

/**
 * The error with other columns: text that stood in front of what was typed is taken off.
 *
 * @param moved Where that text stood, and how long it was.
 */
export function withoutPrefix(
  excinfo: Excinfo,
  moved: {
    readonly filename: string;
    readonly line: number;
    readonly column: number;
    readonly by: number;
  },
): Excinfo {
  const { stack, cause, errors } = excinfo;
  const start = `${moved.filename}:${moved.line}:`;
  const mended = stack?.split("\n").map((line) => {
    const at = line.lastIndexOf(start);
    const column = Number.parseInt(line.slice(at + start.length), 10);
    if (at < 0 || !(column > moved.column)) return line;
    const rest = line.slice(at + start.length).replace(/^\d+/, "");
    return `${line.slice(0, at)}${start}${Math.max(moved.column, column - moved.by)}${rest}`;
  });
  return {
    ...excinfo,
    ...mended === undefined ? {} : { stack: mended.join("\n") },
    ...cause === undefined ? {} : { cause: withoutPrefix(cause, moved) },
    ...errors === undefined ? {} : { errors: errors.map((one) => withoutPrefix(one, moved)) },
  };
}
