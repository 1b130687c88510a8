// Which names a piece of syntax declares, and whether one of them hides a name of the top
// level.

import type { AnyNode, Identifier, Pattern, Program, Statement } from "acorn";

const FUNCTIONS: ReadonlySet<string> = new Set([
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "StaticBlock",
  "PropertyDefinition",
]);

/** Whether code inside these nodes runs in a function, and not in the top level itself. */
export function isInFunction(ancestors: readonly AnyNode[]): boolean {
  // A plain loop: this is asked for each name, in trees that may be thousands of nodes deep.
  for (let index = 0; index < ancestors.length; index++) {
    const node = ancestors[index];
    if (node === undefined || !FUNCTIONS.has(node.type)) continue;
    // A computed name of a field does not run for each instance, only its value does.
    if (node.type !== "PropertyDefinition" || !node.computed) return true;
    if (node.key !== ancestors[index + 1]) return true;
  }
  return false;
}

/** The names that a pattern declares. */
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

/** The names of the top level that cannot be assigned. */
export function constantNames({ body }: Program): ReadonlySet<string> {
  return new Set(
    body.flatMap((statement) =>
      statement.type === "ImportDeclaration"
        ? statement.specifiers.map(({ local }) => local)
        : statement.type === "VariableDeclaration" && statement.kind === "const"
        ? statement.declarations.flatMap(({ id }) => patternNames(id))
        : []
    ).map(({ name }) => name),
  );
}

/** Nodes that may declare names of their own. */
const SCOPES: ReadonlySet<string> = new Set([
  ...["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression", "ClassExpression"],
  ...["BlockStatement", "StaticBlock", "SwitchStatement", "CatchClause"],
  ...["ForStatement", "ForInStatement", "ForOfStatement"],
]);

/** A piece of syntax below the top level that may hide names of the top level. */
export class Scope {
  readonly #node: AnyNode;
  readonly #parent: Scope | undefined;
  readonly #vars = new Set<string>();
  readonly #answers = new Map<string, boolean>();
  #names: ReadonlySet<string> | undefined;

  constructor(node: AnyNode, parent: Scope | undefined) {
    this.#node = node;
    this.#parent = parent;
  }

  /** Adds a `var` that is written in it: it belongs to the function around it. */
  addVar(name: string): void {
    if (FUNCTIONS.has(this.#node.type)) this.#vars.add(name);
    else this.#parent?.addVar(name);
  }

  /** Whether it, or a scope around it, declares the name. To be asked when all names are known. */
  hides(name: string): boolean {
    const known = this.#answers.get(name);
    if (known !== undefined) return known;
    this.#names ??= new Set(namesOf(this.#node).map((own) => own.name));
    const isHidden = this.#names.has(name) || this.#vars.has(name) ||
      this.#parent?.hides(name) === true;
    this.#answers.set(name, isHidden);
    return isHidden;
  }
}

/** The scopes of one tree. Each is made once, however much stands in it. */
export class Scopes {
  readonly #made = new Map<AnyNode, Scope>();

  /** The innermost scope around a place; `undefined` for the top level. */
  around(ancestors: readonly AnyNode[]): Scope | undefined {
    const missing: AnyNode[] = [];
    let scope: Scope | undefined;
    for (let i = ancestors.length - 1; i > 0 && scope === undefined; i--) {
      const node = ancestors[i];
      if (node === undefined || !SCOPES.has(node.type)) continue;
      scope = this.#made.get(node);
      if (scope === undefined) missing.push(node);
    }
    for (const node of missing.toReversed()) {
      scope = new Scope(node, scope);
      this.#made.set(node, scope);
    }
    return scope;
  }
}

function namesOf(node: AnyNode): Identifier[] {
  switch (node.type) {
    case "FunctionDeclaration":
    case "ArrowFunctionExpression":
      return node.params.flatMap(patternNames);
    case "FunctionExpression":
      return [...node.params.flatMap(patternNames), ...(node.id == null ? [] : [node.id])];
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
