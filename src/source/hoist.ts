// Hoisting: makes the names of a source's top level last after its run. The guest declares each
// name once, as a variable of the realm, and each declaration of the source becomes an
// assignment to it. Until that runs, a name has the value of the run before: unlike those of
// `let`, it can be read.

import type {
  AnyNode,
  ClassDeclaration,
  FunctionDeclaration,
  ImportDeclaration,
  ModuleDeclaration,
  Program,
  Statement,
  VariableDeclaration,
} from "acorn";
import type { ImportBinding, ScriptImport } from "../protocol/frames.ts";
import { blank, type Edit, fill } from "./edits.ts";
import type { Scan } from "./scan.ts";
import { patternNames } from "./scope.ts";

/** What the top level of a source becomes. */
export interface Hoisted {
  readonly names: readonly string[];
  /** Names that are declared without a value; each run begins with `undefined` for them. */
  readonly resets: readonly string[];
  readonly imports: readonly ScriptImport[];
  readonly functions: readonly FunctionDeclaration[];
  /** Edits of the declarations. */
  readonly edits: readonly Edit[];
  /** Whether the source needs a function around it, because `using` ends with its scope. */
  readonly isScoped: boolean;
}

const LISTS: ReadonlySet<string | undefined> = new Set(["Program", "BlockStatement", "SwitchCase"]);
const LOOPS: ReadonlySet<string | undefined> = new Set([
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
]);

/** Says what to do with each declaration of the top level. */
export function hoist(
  { text, program, scan, isTyped, isTransformed }: {
    readonly text: string;
    readonly program: Program;
    readonly scan: Scan;
    readonly isTyped: boolean;
    /** Whether the stripper has made code of enums and namespaces. */
    readonly isTransformed: boolean;
  },
): Hoisted {
  const names = new Set<string>();
  const resets: string[] = [];
  const imports: ScriptImport[] = [];
  const functions: FunctionDeclaration[] = [];
  const edits: Edit[] = [];
  let isScoped = false;
  const erase = ({ start, end }: AnyNode) =>
    edits.push({ start, end, text: blank(text.slice(start, end)) });

  for (const statement of program.body) {
    switch (statement.type) {
      case "ImportDeclaration": {
        const wanted = toImport(statement, (name) => isTyped && !scan.names.has(name));
        for (const { local } of wanted.bindings) names.add(local);
        imports.push(wanted);
        erase(statement);
        break;
      }
      case "FunctionDeclaration":
        names.add(statement.id.name);
        functions.push(statement);
        erase(statement);
        break;
      case "ClassDeclaration":
        names.add(statement.id.name);
        edits.push(...assignClass(statement));
        break;
      case "ExportNamedDeclaration":
        // Only `export {}` gets here, which marks a file as a module.
        erase(statement);
        break;
      case "VariableDeclaration": {
        const { kind, declarations } = statement;
        if (kind === "using" || kind === "await using") isScoped = true;
        if (kind !== "let" && kind !== "const") break;
        for (const { id, init } of declarations) {
          for (const { name } of patternNames(id)) {
            names.add(name);
            if (init == null) resets.push(name);
          }
        }
        edits.push(...assignVariables(statement, program));
        break;
      }
      default:
        break;
    }
  }
  for (const { node, parent } of scan.vars) {
    for (const { id } of node.declarations) {
      for (const { name } of patternNames(id)) names.add(name);
    }
    edits.push(...assignVariables(node, parent));
  }
  if (isTransformed) {
    const declared = new Set(functions.map(({ id }) => id.name));
    resets.push(...enumNames(program).filter((name) => !declared.has(name)));
  }
  return { names: [...names], resets, imports, functions, edits, isScoped };
}

/**
 * The names of enums and namespaces. Two of one name are merged within one source, but never
 * with what an earlier run declared.
 */
function enumNames(program: Program): string[] {
  return program.body.flatMap((statement) => {
    const expressions = statement.type === "VariableDeclaration"
      ? statement.declarations.map(({ init }) => init)
      : statement.type === "ExpressionStatement"
      ? [statement.expression]
      : [];
    return expressions.flatMap((call) => {
      if (call?.type !== "CallExpression" || call.callee.type !== "FunctionExpression") return [];
      const [parameter] = call.callee.params;
      const [argument] = call.arguments;
      if (parameter?.type !== "Identifier" || argument?.type !== "LogicalExpression") return [];
      const { left } = argument;
      return left.type === "Identifier" && left.name === parameter.name ? [left.name] : [];
    });
  });
}

/** `class A {}` → `;A=class A {};` */
function assignClass({ id, start, end }: ClassDeclaration): Edit[] {
  return [{ start, end: start, text: `;${id.name}=` }, { start: end, end, text: ";" }];
}

/**
 * `let a = 1, b` → `;   a = 1, b`. In a list of statements the `;` ends the statement before,
 * which may have none.
 */
function assignVariables(
  { kind, start, end, declarations }: VariableDeclaration,
  parent: AnyNode | undefined,
): Edit[] {
  const isListed = LISTS.has(parent?.type);
  const keyword = isListed ? ";".padEnd(kind.length) : " ".repeat(kind.length);
  const edits: Edit[] = [{ start, end: start + kind.length, text: keyword }];
  const [first] = declarations;
  const last = declarations.at(-1);
  if (parent?.type === "ForOfStatement" && first?.id.type === "Identifier") {
    // `for (async of` is a syntax error, `for ((async) of` is none.
    edits.push({ start: first.start, end: first.start, text: "(" });
    edits.push({ start: first.end, end: first.end, text: ")" });
  }
  if (LOOPS.has(parent?.type) || first === undefined || last === undefined) return edits;
  if (first.id.type === "ObjectPattern") {
    // An assignment to a pattern may not begin with a brace.
    edits.push({ start: first.start, end: first.start, text: "(" });
    edits.push({ start: last.end, end: last.end, text: ")" });
  }
  if (last.end === end) edits.push({ start: end, end, text: ";" });
  return edits;
}

/** `function f(a) {}` → `f=function (a) {}`, of the same length if there is a blank to spare. */
export function assignFunction(
  text: string,
  { id, async, generator, start }: FunctionDeclaration,
): Edit {
  const head = `${id.name}=${async ? "async " : ""}function${generator ? "*" : ""}`;
  return { start, end: id.end, text: fill(head, text.slice(start, id.end)) };
}

function toImport(
  { source, specifiers, attributes }: ImportDeclaration,
  isOptional: (local: string) => boolean,
): ScriptImport {
  const bindings = specifiers.map((specifier): ImportBinding => {
    const local = specifier.local.name;
    const optional = isOptional(local);
    if (specifier.type === "ImportNamespaceSpecifier") return { imported: "*", local, optional };
    if (specifier.type === "ImportDefaultSpecifier") {
      return { imported: "default", local, optional };
    }
    const { imported } = specifier;
    const name = imported.type === "Identifier" ? imported.name : String(imported.value);
    return { imported: name, local, optional };
  });
  const wanted = { specifier: String(source.value), bindings };
  if (attributes.length === 0) return wanted;
  const entries = attributes.map(({ key, value }): [string, string] => [
    key.type === "Identifier" ? key.name : String(key.value),
    String(value.value),
  ]);
  return { ...wanted, attributes: Object.fromEntries(entries) };
}

/** The first statement that exports something, which a source may not. */
export function findExport(program: Program): Statement | ModuleDeclaration | undefined {
  return program.body.find((statement) => {
    if (statement.type === "ExportNamedDeclaration") {
      return statement.declaration !== null || statement.specifiers.length > 0 ||
        statement.source !== null;
    }
    return statement.type === "ExportDefaultDeclaration" ||
      statement.type === "ExportAllDeclaration";
  });
}
