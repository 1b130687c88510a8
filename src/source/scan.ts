// One walk over the tree, for all that the rewriting must know of what stands below
// the top level.

import type {
  AnyNode,
  Identifier,
  ModuleDeclaration,
  Pattern,
  Program,
  Statement,
  VariableDeclaration,
} from "acorn";
import { library } from "./libraries.ts";
import { isInFunction, patternNames } from "./scope.ts";

/** A node, and what it stands in, outermost first. */
export interface Found<T> {
  readonly node: T;
  readonly ancestors: readonly AnyNode[];
}

/** What a walk finds. */
export interface Scan {
  /** `await` outside of functions. */
  readonly usesAwait: boolean;
  /** `import(` and `import.meta`. */
  readonly imports: readonly Found<AnyNode>[];
  /** `var` of the top level, wherever it is written. */
  readonly vars: readonly Found<VariableDeclaration>[];
  /** The first `using`. */
  readonly using: VariableDeclaration | undefined;
  /** Names that something is assigned to. */
  readonly targets: readonly Found<Identifier>[];
  /** Every name that occurs, other than where it is imported. */
  readonly names: ReadonlySet<string>;
}

/** Walks over a tree. */
export function scan(program: Program): Scan {
  let usesAwait = false;
  let using: VariableDeclaration | undefined;
  const imports: Found<AnyNode>[] = [];
  const vars: Found<VariableDeclaration>[] = [];
  const targets: Found<Identifier>[] = [];
  const names = new Set<string>();
  const onImport = (node: AnyNode, _: unknown, ancestors: AnyNode[]) => {
    imports.push({ node, ancestors: [...ancestors] });
  };
  const addTargets = (pattern: Pattern, ancestors: AnyNode[]) => {
    for (const node of patternNames(pattern)) targets.push({ node, ancestors: [...ancestors] });
  };
  const onLoop = (
    { left }: { left: VariableDeclaration | Pattern },
    _: unknown,
    ancestors: AnyNode[],
  ) => {
    if (left.type !== "VariableDeclaration") addTargets(left, ancestors);
  };
  library("acorn-walk").ancestor(program, {
    ImportExpression: onImport,
    MetaProperty(node, state, ancestors) {
      if (node.meta.name === "import") onImport(node, state, ancestors);
    },
    AwaitExpression(_node, _state, ancestors) {
      usesAwait ||= !isInFunction(ancestors);
    },
    VariableDeclaration(node, _state, ancestors) {
      if (node.kind === "using" || node.kind === "await using") using ??= node;
      if (isInFunction(ancestors)) return;
      if (node.kind === "await using") usesAwait = true;
      if (node.kind === "var") vars.push({ node, ancestors: [...ancestors] });
    },
    AssignmentExpression({ left }, _state, ancestors) {
      addTargets(left, ancestors);
    },
    UpdateExpression({ argument }, _state, ancestors) {
      if (argument.type === "Identifier") addTargets(argument, ancestors);
    },
    ForInStatement: onLoop,
    ForOfStatement(node, state, ancestors) {
      if (node.await) usesAwait ||= !isInFunction(ancestors);
      onLoop(node, state, ancestors);
    },
    Identifier(node) {
      names.add(node.name);
    },
  });
  return { usesAwait, imports, vars, using, targets, names };
}

/** The statement of the top level that a find stands in. */
export function statementOf(found: Found<unknown>): Statement | ModuleDeclaration | undefined {
  return found.ancestors[1] as Statement | ModuleDeclaration | undefined;
}
