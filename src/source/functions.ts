// Reads the text of a function that is to be called in another interpreter: whether it can be
// called there, and which names it takes from around itself. Only its arguments, the namespace
// of that interpreter and the globals are there. Values of a closure stay behind.

import type { AnyNode, ArrowFunctionExpression, FunctionExpression, Program } from "acorn";
import { type Edit, fill, type Position } from "./edits.ts";
import { COUNTER, HELPERS, isCounter } from "./build_tools.ts";
import { library } from "./libraries.ts";
import { parser } from "./parser.ts";

/** A name that a function takes from around itself, and its first place in the text. */
export interface FreeName extends Position {
  readonly name: string;
}

/** What the text of a function says. */
export interface FunctionText {
  /**
   * The text in brackets, as an expression. In its first line places are one column to the right.
   */
  readonly expression: string;
  /** Names that must exist where it is called, without those of the language. */
  readonly free: readonly FreeName[];
  /**
   * Declarations, in one line, of the helpers of build tools that it calls; empty if there are
   * none.
   */
  readonly helpers: string;
  /** Changes to the expression. */
  readonly edits: readonly Edit[];
}

/**
 * Thrown for a function that cannot be called elsewhere. Its message goes on after "the function".
 */
export class NotCallable extends Error {
  override readonly name = "NotCallable";
}

type AnyFunction = ArrowFunctionExpression | FunctionExpression;

/** The names that a text uses and does not declare, each with its places. */
type Uses = ReadonlyMap<string, readonly AnyNode[]>;

const WRAP = "pass a function that calls it, as in (...args) => object.method(...args)";
const AS_ARGUMENT = "pass what it needs as an argument";

/** The newest version of the language whose scopes `eslint-scope` tells apart. */
const LATEST = 2022;

const IMPORT = "import";
/** The name that replaces `import` inside an interpreter (guest/evaluate.ts). */
const IMPORT_INSIDE = "imp·rt";

/** What Vite writes for a dynamic import in code that it runs itself. */
const VITE_IMPORT = "__vite_ssr_dynamic_import__";

/** Names of the language and of the runtime, as they are before a program adds to them. */
const GLOBALS: ReadonlySet<string> = new Set(["undefined", "eval", ...namesUpwards(globalThis)]);

function namesUpwards(object: object): string[] {
  const above: unknown = Object.getPrototypeOf(object);
  const names = Object.getOwnPropertyNames(object);
  return typeof above === "object" && above !== null ? [...names, ...namesUpwards(above)] : names;
}

/**
 * Reads the text of a function.
 *
 * @throws {NotCallable} It is no function that can be called elsewhere.
 */
export function readFunction(text: string): FunctionText {
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) {
    throw new NotCallable(`is native or bound, and has no text of its own; ${WRAP}`);
  }
  const expression = `(${text}\n)`;
  const program = parseOrRefuse(text, expression);
  const made = functionOf(program);
  const imports = importsOf(made);
  const uses = usesOf(program);
  const counted = countersOf(program, uses);
  const helpers: [name: string, helper: string][] = [];
  const free: [name: string, places: readonly AnyNode[]][] = [];
  for (const [name, places] of uses) {
    const helper = counted.has(name) ? COUNTER : HELPERS.get(name);
    if (helper !== undefined) helpers.push([name, helper]);
    else if (name !== VITE_IMPORT) free.push([name, places]);
  }
  return {
    expression,
    free: free.map(([name, [first]]) => ({ name, ...placeOf(expression, first) })),
    helpers: helpers.length === 0
      ? ""
      : `const ${helpers.map(([name, helper]) => `${name}=${helper}`).join(",")};`,
    edits: [
      ...imports.map(({ start }) => ({ start, end: start + IMPORT.length, text: IMPORT_INSIDE })),
      ...(uses.get(VITE_IMPORT) ?? []).map(({ start, end }) => ({
        start,
        end,
        text: fill(IMPORT_INSIDE, expression.slice(start, end)),
      })),
    ],
  };
}

function parseOrRefuse(text: string, expression: string): Program {
  try {
    return parseText(expression);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new NotCallable(whyNot(text, error));
  }
}

function parseText(text: string): Program {
  // The analysis of scopes compares places by their ranges.
  return parser().parse(text, { ecmaVersion: "latest", sourceType: "module", ranges: true });
}

/** Why a text is no expression. */
function whyNot(text: string, error: SyntaxError): string {
  const asMethod = problemOf(`({${text}\n})`);
  // Then it is a method that lacks nothing but its class.
  if (asMethod === undefined || /Private field|super/.test(asMethod)) return `is a method; ${WRAP}`;
  const [, name] = /Private field '(#[^']*)'/.exec(error.message) ?? [];
  if (name !== undefined) {
    return `uses the private name ${name} of a class that stays behind; ${AS_ARGUMENT}`;
  }
  if (/super/.test(error.message)) return `uses super, and its class stays behind; ${WRAP}`;
  if (/new\.target/.test(error.message)) return `uses new.target; ${AS_ARGUMENT}`;
  return `has a text that cannot be read (${error.message.replace(/ \(\d+:\d+\)$/, "")})`;
}

/** What the parser says against a text; `undefined` if it takes the text. */
function problemOf(text: string): string | undefined {
  try {
    parseText(text);
    return undefined;
  } catch (error) {
    return error instanceof SyntaxError ? error.message : "";
  }
}

/** The function that the text consists of. */
function functionOf({ body: [statement, ...others] }: Program): AnyFunction {
  const made = statement?.type === "ExpressionStatement" && others.length === 0
    ? statement.expression
    : undefined;
  if (made?.type === "ClassExpression") {
    throw new NotCallable("is a class; pass a function that makes an instance inside");
  }
  if (made?.type !== "ArrowFunctionExpression" && made?.type !== "FunctionExpression") {
    throw new NotCallable("has a text that is no function");
  }
  if (made.generator) {
    throw new NotCallable(
      "is a generator; collect what it gives in an array, or put it into a module and import that",
    );
  }
  if (made.type === "ArrowFunctionExpression" && usesThis(made)) {
    throw new NotCallable(`is an arrow function that uses this; ${AS_ARGUMENT}`);
  }
  return made;
}

/** Whether an arrow function uses the `this` of what it stands in. */
function usesThis(arrow: ArrowFunctionExpression): boolean {
  let isFound = false;
  library("acorn-walk").recursive(arrow, undefined, {
    ThisExpression() {
      isFound = true;
    },
    // These have a `this` of their own.
    FunctionDeclaration() {},
    FunctionExpression() {},
    Class({ superClass }, state, visit) {
      if (superClass != null) visit(superClass, state);
    },
  });
  return isFound;
}

/** The dynamic imports in a function. */
function importsOf(made: AnyFunction): AnyNode[] {
  const found: AnyNode[] = [];
  library("acorn-walk").simple(made, {
    ImportExpression(node) {
      found.push(node);
    },
    MetaProperty({ meta }) {
      if (meta.name !== "import") return;
      throw new NotCallable(
        "uses import.meta, which is another one inside; pass import.meta.url as an argument",
      );
    },
  });
  return found;
}

/**
 * Names that the text uses and does not declare: neither names of the language nor names tested by
 * `typeof`.
 */
function usesOf(program: Program): Uses {
  const { globalScope } = library("eslint-scope").analyze(program, {
    ecmaVersion: LATEST,
    sourceType: "module",
  });
  const asked = askedNames(program);
  const uses = new Map<string, AnyNode[]>();
  for (const { identifier } of globalScope.through) {
    const { name } = identifier;
    if (GLOBALS.has(name) || asked.has(name)) continue;
    const known = uses.get(name);
    if (known === undefined) uses.set(name, [identifier]);
    else known.push(identifier);
  }
  return uses;
}

/** Names whose existence the text tests by `typeof`. */
function askedNames(program: Program): ReadonlySet<string> {
  const names = new Set<string>();
  library("acorn-walk").simple(program, {
    UnaryExpression({ operator, argument }) {
      if (operator === "typeof" && argument.type === "Identifier") names.add(argument.name);
    },
  });
  return names;
}

/** Functions by which a coverage tool counts: all that the text does with one is to count. */
function countersOf(program: Program, uses: Uses): ReadonlySet<string> {
  const counts = new Map<string, number>();
  library("acorn-walk").simple(program, {
    MemberExpression({ object, property }) {
      if (object.type !== "CallExpression" || object.callee.type !== "Identifier") return;
      if (property.type !== "Identifier" || !isCounter(object.callee.name, property.name)) return;
      const { name } = object.callee;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
  });
  return new Set([...counts.keys()].filter((name) => uses.get(name)?.length === counts.get(name)));
}

function placeOf(expression: string, node: AnyNode | undefined): Position {
  const { line, column } = library("acorn").getLineInfo(expression, node?.start ?? 0);
  return { line, column: line === 1 ? column - 1 : column };
}
