// The value of the last expression, for source that runs inside of a function: what
// can come last is assigned to a variable.

import type { ModuleDeclaration, Statement } from "acorn";
import type { Edit } from "./edits.ts";

/** The edits that assign to `variable` the value that the statements end with. */
export function completionEdits(
  statements: readonly (Statement | ModuleDeclaration)[],
  variable: string,
): Edit[] {
  const edits: Edit[] = [];
  /** Whether a statement of the list can be what the value comes from. */
  const markLast = (list: readonly (Statement | ModuleDeclaration)[]): boolean =>
    list.findLast((statement) => mark(statement)) !== undefined;
  const mark = (statement: Statement | ModuleDeclaration | null | undefined): boolean => {
    switch (statement?.type) {
      case "ExpressionStatement": {
        const { start, end } = statement.expression;
        // The blank is for `else"x"`.
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
