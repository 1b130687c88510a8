// Which names a piece of syntax declares, and whether one of them hides a name of the
// top level.

import type { AnyNode, Function as FunctionNode, Identifier, Pattern, Statement } from "acorn";
import { library } from "./libraries.ts";

const FUNCTIONS: ReadonlySet<string> = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "StaticBlock",
  "PropertyDefinition",
]);

/** Whether code that stands in all these is not run by the top level itself. */
export function isInFunction(ancestors: readonly AnyNode[]): boolean {
  return ancestors.some((node, index) =>
    // The name of a field that is computed is not part of what runs for each instance.
    FUNCTIONS.has(node.type) &&
    !(node.type === "PropertyDefinition" && node.computed && node.key === ancestors[index + 1])
  );
}

/** The names in a pattern. */
export function patternNames(pattern: Pattern | null): Identifier[] {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        patternNames(property.type === "Property" ? property.value : property.argument)
      );
    case "ArrayPattern":
      return pattern.elements.flatMap(patternNames);
    case "RestElement":
      return patternNames(pattern.argument);
    case "AssignmentPattern":
      return patternNames(pattern.left);
    default:
      return [];
  }
}

/** Whether something that the place stands in declares the name, below the top level. */
export function isHidden(name: string, ancestors: readonly AnyNode[]): boolean {
  return ancestors.slice(1).some((node) => namesOf(node).some((own) => own.name === name));
}

function namesOf(node: AnyNode): Identifier[] {
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return functionNames(node);
    case "ClassExpression":
      return node.id == null ? [] : [node.id];
    case "BlockStatement":
    case "StaticBlock":
      return node.body.flatMap(lexicalNames);
    case "SwitchStatement":
      return node.cases.flatMap((one) => one.consequent.flatMap(lexicalNames));
    case "ForStatement":
      return node.init?.type === "VariableDeclaration" ? lexicalNames(node.init) : [];
    case "ForInStatement":
    case "ForOfStatement":
      return node.left.type === "VariableDeclaration" ? lexicalNames(node.left) : [];
    case "CatchClause":
      return patternNames(node.param ?? null);
    default:
      return [];
  }
}

function lexicalNames(statement: Statement): Identifier[] {
  switch (statement.type) {
    case "VariableDeclaration":
      return statement.kind === "var"
        ? []
        : statement.declarations.flatMap(({ id }) => patternNames(id));
    case "FunctionDeclaration":
    case "ClassDeclaration":
      return [statement.id];
    default:
      return [];
  }
}

function functionNames(node: FunctionNode): Identifier[] {
  const names = node.params.flatMap(patternNames);
  if (node.type === "FunctionExpression" && node.id != null) names.push(node.id);
  library("acorn-walk").ancestor(node.body, {
    VariableDeclaration({ kind, declarations }, _state, ancestors) {
      if (kind !== "var" || isInFunction(ancestors)) return;
      names.push(...declarations.flatMap(({ id }) => patternNames(id)));
    },
  });
  return names;
}
