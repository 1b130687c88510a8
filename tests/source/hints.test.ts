// What source may look like beside plain scripts, and what is said of what it may not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { create, RunFailedError } from "subinterpreters";
import { sharing } from "../helpers/interpreter.ts";

const shared = sharing();
/** For names of tests. */
const inLine = (source: string) => source.replaceAll("\n", " ⏎ ");

for (
  const [source, expected] of [
    ["{ a: 1, b: 2 }", { a: 1, b: 2 }],
    ["{}", {}],
    [" { a: { b: [1] } } // comment", { a: { b: [1] } }],
    ["{\n  a: 1 as number,\n  async b() {} }.a", 1],
    ["{ a: await Promise.resolve(3) }", { a: 3 }],
    // Not one literal: blocks, as anywhere.
    ["{ a: 1 };", 1],
    ["{ let x = 1; x }", 1],
    ["{ 1 } { 2 }", 2],
  ] as const
) {
  test(`evaluate() takes one object literal as such, anything else as a block: ${inLine(source)}`, async () => {
    assert.deepEqual(await (await shared()).evaluate(source), expected);
  });
}

test("run() has no use for an object literal: braces are a block", async () => {
  await (await shared()).run("{ a: 1 }");
});

test("an error in an object literal has its place in the source", async () => {
  const failure = await (await shared()).evaluate("{ a: 1,\n  b: null.x }").catch((error) => error);
  assert.ok(failure instanceof RunFailedError);
  assert.match(failure.excinfo.stack ?? "", /:2:1[01]/);
});

for (
  const [source, expected] of [
    ['import fs = require("node:fs"); typeof fs.readFileSync', "function"],
    [
      "let sep: string;\nimport p = require('node:path');\nimport o=require( 'node:os' )\n[p.sep, typeof o.cpus].join()",
      "/,function",
    ],
    ['import type gone = require("not there"); 3', 3],
    ["namespace N { export const v = 7 } import w = N.v; w", 7],
  ] as const
) {
  test(`evaluate() takes import = as an import: ${inLine(source)}`, async () => {
    const interpreter = await create();
    assert.deepEqual(await interpreter.evaluate(source), expected);
    await interpreter.close();
  });
}

for (
  const [source, expected, place] of [
    ["class A { accessor x = 1 }", /accessor fields.*private field, with get and set/, "1:20"],
    ["class A { static accessor #x: number = 1 }", /accessor fields/, "1:27"],
    ['const el = <div id="a">hi</div>', /JSX.*compile it first/, "1:12"],
    ["let n: number;\nconst el = <b>hi</b>;", /JSX/, "2:"],
    ["show(<><A.B c={1} /></>)", /JSX/, "1:6"],
    ["export = 1", /Cannot export from source.*remove the word export/, "1:8"],
    ["let n: number;\nexport = n;", /Cannot export from source/, "2:1"],
    ["export default 1", /Cannot export from source/, "1:1"],
    ["return 1", /Cannot return from source.*remove the word return/, "1:1"],
    ["let n: number = 1;\nreturn n;", /Cannot return from source/, "2:1"],
  ] as const
) {
  test(`B136 source that cannot be compiled says what to do: ${inLine(source)}`, async () => {
    const interpreter = await shared();
    const failure = await interpreter.evaluate(source).catch((error) => error);
    assert.ok(failure instanceof RunFailedError);
    assert.equal(failure.excinfo.name, "SyntaxError");
    assert.match(failure.excinfo.message, expected);
    assert.ok(failure.excinfo.stack?.includes(`<interpreter ${interpreter.id}>:${place}`));
  });
}

test("source that only looks like JSX is not taken for JSX", async () => {
  const interpreter = await shared();
  const sources = ["1 < 2 / 3", "const id = <T,>(x: T) => x; id<number>(1)", "1 </a>/.exec('a>')"];
  for (const source of sources) {
    const failure = await interpreter.evaluate(source).catch((error) => error);
    assert.doesNotMatch(String(failure), /JSX/);
  }
});
