// The value of a source's last expression. The source runs inside a function, so each
// expression that can come last is assigned to a variable.

import type { ModuleDeclaration, Statement } from "acorn";
import type { Edit } from "./edits.ts";

/** The edits that assign the value of the last expression to `variable`. */
export function completionEdits(
  statements: readonly (Statement | ModuleDeclaration)[],
  variable: string,
): Edit[] {
  const edits: Edit[] = [];
  /** Marks the last statement of a list that can give the value; says whether there is one. */
  const markLast = (list: readonly (Statement | ModuleDeclaration)[]): boolean =>
    list.findLast((statement) => mark(statement)) !== undefined;
  const mark = (statement: Statement | ModuleDeclaration | null | undefined): boolean => {
    switch (statement?.type) {
      case "ExpressionStatement": {
        const { start, end } = statement.expression;
        // The blank is for `else"x"`: the `else` must stay a word of its own.
        edits.push({ start, end: start, text: ` ${variable}=(` }, { start: end, end, text: ")" });
        return true;
      }
      case "BlockStatement":
        return markLast(statement.body);
      case "IfStatement":
        mark(statement.consequent);
        mark(statement.alternate);
        return true;
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
      case "WhileStatement":
      case "DoWhileStatement":
      case "LabeledStatement":
        mark(statement.body);
        return true;
      case "TryStatement":
        markLast(statement.block.body);
        markLast(statement.handler?.body.body ?? []);
        return true;
      case "SwitchStatement":
        for (const { consequent } of statement.cases) markLast(consequent);
        return true;
      default:
        return false;
    }
  };
  markLast(statements);
  return edits;
}
