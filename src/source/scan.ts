// One walk over a syntax tree, for all that rewriting must know about what stands below the top
// level.

import type {
  AnyNode,
  AssignmentExpression,
  Identifier,
  Pattern,
  Program,
  VariableDeclaration,
} from "acorn";
import { library } from "./libraries.ts";
import { constantNames, isInFunction, patternNames, type Scope, Scopes } from "./scope.ts";

/**
 * A node and where it stands. Not all its ancestors: for a deep tree these would not fit into
 * memory.
 */
export interface Found<T> {
  readonly node: T;
  readonly parent: AnyNode | undefined;
  /** The statement of the top level that it is part of. */
  readonly statement: AnyNode | undefined;
}

/** What a walk finds. */
export interface Scan {
  /** Whether there is an `await` outside functions. */
  readonly usesAwait: boolean;
  /** Each `import(` and `import.meta`. */
  readonly imports: readonly Found<AnyNode>[];
  /** Each `var` of the top level, wherever it is written. */
  readonly vars: readonly Found<VariableDeclaration>[];
  /** The first `using`. */
  readonly using: VariableDeclaration | undefined;
  /**
   * Assignments to constants of the top level. Of `a ||= b` it is the whole, which may not assign
   * at all.
   */
  readonly violations: readonly Found<Identifier | AssignmentExpression>[];
  /** Each name that occurs, except where it is imported. */
  readonly names: ReadonlySet<string>;
}

interface Target extends Found<Identifier | AssignmentExpression> {
  readonly name: string;
  readonly scope: Scope | undefined;
}

const LOGICAL: ReadonlySet<string> = new Set(["||=", "&&=", "??="]);

/** Walks over a tree. */
export function scan(program: Program): Scan {
  let usesAwait = false;
  let using: VariableDeclaration | undefined;
  const imports: Found<AnyNode>[] = [];
  const vars: Found<VariableDeclaration>[] = [];
  const constants = constantNames(program);
  const scopes = new Scopes();
  const targets: Target[] = [];
  const names = new Set<string>();
  const onImport = (node: AnyNode, _: unknown, ancestors: AnyNode[]) => {
    imports.push(foundIn(ancestors, node));
  };
  const addTargets = (
    pattern: Pattern,
    ancestors: AnyNode[],
    assignment?: AssignmentExpression,
  ) => {
    for (const target of patternNames(pattern)) {
      const { name } = target;
      if (!constants.has(name)) continue;
      const scope = scopes.around(ancestors);
      targets.push({ ...foundIn(ancestors, assignment ?? target), name, scope });
    }
  };
  const addVars = ({ declarations }: VariableDeclaration, ancestors: AnyNode[]) => {
    for (const { name } of declarations.flatMap(({ id }) => patternNames(id))) {
      if (constants.has(name)) scopes.around(ancestors)?.addVar(name);
    }
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
      if (isInFunction(ancestors)) {
        if (node.kind === "var") addVars(node, ancestors);
        return;
      }
      if (node.kind === "await using") usesAwait = true;
      if (node.kind === "var") vars.push(foundIn(ancestors, node));
    },
    AssignmentExpression(node, _state, ancestors) {
      addTargets(node.left, ancestors, LOGICAL.has(node.operator) ? node : undefined);
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
  const violations = targets.filter(({ name, scope }) => scope?.hides(name) !== true);
  return { usesAwait, imports, vars, using, violations, names };
}

function foundIn<T>(ancestors: readonly AnyNode[], node: T): Found<T> {
  return { node, parent: ancestors.at(-2), statement: ancestors[1] };
}
