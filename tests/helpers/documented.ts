// What the docstrings of a door say, as `deno doc` reads them.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface TsType {
  readonly kind: string;
  readonly value?: unknown;
}

interface Tag {
  readonly kind: string;
  readonly tsType?: TsType;
  readonly doc?: string;
}

interface Member {
  readonly name: string;
  readonly kind?: string;
  readonly jsDoc?: { readonly doc?: string; readonly tags?: readonly Tag[] };
  readonly functionDef?: { readonly returnType?: { readonly repr: string } };
}

interface Declaration extends Omit<Member, "name" | "kind"> {
  readonly kind: string;
  readonly def?: {
    readonly constructors?: readonly Member[];
    readonly methods?: readonly Member[];
    readonly returnType?: { readonly repr: string };
  };
}

interface Documentation {
  readonly nodes: Readonly<
    Record<string, {
      readonly symbols: readonly {
        readonly name: string;
        readonly declarations: readonly Declaration[];
      }[];
    }>
  >;
}

/** One function, constructor, method, getter or constant that users see. */
export interface Documented {
  /** `create`, `new Interpreter`, `Interpreter.run`. */
  readonly name: string;
  readonly kind: "function" | "constructor" | "method" | "getter" | "constant";
  readonly text: string;
  /** The kinds of the sections behind the text, in their order. */
  readonly sections: readonly string[];
  /** Names of the classes that it says it throws. */
  readonly throws: readonly string[];
  /** The examples of its own, and those of its class. */
  readonly examples: readonly string[];
  readonly isPromise: boolean;
}

/** All of them, in the order of the door. */
export function documented(door: string = "mod.ts"): Documented[] {
  const deno = join(root, "node_modules", ".bin", "deno");
  const output = execFileSync(deno, ["doc", "--json", door], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { nodes } = JSON.parse(output) as Documentation;
  return Object.values(nodes).flatMap(({ symbols }) =>
    symbols.flatMap(({ name, declarations }) =>
      declarations.flatMap((declaration) => membersOf(name, declaration))
    )
  );
}

function membersOf(name: string, { kind, jsDoc, def }: Declaration): Documented[] {
  if (kind === "function" || kind === "variable") {
    const member: Member = {
      name,
      ...(jsDoc === undefined ? {} : { jsDoc }),
      ...(def === undefined ? {} : { functionDef: def }),
    };
    return [read(member, name, kind === "variable" ? "constant" : kind)];
  }
  if (kind !== "class" || name.endsWith("Error") || name.startsWith("Item")) return [];
  const shared = examplesOf(jsDoc?.tags);
  return [
    ...(def?.constructors ?? []).map((one) => read(one, `new ${name}`, "constructor", shared)),
    ...overloaded(
      (def?.methods ?? []).map((one) =>
        read(one, `${name}.${one.name}`, one.kind === "getter" ? "getter" : "method", shared)
      ),
    ),
  ];
}

/** One entry for each name: the first overload, with what the others say as well. */
function overloaded(members: readonly Documented[]): Documented[] {
  const found = new Map<string, Documented>();
  for (const member of members) {
    const { text, throws, examples } = member;
    const known = found.get(member.name);
    found.set(
      member.name,
      known === undefined ? member : {
        ...known,
        text: `${known.text}\n${text}`,
        throws: [...known.throws, ...throws],
        examples: [...known.examples, ...examples],
      },
    );
  }
  return [...found.values()];
}

function read(
  { jsDoc, functionDef }: Member,
  name: string,
  ...[kind, shared = []]: [kind: Documented["kind"], shared?: readonly string[]]
): Documented {
  const tags = jsDoc?.tags ?? [];
  return {
    name,
    kind,
    text: jsDoc?.doc ?? "",
    sections: tags.map((tag) => tag.kind),
    throws: tags.filter((tag) => tag.kind === "throws").flatMap(({ tsType }) => classesOf(tsType)),
    examples: [...examplesOf(tags), ...shared],
    isPromise: functionDef?.returnType?.repr === "Promise",
  };
}

function examplesOf(tags: readonly Tag[] = []): string[] {
  return tags.filter(({ kind }) => kind === "example").map(({ doc = "" }) => doc);
}

/** `{A | B}` names two. */
function classesOf(type: TsType | undefined): string[] {
  if (type === undefined) return [];
  if (type.kind === "union") return (type.value as TsType[]).flatMap(classesOf);
  return [(type.value as { readonly typeName: string }).typeName];
}
