// Sources that are hard to parse, and hold up whoever parses them: they need not even run.

const rep = (text: string, count: number) => text.repeat(count);
const list = (count: number, make: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => make(n));
const nested = (open: string, close: string, inside = "1") => (n: number) =>
  rep(open, n) + inside + rep(close, n);
/** With a type, so that the stripper has to read it. */
const typed = (make: (n: number) => string) => (n: number) => `${make(n)};let typed: number`;

/** How much of each is made, larger for a longer source. */
export const NASTY: Readonly<Record<string, (n: number) => string>> = {
  "generic assertions": nested("<a>(", ")", ""),
  "conditions with arrows": typed(nested("(a ? (b) : c => ", ")", "d")),
  "conditions with generics": typed(nested("a ? <T>(", ") : 2")),
  "defaults that may be types": (n) => typed(nested("(a = a<", ") => c}) => d>", "d"))(n),
  "objects of objects in parameters": typed(nested("{a = (a: {a:({a = (", "", "1")),
  "types of rest parameters": typed(nested("({a = ((...a: {[k: string]: ", "", "1")),
  "mapped types in mapped types": typed(nested("{[a in b as keyof (", "", "1")),
  "types inferred with conditions": (n) =>
    `type X<A> = A extends ${nested("(infer B extends ", " ? 1 : 2)", "T")(n)} ? 1 : 2`,
  "conditions with typed arrows": nested("x ? (a): b => ", " : 1", "T"),
  "arrows in defaults": typed(nested("(a = ", ") => 1")),
  "arrows in objects in arrows": typed(nested("({a = (", ") => c}) => d", "b")),
  "async arrows": typed(nested("async (x = ", ") => 1")),
  "async generics": typed(nested("async<T>(", ")")),
  "type arguments": typed((n) => nested("f<", ">(x)", "T")(n)),
  "comparisons that may be types": typed((n) => `${rep("a<", n)}1`),
  "types with types": (n) => `let x: ${nested("f<", ">", "T")(n)}`,
  "function types": (n) => `let x: ${nested("(a: ", ") => T", "T")(n)} = 1`,
  "tags": typed(nested("<a>", "</a>", "")),
  "templates": typed(nested("`${", "}`")),
  "optional calls": typed(nested("a?.(", ")")),
  "signs": typed((n) => `${rep("- ", n)}x`),
  "brackets": typed(nested("[", "]")),
  "objects": typed((n) => `x = ${nested("{a:", "}")(n)}`),
  "patterns": typed((n) => `let ${nested("{a:[", "]}", "b")(n)} = c`),
  "labels": (n) => `${list(n, (k) => `a${k}:`).join("")};`,
  "breaks": (n) => `x: {${rep("y: {", 800)}${rep("break x;", n)}${rep("}", 801)}`,
  "groups of one name": (n) => `/${list(n, () => "(?<a>)").join("|")}/`,
  "groups of one name, nested": (n) => `/${nested("(?:(?<a>)|", ")", "")(n)}/`,
  "classes in classes of a regular expression": (n) => `/${nested("[a--[", "]]", "a")(n)}/v`,
  "private names": (n) => `class A {${list(n, (k) => `#a${k};`).join("")}}`,
  "private names of outer classes": (n) =>
    nested("class A { #q; m() {", "}}", rep("this.#z;", n))(300),
  "var in nested blocks": (n) => nested("{", "}", list(n, (k) => `var a${k};`).join(""))(900),
  "constants in nested blocks": (n) => `const c = 1;${nested("{", "}", rep("c = 1;", n))(900)}`,
  "an enum of doubling texts": (n) =>
    `enum E { a = 'x', ${
      list(n, (k) => `a${k} = ${k > 0 ? `\`\${a${k - 1}}\${a${k - 1}}\`` : "'xx'"}`).join()
    } }`,
  "enums on one line": (n) => list(n, (k) => `enum E${k}{a}`).join(" "),
  "namespaces of namespaces": (n) =>
    `namespace ${list(n, (k) => `a${k}`).join(".")} { export const x = 1 }`,
  "imports": (n) => list(n, (k) => `import a${k} = b.c;`).join(""),
  "parameters that are properties": (n) =>
    `class A { constructor(${list(n, (k) => `public a${k}: number`).join()}) {} }`,
  "names": (n) => list(n, (k) => `let v${k}: number;`).join(""),
};
